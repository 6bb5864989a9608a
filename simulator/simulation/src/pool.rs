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
pub(crate) struct Workers<'a, T, R> {
    work: &'a (dyn Fn(T) -> R + Sync),
    tasks: mpsc::Sender<(usize, T)>,
    results: mpsc::Receiver<(usize, thread::Result<R>)>,
    jobs: usize,
}

impl<T: Send, R: Send> Workers<'_, T, R> {
    /// Returns how many tasks can be done at the same time.
    pub(crate) fn jobs(&self) -> usize {
        self.jobs
    }

    /// Does tasks, as many as there are [`jobs`](Self::jobs) at the most, and returns their results in the order of
    /// the tasks.
    ///
    /// # Panics
    ///
    /// When the work panics.
    pub(crate) fn map(&mut self, tasks: Vec<T>) -> Vec<R> {
        let count = tasks.len();
        debug_assert!(count <= self.jobs, "with no thread to spare none would do the rest");
        let mut tasks = (0..).zip(tasks);
        let ours = tasks.next();
        for task in tasks {
            // The workers live as long as `self.tasks`.
            drop(self.tasks.send(task));
        }
        let mut results = Vec::with_capacity(count);
        results.extend(ours.map(|(place, task)| (place, (self.work)(task))));
        let others = self.results.iter().take(count.saturating_sub(1));
        results.extend(others.map(|(place, result)| match result {
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
pub(crate) fn with_workers<T: Send, R: Send, A>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_tasks_again_and_again() {
        let work = |number: u64| {
            thread::sleep(Duration::from_millis(3 - number % 3));
            number * number
        };
        let squares = with_workers(3, work, |workers| {
            [vec![1, 2, 3], vec![4, 5], vec![], vec![6]].map(|tasks| workers.map(tasks))
        });
        assert_eq!(squares, [vec![1, 4, 9], vec![16, 25], vec![], vec![36]]);
    }

    #[test]
    #[should_panic(expected = "two")]
    fn a_panic_of_a_worker_is_one_of_the_caller() {
        let work = |number: u64| assert!(number != 2, "two");
        with_workers(2, work, |workers| workers.map(vec![1, 2]));
    }
}
