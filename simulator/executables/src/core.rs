//! The processor that a thread shares with its processes.

use std::cell::{Cell, RefCell};
use std::io;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, ThreadId};

use crate::preload::launch::Cores;

/// The number of threads that have run processes.
///
/// By it, threads are spread over the processors.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The thread's number among these, which keeps it on one processor from run to run.
    static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    /// The processor to which the thread is confined.
    static CORE: RefCell<Weak<Core>> = const { RefCell::new(Weak::new()) };
}

/// Confines a thread to one processor while one of its processes lives.
///
/// The thread and its processes take turns, and it takes five times as long to wake one on another processor.
#[derive(Debug)]
pub(super) struct Core {
    number: usize,
    thread: ThreadId,
    /// The processors on which the thread might run before.
    before: Cores,
}

impl Core {
    /// Confines the calling thread to one processor of `all`.
    ///
    /// Each thread gets a different one while there are enough.
    ///
    /// Simulators that run at the same time mostly begin with different processors.
    ///
    /// # Errors
    ///
    /// If a system call fails.
    pub(crate) fn of_thread(all: &Cores) -> io::Result<Arc<Core>> {
        if let Some(core) = CORE.with_borrow(Weak::upgrade) {
            return Ok(core);
        }
        let before = Cores::allowed()?;
        let mut allowed = before.iter();
        let number = match (allowed.next(), allowed.next()) {
            (Some(only), None) => only,
            _ => {
                let all: Vec<usize> = all.iter().collect();
                let chosen = all[Self::number_of_thread() % all.len()];
                Cores::only(chosen).confine()?;
                chosen
            }
        };
        let core = Arc::new(Core { number, thread: thread::current().id(), before });
        CORE.set(Arc::downgrade(&core));
        Ok(core)
    }

    fn number_of_thread() -> usize {
        let new = || process::id() as usize + THREADS.fetch_add(1, Ordering::Relaxed);
        let number = NUMBER.get().unwrap_or_else(new);
        NUMBER.set(Some(number));
        number
    }

    /// Returns the number of the processor.
    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Core {
    /// Lets the thread run on all processors that it had before.
    fn drop(&mut self) {
        if self.thread == thread::current().id() {
            // If this fails, the thread stays where it is.
            let _ = self.before.confine();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_confined_while_it_has_processes() {
        let before = Cores::allowed().expect("the kernel knows");
        let first = Core::of_thread(&before).expect("there is one");
        let second = Core::of_thread(&before).expect("there is one");
        assert_eq!(first.number(), second.number());
        drop(first);
        assert_eq!(Cores::allowed().ok(), Some(Cores::only(second.number())));
        let number = second.number();
        drop(second);
        assert_eq!(Cores::allowed().ok(), Some(before));
        assert_eq!(Core::of_thread(&before).map(|core| core.number()).ok(), Some(number));
    }
}
