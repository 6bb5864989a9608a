//! A pool of threads that processes items on all cores and reports findings as they occur.
//!
//! A worker that becomes free takes the next item, so items finish in any order, and sums of the findings must not
//! depend on it. Two threads never work on the same item.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
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
