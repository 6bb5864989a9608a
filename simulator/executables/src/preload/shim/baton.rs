//! The word with which a thread of the process gets its turn.

use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use super::sys::{ESRCH, gettid, kernel, real_pid};

/// The id of a thread that may still have to end, after its last turn; 0 if there is none.
static DYING: AtomicI32 = AtomicI32::new(0);

/// The word at which a thread waits in the kernel: 1 once it may run.
///
/// It belongs to a place in the list of threads, and stays where it is while the process lives. So a thread can wait
/// at it without accessing the list, which another thread may be using by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Baton(&'static AtomicU32);

impl Baton {
    pub(crate) fn new() -> Self {
        Baton(Box::leak(Box::new(AtomicU32::new(0))))
    }

    /// Lets the thread run.
    pub(crate) fn give(self) {
        const WAKE_PRIVATE: usize = 129;
        self.0.store(1, Ordering::Release);
        // SAFETY: the word lives as long as the process.
        unsafe { kernel!(FUTEX, self.0.as_ptr(), WAKE_PRIVATE, 1) };
    }

    /// Waits until the thread may run.
    pub(crate) fn take(self) {
        const WAIT_PRIVATE: usize = 128;
        while self.0.swap(0, Ordering::Acquire) == 0 {
            // SAFETY: the word lives as long as the process.
            unsafe { kernel!(FUTEX, self.0.as_ptr(), WAIT_PRIVATE, 0, 0) };
        }
        await_death();
    }

    /// Lets the thread run once the calling one has ended.
    pub(crate) fn give_at_end(self) {
        DYING.store(gettid(), Ordering::Relaxed);
        self.give();
    }
}

/// Waits until the kernel no longer knows a thread that has ended.
///
/// That thread still frees its stack, and the next one would race with it.
fn await_death() {
    let dying = DYING.swap(0, Ordering::Relaxed);
    if dying == 0 {
        return;
    }
    // SAFETY: asks whether a thread exists, and lets it run.
    unsafe {
        while kernel!(TGKILL, real_pid(), dying, 0) != -(ESRCH as isize) {
            kernel!(SCHED_YIELD);
        }
    }
}
