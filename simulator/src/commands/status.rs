//! Progress on standard error: a status line at the bottom of the terminal, or lines now and then.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const INTERVAL: Duration = Duration::from_millis(100);

/// The time after which long work is reported.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// A progress bar on standard error. If that is no terminal: nothing at all, or a line now and then.
pub(crate) struct StatusLine {
    is_terminal: bool,
    bar: Option<(ProgressBar, Instant)>,
    /// The start of the work, and how long after it the next line comes, if lines are wanted.
    lines: Option<(Instant, Duration)>,
}

impl StatusLine {
    pub(super) fn new() -> Self {
        StatusLine { is_terminal: std::io::stderr().is_terminal(), bar: None, lines: None }
    }

    /// Returns a progress bar that writes lines if there is no terminal: the first after two seconds, each further
    /// one after twice the time of the one before.
    pub(super) fn or_lines() -> Self {
        StatusLine { lines: Some((Instant::now(), PATIENCE)), ..StatusLine::new() }
    }

    /// Shows `done` of `total` units, and more words, at most ten times a second.
    pub(super) fn show(
        &mut self,
        done: u64,
        total: u64,
        unit: &str,
        words: impl FnOnce() -> String,
    ) {
        if !self.is_terminal {
            return self.write_line(done, total, unit, words);
        }
        if self.bar.as_ref().is_some_and(|(_, last)| last.elapsed() < INTERVAL) {
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

    /// Writes a line, if one is due.
    fn write_line(&mut self, done: u64, total: u64, unit: &str, words: impl FnOnce() -> String) {
        if let Some((begun, next)) = &mut self.lines
            && begun.elapsed() >= *next
        {
            *next = 2 * begun.elapsed();
            // After a SIGHUP standard error may be closed.
            let _ = writeln!(std::io::stderr(), "{done}/{total}{unit}, {}", words());
        }
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
