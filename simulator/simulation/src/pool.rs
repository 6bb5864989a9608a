//! A pool of threads that processes items on all cores and reports findings as they occur.
//!
//! A worker that becomes free takes the next item, so items finish in any order, and sums of the findings must not
//! depend on it. Two threads never work on the same item.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// The longest time between two calls of `observe`.
const TICK: Duration = Duration::from_millis(100);

/// Processes all items on `jobs` threads (at least one).
///
/// `work` gets an item and a function that takes its findings. `observe` runs on the caller's thread: with each finding
/// as it occurs, and with `None` several times a second in between. Once it breaks, no further item is begun; the items
/// in progress are still finished and observed.
///
/// # Panics
///
/// Panics on the caller's thread if `work` panics.
pub fn work<I: Send, F: Send>(
    items: impl Iterator<Item = I> + Send,
    jobs: usize,
    work: impl Fn(I, &mut dyn FnMut(F)) + Sync,
    mut observe: impl FnMut(Option<F>) -> ControlFlow<()>,
) {
    let items = Mutex::new(items);
    let stop = AtomicBool::new(false);
    let (send, findings) = mpsc::channel();
    let worker = |send: mpsc::Sender<F>| {
        // The caller receives until the last worker has ended.
        let mut found = |finding| drop(send.send(finding));
        while !stop.load(Ordering::Relaxed) {
            let item = items.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(item) = item else { break };
            work(item, &mut found);
        }
    };
    thread::scope(|scope| {
        let worker = &worker;
        let start = |send| scope.spawn(move || worker(send));
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| start(send.clone())).collect();
        drop(send);
        loop {
            let finding = match findings.recv_timeout(TICK) {
                Ok(finding) => Some(finding),
                Err(mpsc::RecvTimeoutError::Timeout) => None,
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            };
            if observe(finding).is_break() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        for thread in threads {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    });
}

/// Returns the number of processors available to this process.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Threads that stand by for a few tasks at a time, again and again.
pub struct Workers<'a, T, R> {
    work: &'a (dyn Fn(T) -> R + Sync),
    tasks: mpsc::Sender<(usize, T)>,
    results: mpsc::Receiver<(usize, thread::Result<R>)>,
    jobs: usize,
}

impl<T: Send, R: Send> Workers<'_, T, R> {
    /// Returns how many tasks can be done at the same time.
    pub fn jobs(&self) -> usize {
        self.jobs
    }

    /// Does all tasks, and returns their results in the order of the tasks.
    ///
    /// # Panics
    ///
    /// When the work panics.
    pub fn map(&mut self, tasks: Vec<T>) -> Vec<R> {
        let mut tasks = tasks.into_iter();
        let ours = tasks.next();
        let others = (1..).zip(tasks).map(|task| drop(self.tasks.send(task))).count();
        let mut results: Vec<(usize, R)> =
            ours.map(|task| (0, (self.work)(task))).into_iter().collect();
        // The workers live as long as `self.tasks`, so each task has a result.
        results.extend(self.results.iter().take(others).map(|(place, result)| match result {
            Ok(result) => (place, result),
            Err(panic) => resume_unwind(panic),
        }));
        results.sort_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

/// Has `body` use `jobs` threads (at least one, which is the caller's) that do `work`.
///
/// # Panics
///
/// When `work` panics, on the caller's thread.
pub fn with_workers<T: Send, R: Send, A>(
    jobs: usize,
    work: impl Fn(T) -> R + Sync,
    body: impl FnOnce(&mut Workers<'_, T, R>) -> A,
) -> A {
    let (tasks, waiting) = mpsc::channel::<(usize, T)>();
    let waiting = Mutex::new(waiting);
    let (send, results) = mpsc::channel();
    let worker = |send: mpsc::Sender<_>| loop {
        let task = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, task)) = task else { break };
        let result = catch_unwind(AssertUnwindSafe(|| work(task)));
        // The caller listens, unless it panics itself.
        drop(send.send((place, result)));
    };
    thread::scope(|scope| {
        let worker = &worker;
        let start = |send| scope.spawn(move || worker(send));
        (1..jobs).for_each(|_| drop(start(send.clone())));
        drop(send);
        // The threads end when `tasks` is dropped.
        body(&mut Workers { work: &work, tasks, results, jobs: jobs.max(1) })
    })
}
