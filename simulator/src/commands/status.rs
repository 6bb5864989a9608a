//! A line at the bottom of the terminal that says how far we are.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const WIDTH: usize = 24;
const INTERVAL: Duration = Duration::from_millis(100);

/// A progress bar on standard error; nothing at all where that is no terminal.
pub(crate) struct StatusLine {
    is_terminal: bool,
    last: Option<Instant>,
}

impl StatusLine {
    pub(super) fn new() -> Self {
        StatusLine { is_terminal: std::io::stderr().is_terminal(), last: None }
    }

    /// Shows `done` of `total` of a unit, and more words; ten times a second at the most.
    pub(super) fn show(
        &mut self,
        done: u64,
        total: u64,
        unit: &str,
        words: impl FnOnce() -> String,
    ) {
        let is_early = self.last.is_some_and(|last| last.elapsed() < INTERVAL);
        if !self.is_terminal || is_early {
            return;
        }
        self.last = Some(Instant::now());
        let filled = (u128::from(done) * WIDTH as u128 / u128::from(total.max(1))) as usize;
        let bar = format!("{:<WIDTH$}", "=".repeat(filled.min(WIDTH)));
        // Nothing depends on whether the line is seen.
        let _ = write!(std::io::stderr(), "\r[{bar}] {done}/{total}{unit}, {}\x1b[K", words());
    }

    /// Whether anybody sees it.
    pub(super) fn is_seen(&self) -> bool {
        self.is_terminal
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.last.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
