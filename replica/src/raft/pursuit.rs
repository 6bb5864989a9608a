//! How a leader goes after a majority's answers.

use super::progress::Progress;
use crate::Nanos;
use crate::config::Config;

/// Repeated attempts at a goal, with intervals that double.
#[derive(Debug, Clone, Default)]
pub(super) struct Pursuit {
    running: Option<Attempt>,
}

#[derive(Debug, Clone, Copy)]
struct Attempt {
    number: u32,
    due: Nanos,
    interval: Nanos,
}

impl Pursuit {
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The first attempt was just made: the next one is due after R.
    pub fn begin(&mut self, now: Nanos, config: &Config) {
        self.running = Some(Attempt {
            number: 1,
            due: now.saturating_add(config.retry),
            interval: config.retry,
        });
    }

    /// The goal is reached.
    pub fn end(&mut self) {
        self.running = None;
    }

    /// When the next attempt is due; never, without a goal.
    pub fn due(&self) -> Nanos {
        self.running.map_or(Nanos::MAX, |attempt| attempt.due)
    }

    /// Counts an attempt made now, and says how wide it should go.
    pub fn next_attempt(&mut self, now: Nanos, config: &Config) -> Breadth {
        let Some(attempt) = &mut self.running else {
            self.begin(now, config);
            return Breadth::Missing;
        };
        let breadth = match attempt.number {
            1..=2 => Breadth::Missing,
            _ => Breadth::Everybody,
        };
        attempt.number = attempt.number.saturating_add(1);
        attempt.interval = attempt.interval.saturating_mul(2).min(config.retry_cap());
        attempt.due = now.saturating_add(attempt.interval.max(1));
        breadth
    }
}

/// What is wanted of a majority.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    /// The entry at this index.
    Stored(u64),
    /// An answer to a message with this stamp or a later one.
    Heard(u64),
}

impl Goal {
    /// The follower has done what is wanted.
    pub fn met_by(self, follower: &Progress) -> bool {
        match self {
            Goal::Stored(index) => follower.match_index >= index,
            Goal::Heard(stamp) => follower.acked_stamp >= stamp,
        }
    }

    /// The follower was sent what will make it meet the goal, if it arrives.
    pub fn tried_with(self, follower: &Progress) -> bool {
        match self {
            Goal::Stored(index) => follower.sent_index >= index,
            Goal::Heard(stamp) => follower.sent_stamp >= stamp,
        }
    }
}

/// How many followers an attempt goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breadth {
    /// As many as are missing, but only those that are not gone.
    MissingPresent,
    /// As many as are missing.
    Missing,
    /// All who miss the goal and are not gone; if those are too few, the others as well.
    Everybody,
}
