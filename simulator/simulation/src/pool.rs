//! Work on all cores: items handed out one by one, findings handed over as they happen.
//!
//! Workers take the next item as they become free, so items finish in any order, and a sum
//! over them must not depend on it. Threads never meet inside an item.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// The caller is asked at least this often whether to go on.
const TICK: Duration = Duration::from_millis(100);

/// Does all items on `jobs` threads (at least one). What `work` is given with an item takes findings.
///
/// `observe` is called on the caller's thread: with each finding as it happens, and with `None` a few
/// times a second in between. Once it breaks, no further item is begun, and those under way are still
/// finished and observed.
///
/// # Panics
///
/// When `work` panics, on the caller's thread.
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
        // The caller listens until the last worker is gone.
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

/// As many threads as there are processors for us.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
