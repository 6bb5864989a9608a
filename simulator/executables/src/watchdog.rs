//! Looks after a process from a thread of its own, so that the thread that talks with the process can simply
//! wait for it: to look at the clock besides would take longer than the wait.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::preload::control::Bell;

use crate::watch::{TICK, Watch};

/// A thread that looks after a process that takes part, until it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    watched: Arc<Watched>,
    /// Goes, and with it the thread.
    _leash: Sender<Infallible>,
}

#[derive(Debug, Default)]
struct Watched {
    /// How often somebody began to wait for the process, and ceased to: odd while somebody waits.
    waits: AtomicU64,
    /// Whether the process has come to its work: until then it may take long to start.
    has_begun: AtomicBool,
    /// Why the wait is in vain.
    verdict: OnceLock<String>,
}

impl Watchdog {
    /// Looks after the process `attached`, which takes part, of the group of `child`; rings the bell when
    /// it has gone astray.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub(crate) fn of(child: u32, attached: u32, bell: Bell) -> io::Result<Watchdog> {
        let watched = Arc::new(Watched::default());
        let (leash, end) = mpsc::channel();
        let theirs = watched.clone();
        let mine = watched.clone();
        let look = move |watch: &mut Watch| {
            watch.look(child, attached, mine.has_begun.load(Ordering::Relaxed))
        };
        thread::Builder::new()
            .name(format!("watchdog {attached}"))
            .stack_size(1 << 18)
            .spawn(move || theirs.keep_watch(&end, look, &bell))?;
        Ok(Watchdog { watched, _leash: leash })
    }

    /// Somebody begins to wait for the process, or ceases to. In turns.
    pub(crate) fn wait_begins_or_ends(&self) {
        self.watched.waits.fetch_add(1, Ordering::Relaxed);
    }

    /// The process has come to its work: from now on it must not take long.
    pub(crate) fn has_begun(&self) {
        self.watched.has_begun.store(true, Ordering::Relaxed);
    }

    /// Why it is in vain to wait for the process any longer, if it is.
    pub(crate) fn verdict(&self) -> Option<&str> {
        self.watched.verdict.get().map(String::as_str)
    }
}

impl Watched {
    /// Looks once a tick, as long as it is the same wait.
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
