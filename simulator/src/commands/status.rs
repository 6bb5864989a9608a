//! The status line at the bottom of the terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const WIDTH: usize = 24;
const INTERVAL: Duration = Duration::from_millis(100);

/// Work that takes longer than this says so even where standard error is no terminal.
const LONG: Duration = Duration::from_secs(2);

/// A progress bar on standard error. Where that is no terminal: nothing at all, or a line now and then.
pub(crate) struct StatusLine {
    is_terminal: bool,
    last: Option<Instant>,
    /// Where lines are written now and then: since when, and after how long the next one is.
    lines: Option<(Instant, Duration)>,
}

impl StatusLine {
    pub(super) fn new() -> Self {
        StatusLine { is_terminal: std::io::stderr().is_terminal(), last: None, lines: None }
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
        if let Some((begun, next)) = &mut self.lines
            && !self.is_terminal
            && begun.elapsed() >= *next
        {
            *next = 2 * begun.elapsed();
            let _ = writeln!(std::io::stderr(), "{done}/{total}{unit}, {}", words());
            return;
        }
        let is_early = self.last.is_some_and(|last| last.elapsed() < INTERVAL);
        if !self.is_terminal || is_early {
            return;
        }
        self.last = Some(Instant::now());
        let filled = (u128::from(done) * WIDTH as u128 / u128::from(total.max(1))) as usize;
        let bar = format!("{:<WIDTH$}", "=".repeat(filled.min(WIDTH)));
        // Nothing depends on whether the line can be written.
        let _ = write!(std::io::stderr(), "\r[{bar}] {done}/{total}{unit}, {}\x1b[K", words());
    }

    /// Returns true if the line is visible.
    pub(super) fn is_seen(&self) -> bool {
        self.is_terminal
    }

    /// Removes the line.
    pub(super) fn clear(&mut self) {
        if self.last.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
