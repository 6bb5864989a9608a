//! An executor for libraries that are written as asynchronous tasks.
//!
//! A replica owns an [`Executor`]. In each step it tells the time and runs the tasks until all of them wait
//! ([`Executor::run`]); then it asks for the time at which the next one wants to go on ([`Executor::next_wakeup`]).
//! Inside tasks, the functions of this module stand for the runtime that a library expects: [`spawn`], [`now`],
//! [`sleep_until`], [`timeout_at`] and [`random`]. They use the executor that runs at that moment.
//!
//! ```
//! use kit::executor::{self, Executor};
//!
//! let mut executor = Executor::new(0, 7);
//! let sum = executor.spawn(async {
//!     let two = executor::spawn(async { 2 });
//!     executor::sleep_until(5).await;
//!     two.await + 1
//! });
//! executor.run(0);
//! assert_eq!((sum.take(), executor.next_wakeup()), (None, 5));
//! executor.run(5);
//! assert_eq!(sum.take(), Some(3));
//! ```
//!
//! Tasks run in rounds: all that are ready, by their numbers; then those which these have woken. So the order in which
//! tasks are woken has no effect. (The channels of `tokio` draw it, where several tasks wait for one value.) What stays
//! undetermined is what a library draws by itself: a clock, a `HashMap`, a `tokio::select!` without `biased`.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use simulation::Nanos;
use simulation::rng::Dice;

/// The number of rounds in one step after which tasks are taken to go on without an end.
const ROUNDS: usize = 100_000;

thread_local! {
    /// The executors that run now, one inside the other.
    static RUNNING: RefCell<Vec<Rc<Core>>> = const { RefCell::new(Vec::new()) };
}

/// Runs tasks in virtual time. Dropping it drops all tasks, as a crash does.
pub struct Executor(Rc<Core>);

struct Core {
    now: Cell<Nanos>,
    dice: Cell<Dice>,
    /// The tasks that wait, by their numbers.
    tasks: RefCell<BTreeMap<u64, Spawned>>,
    /// The timers by their times, and by number among those of one time.
    timers: RefCell<BTreeMap<(Nanos, u64), Waker>>,
    /// The number of the next task or timer.
    next: Cell<u64>,
    ready: Arc<Mutex<BTreeSet<u64>>>,
}

/// A task with its waker.
type Spawned = (Waker, Pin<Box<dyn Future<Output = ()>>>);

/// Wakes a task.
struct TaskWaker {
    task: u64,
    ready: Arc<Mutex<BTreeSet<u64>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(self.task);
    }
}

impl Executor {
    /// Returns an executor without tasks. `seed` is for the numbers that tasks draw.
    pub fn new(now: Nanos, seed: u64) -> Self {
        Executor(Rc::new(Core {
            now: Cell::new(now),
            dice: Cell::new(Dice::new(seed, 0)),
            tasks: RefCell::default(),
            timers: RefCell::default(),
            next: Cell::new(0),
            ready: Arc::default(),
        }))
    }

    /// Draws from another seed from now on.
    pub fn reseed(&self, seed: u64) {
        self.0.dice.set(Dice::new(seed, 0));
    }

    /// Adds a task, which begins with the next [`Executor::run`].
    pub fn spawn<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        self.0.spawn(future)
    }

    /// Runs the tasks at this time, until all of them wait.
    ///
    /// # Panics
    ///
    /// Panics if they still go on after 100,000 rounds: a library that never waits would stop the harness.
    pub fn run(&mut self, now: Nanos) {
        self.0.now.set(now.max(self.0.now.get()));
        let _entered = Entered::new(&self.0);
        for _ in 0..ROUNDS {
            self.0.wake_due();
            let round = mem::take(&mut *self.0.ready());
            if round.is_empty() {
                return;
            }
            round.into_iter().for_each(|task| self.0.poll(task));
        }
        panic!("the tasks go on without waiting, after {ROUNDS} rounds at {now} ns");
    }

    /// Returns the time at which the next task wants to go on: that of the last run if one is ready,
    /// [`Nanos::MAX`] if all wait for something other than time.
    pub fn next_wakeup(&self) -> Nanos {
        if self.0.ready().is_empty() {
            self.0.timers.borrow().keys().next().map_or(Nanos::MAX, |(at, _)| *at)
        } else {
            self.0.now.get()
        }
    }
}

