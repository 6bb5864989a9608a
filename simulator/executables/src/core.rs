//! The processor that a thread runs on together with its processes.

use std::cell::{Cell, RefCell};
use std::io;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, ThreadId};

use crate::preload::launch::Cores;

/// Counts the threads that run processes, to spread them over the processors.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Which of all threads this one is. It stays on its processor from run to run.
    static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    /// The processor it is confined to.
    static CORE: RefCell<Weak<Core>> = const { RefCell::new(Weak::new()) };
}

/// A thread's promise to stay on one processor, for as long as one of its processes lives: they take
/// turns, and waking somebody on another processor takes five times as long.
#[derive(Debug)]
pub(super) struct Core {
    number: usize,
    thread: ThreadId,
    /// Where it might run before.
    before: Cores,
}

impl Core {
    /// The calling thread's processor: one of `all`, another one for each thread while there are some.
    /// Simulators that run at the same time mostly begin with different ones.
    ///
    /// # Errors
    ///
    /// Whatever the kernel reports.
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

    /// Its number.
    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Core {
    /// The thread may run again where it might before.
    fn drop(&mut self) {
        if self.thread == thread::current().id() {
            // Should it fail, the thread is where it was.
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
