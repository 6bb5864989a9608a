//! The status line at the bottom of the terminal.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const INTERVAL: Duration = Duration::from_millis(100);

/// How long a user waits before being told what for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A progress bar on standard error; nothing at all where that is no terminal.
pub(crate) struct StatusLine {
    is_terminal: bool,
    bar: Option<(ProgressBar, Instant)>,
}

impl StatusLine {
    pub(super) fn new() -> Self {
        StatusLine { is_terminal: std::io::stderr().is_terminal(), bar: None }
    }

    /// A progress bar, or lines where there is no terminal: the first after two seconds, each further one
    /// after twice the time of the one before.
    pub(super) fn or_lines() -> Self {
        StatusLine { lines: Some((Instant::now(), LONG)), ..StatusLine::new() }
    }

    /// Shows `done` of `total` units, and more words, at most ten times a second.
    pub(super) fn show(
        &mut self,
        done: u64,
        total: u64,
        unit: &str,
        words: impl FnOnce() -> String,
    ) {
        let is_early = self.bar.as_ref().is_some_and(|(_, last)| last.elapsed() < INTERVAL);
        if !self.is_terminal || is_early {
            return;
        }
        let (bar, last) =
            self.bar.get_or_insert_with(|| (bar("[{bar:24}] {wide_msg}"), Instant::now()));
        *last = Instant::now();
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(format!("{done}/{total}{unit}, {}", words()));
        bar.force_draw();
    }

    /// Returns true if the line is visible.
    pub(super) fn is_seen(&self) -> bool {
        self.is_terminal
    }

    /// Removes the line.
    pub(super) fn clear(&mut self) {
        if let Some((bar, _)) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Says on a terminal what takes long, once it has taken two seconds, until it is dropped.
pub(crate) struct Patience {
    over: Option<Sender<()>>,
    watcher: Option<JoinHandle<()>>,
}

impl Patience {
    /// Begins to wait for something, in words such as `running crash-3`.
    pub(super) fn new(what: impl Into<String>) -> Patience {
        if !std::io::stderr().is_terminal() {
            return Patience { over: None, watcher: None };
        }
        let (over, is_over) = mpsc::channel::<()>();
        let what = what.into();
        let watcher = thread::spawn(move || {
            if is_over.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = bar("{spinner} {msg}, {elapsed} so far").with_elapsed(PATIENCE);
            bar.set_message(what);
            bar.enable_steady_tick(INTERVAL);
            // Nothing is sent: it ends when the sender is gone.
            let _ = is_over.recv();
            bar.finish_and_clear();
        });
        Patience { over: Some(over), watcher: Some(watcher) }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(watcher) = self.watcher.take() {
            // It has nothing to tell.
            let _ = watcher.join();
        }
    }
}

/// A bar of this form.
fn bar(template: &str) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let bar = ProgressBar::with_draw_target(None, target);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("= ")),
        // Our templates are fine; the usual form is, too.
        Err(_) => bar,
    }
}