impl Drop for Executor {
    /// Tasks hold the executor by their timers, so they are dropped one by one; what they spawn then is dropped, too.
    fn drop(&mut self) {
        let _entered = Entered::new(&self.0);
        loop {
            let task = self.0.tasks.borrow_mut().pop_first();
            if task.is_none() {
                break;
            }
        }
    }
}

impl Core {
    fn ready(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.next.replace(self.next.get() + 1)
    }

    fn spawn<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        let result = Rc::new(RefCell::new(TaskResult { value: None, waker: None }));
        let task = Task(result.clone());
        let done = async move {
            let value = future.await;
            let mut result = result.borrow_mut();
            result.value = Some(value);
            result.waker.take().inspect(Waker::wake_by_ref);
        };
        let number = self.number();
        let waker = Waker::from(Arc::new(TaskWaker { task: number, ready: self.ready.clone() }));
        self.tasks.borrow_mut().insert(number, (waker, Box::pin(done)));
        self.ready().insert(number);
        task
    }

    /// Wakes the tasks whose timers have passed.
    fn wake_due(&self) {
        let mut timers = self.timers.borrow_mut();
        while let Some(first) = timers.first_entry()
            && first.key().0 <= self.now.get()
        {
            first.remove().wake();
        }
    }

    fn poll(&self, number: u64) {
        // A task is taken out while it runs, since it may spawn others. One that has ended may still be woken.
        let task = self.tasks.borrow_mut().remove(&number);
        let Some((waker, mut task)) = task else { return };
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.tasks.borrow_mut().insert(number, (waker, task));
        }
    }
}

/// Keeps an executor on top of those that run, until dropped: also by a panic.
struct Entered;

impl Entered {
    fn new(core: &Rc<Core>) -> Self {
        RUNNING.with_borrow_mut(|running| running.push(core.clone()));
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(Vec::pop);
    }
}

fn running() -> Rc<Core> {
    let core = RUNNING.with_borrow(|running| running.last().cloned());
    core.expect("this function is for tasks, and no executor runs")
}

/// Adds a task to the executor that runs.
///
/// # Panics
///
/// Panics if no executor runs, as do the other functions of this module.
pub fn spawn<F: Future + 'static>(future: F) -> Task<F::Output> {
    running().spawn(future)
}

/// Returns the time, in nanoseconds since the run began.
pub fn now() -> Nanos {
    running().now.get()
}

/// Returns 64 random bits, from the seed of the executor that runs.
pub fn random() -> u64 {
    let core = running();
    let mut dice = core.dice.get();
    let bits = dice.bits();
    core.dice.set(dice);
    bits
}

/// Waits until a time.
pub fn sleep_until(deadline: Nanos) -> Sleep {
    Sleep { core: running(), deadline, number: None }
}

/// Waits for a future, and gives up at a time.
pub fn timeout_at<F: Future>(deadline: Nanos, future: F) -> Timeout<F> {
    Timeout { future: Box::pin(future), sleep: sleep_until(deadline) }
}

/// The result of a task that was spawned. Dropping it does not end the task.
pub struct Task<T>(Rc<RefCell<TaskResult<T>>>);

struct TaskResult<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

impl<T> Task<T> {
    /// Returns the result, if the task has ended and nothing else has taken it.
    pub fn take(&self) -> Option<T> {
        self.0.borrow_mut().value.take()
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut result = self.0.borrow_mut();
        result.waker = Some(context.waker().clone());
        result.value.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// A future that is ready at a time.
pub struct Sleep {
    core: Rc<Core>,
    deadline: Nanos,
    /// The number of the timer, once there is one.
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.deadline <= self.core.now.get() {
            return Poll::Ready(());
        }
        let number = self.number.unwrap_or_else(|| self.core.number());
        self.number = Some(number);
        let timer = (self.deadline, number);
        self.core.timers.borrow_mut().insert(timer, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.core.timers.borrow_mut().remove(&(self.deadline, number));
        }
    }
}

/// A future that ends at a time, whether the one in it is ready or not.
pub struct Timeout<F> {
    future: Pin<Box<F>>,
    sleep: Sleep,
}

/// The error of a future that was not ready in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl std::fmt::Display for Elapsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the time has elapsed")
    }
}

