//! Watches a process from a separate thread.
//!
//! The thread that talks with the process can then simply wait for it. Looking at the clock, too, would take longer
//! than the wait.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::preload::control::Bell;
use crate::preload::launch::ask_spinning;

use crate::watch::{TICK, Watch};

/// A thread that watches a process that takes part, until it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    watched: Arc<Watched>,
    /// Ends the thread when it is dropped.
    _leash: Sender<Infallible>,
}

#[derive(Debug, Default)]
struct Watched {
    /// The number of begins and ends of waits: odd during a wait.
    waits: AtomicU64,
    /// True once the process has begun its work.
    ///
    /// Until then it may take long.
    has_begun: AtomicBool,
    /// The reason for which the wait is in vain.
    verdict: OnceLock<String>,
}

impl Watchdog {
    /// Watches the process `attached`, which takes part and belongs to the group of `child`.
    ///
    /// Rings the bell when the process hangs.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(crate) fn of(child: u32, attached: u32, bell: Bell) -> io::Result<Watchdog> {
        let watched = Arc::new(Watched::default());
        let (leash, end) = mpsc::channel();
        let theirs = watched.clone();
        let mine = watched.clone();
        let look = move |watch: &mut Watch| {
            let has_begun = mine.has_begun.load(Ordering::Relaxed);
            let why = watch.look(child, attached, has_begun);
            if why.is_none() {
                let running = watch.due_to_be_asked(attached, has_begun);
                running.into_iter().for_each(|thread| ask_spinning(attached, thread));
            }
            why
        };
        thread::Builder::new()
            .name(format!("watchdog {attached}"))
            .stack_size(1 << 18)
            .spawn(move || theirs.keep_watch(&end, look, &bell))?;
        Ok(Watchdog { watched, _leash: leash })
    }

    /// Notes that a wait for the process begins or ends, by turns.
    pub(crate) fn wait_begins_or_ends(&self) {
        self.watched.waits.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that the process has begun its work.
    ///
    /// From now on it must not take long.
    pub(crate) fn has_begun(&self) {
        self.watched.has_begun.store(true, Ordering::Relaxed);
    }

    /// Returns the reason for which the wait for the process is in vain, if any.
    pub(crate) fn verdict(&self) -> Option<&str> {
        self.watched.verdict.get().map(String::as_str)
    }
}

impl Watched {
    /// Looks once per tick during one and the same wait.
    fn keep_watch(
        &self,
        end: &Receiver<Infallible>,
        look: impl Fn(&mut Watch) -> Option<String>,
        bell: &Bell,
    ) {
        let (mut watch, mut before) = (Watch::default(), 0);
        while let Err(RecvTimeoutError::Timeout) = end.recv_timeout(TICK) {
            let now = self.waits.load(Ordering::Relaxed);
            if now != before || now.is_multiple_of(2) {
                (watch, before) = (Watch::default(), now);
            } else if let Some(why) = look(&mut watch) {
                self.verdict.get_or_init(|| why);
                return bell.ring();
            }
        }
    }
}