impl std::error::Error for Elapsed {}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(value) = self.future.as_mut().poll(context) {
            return Poll::Ready(Ok(value));
        }
        Pin::new(&mut self.sleep).poll(context).map(|()| Err(Elapsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds a line to a list, for a task.
    fn note(list: &Rc<RefCell<Vec<u64>>>, line: u64) {
        list.borrow_mut().push(line);
    }

    #[test]
    fn timers_go_off_in_their_order_and_not_early() {
        let mut executor = Executor::new(10, 1);
        let list = Rc::new(RefCell::new(Vec::new()));
        for at in [30, 20, 30, 5] {
            let list = list.clone();
            executor.spawn(async move {
                sleep_until(at).await;
                note(&list, at);
            });
        }
        let mut seen = Vec::new();
        for now in [10, 19, 20, 45] {
            executor.run(now);
            seen.push((list.borrow().clone(), executor.next_wakeup()));
        }
        let expected =
            [(vec![5], 20), (vec![5], 20), (vec![5, 20], 30), (vec![5, 20, 30, 30], Nanos::MAX)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_is_not_ready_in_time_is_dropped_with_its_timers() {
        let mut executor = Executor::new(0, 1);
        let late = executor.spawn(async { timeout_at(5, sleep_until(9)).await });
        let early = executor.spawn(async { timeout_at(5, async { now() }).await });
        executor.run(0);
        executor.run(7);
        assert_eq!((late.take(), early.take()), (Some(Err(Elapsed)), Some(Ok(0))));
        assert_eq!(executor.next_wakeup(), Nanos::MAX);
    }

    #[test]
    fn the_order_of_wakes_has_no_effect() {
        for order in [[0, 1, 2], [2, 0, 1]] {
            let mut executor = Executor::new(0, 1);
            let list = Rc::new(RefCell::new(Vec::new()));
            let wakers = Rc::new(RefCell::new(BTreeMap::new()));
            for task in 0..3 {
                let (list, wakers) = (list.clone(), wakers.clone());
                let mut is_woken = false;
                executor.spawn(std::future::poll_fn(move |context| {
                    if mem::replace(&mut is_woken, true) {
                        note(&list, task);
                        return Poll::Ready(());
                    }
                    wakers.borrow_mut().insert(task, context.waker().clone());
                    Poll::Pending
                }));
            }
            executor.run(0);
            order.iter().for_each(|task| wakers.borrow()[task].wake_by_ref());
            executor.run(0);
            assert_eq!(*list.borrow(), [0, 1, 2]);
        }
    }

    #[test]
    fn numbers_come_from_the_seed() {
        let drawn = |seed| {
            let mut executor = Executor::new(0, seed);
            let numbers = executor.spawn(async { (random(), random()) });
            executor.run(0);
            numbers.take().unwrap()
        };
        assert_eq!(drawn(3), drawn(3));
        assert_ne!(drawn(3), drawn(4));
        assert_ne!(drawn(3).0, drawn(3).1);
    }

    #[test]
    fn a_dropped_executor_drops_its_tasks() {
        struct Guard(Rc<Cell<bool>>);
        impl Drop for Guard {
            fn drop(&mut self) {
                spawn(async {});
                self.0.set(true);
            }
        }
        let is_dropped = Rc::new(Cell::new(false));
        let guard = Guard(is_dropped.clone());
        let mut executor = Executor::new(0, 1);
        executor.spawn(async move {
            sleep_until(Nanos::MAX).await;
            drop(guard);
        });
        executor.run(0);
        assert!(!is_dropped.get());
        drop(executor);
        assert!(is_dropped.get());
    }

    #[test]
    #[should_panic(expected = "go on without waiting")]
    fn tasks_that_never_wait_are_stopped() {
        let mut executor = Executor::new(0, 1);
        executor.spawn(std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
        executor.run(0);
    }
}
