//! A leader's knowledge of one follower.
//!
//! The wait for its answers is estimated as in TCP (RFC 6298): a smoothed round trip plus four times its smoothed
//! deviation, doubled with every missed answer in a row. Each message has its own stamp, so each answer identifies its
//! message.

use super::transfer::Transfer;
use crate::config::Config;
use crate::log::Log;
use crate::message::AppendResult;
use crate::time::Nanos;

/// The number of unanswered messages in a row after which a follower is used for a goal only as a last resort.
const UNRELIABLE: u32 = 2;
/// The number of unanswered messages in a row after which a follower counts as gone, and is only probed rarely.
///
/// It asks for votes when it is back.
const GONE: u32 = 4;

/// A follower as its leader sees it (5.3).
#[derive(Debug, Clone)]
pub(super) struct Progress {
    /// The last index up to which the logs are known to agree.
    pub match_index: u64,
    /// The index at which the next message starts. It runs ahead of `match_index`, because messages are assumed to
    /// arrive.
    pub next_index: u64,
    /// The index at which the next message starts if none of those in flight arrives.
    resume_index: u64,
    /// The greatest index sent in this leadership.
    pub sent_index: u64,
    /// The greatest stamp acknowledged; 0 for none.
    pub acked_stamp: u64,
    /// The stamp of the last message sent; 0 for none.
    pub sent_stamp: u64,
    sent_at: Nanos,
    /// The time from which the leader has waited for an answer, if it waits for one.
    unanswered_since: Option<Nanos>,
    /// The number of consecutive messages that were not answered in time.
    misses: u32,
    /// The smoothed round trip and its smoothed deviation, ns; `None` before the first answer.
    round_trip: Option<(Nanos, Nanos)>,
    /// The stamp up to which conflicts have been handled.
    repaired_stamp: u64,
    /// True if the last message had no room for all entries that the follower lacks.
    pub cut_short: bool,
    /// The snapshot that is being sent to the follower, if there is one.
    pub transfer: Option<Transfer>,
}

impl Progress {
    pub(super) fn new(next_index: u64, now: Nanos) -> Self {
        Progress {
            match_index: 0,
            next_index,
            resume_index: next_index,
            sent_index: 0,
            acked_stamp: 0,
            sent_stamp: 0,
            sent_at: now,
            unanswered_since: None,
            misses: 0,
            round_trip: None,
            repaired_stamp: 0,
            cut_short: false,
            transfer: None,
        }
    }

    /// Returns true if the leader waits for an answer that is not overdue.
    pub(super) fn in_flight(&self, now: Nanos, config: &Config) -> bool {
        self.unanswered_since.is_some() && now < self.answer_due(config)
    }

    /// Returns the time at which the awaited answer becomes overdue; [`Nanos::MAX`] if none is awaited.
    pub(super) fn answer_due(&self, config: &Config) -> Nanos {
        self.unanswered_since
            .map_or(Nanos::MAX, |since| since.saturating_add(self.patience(config)))
    }

    /// Returns the time to wait for an answer, ns.
    fn patience(&self, config: &Config) -> Nanos {
        let usual = match self.round_trip {
            Some((mean, deviation)) => mean.saturating_add(deviation.saturating_mul(4)),
            None => 0,
        };
        usual
            .max(config.retry)
            .saturating_mul(1 << self.misses.min(16))
            .min(config.retry_cap())
            .max(1)
    }

    /// Adds a measured round trip to the estimate, with weight 1/8 for the mean and 1/4 for the deviation.
    fn measured(&mut self, round_trip: Nanos) {
        self.round_trip = Some(match self.round_trip {
            None => (round_trip, round_trip / 2),
            Some((mean, deviation)) => {
                let off = mean.abs_diff(round_trip);
                (
                    (mean / 8 * 7).saturating_add(round_trip / 8),
                    (deviation / 4 * 3).saturating_add(off / 4),
                )
            }
        });
    }

    /// Counts a miss if an answer is overdue, and no longer assumes that the messages arrived.
    pub(super) fn note_overdue(&mut self, now: Nanos, config: &Config) {
        if self.unanswered_since.is_some() && !self.in_flight(now, config) {
            self.misses = self.misses.saturating_add(1);
            self.next_index = self.resume_index;
            self.unanswered_since = None;
        }
    }

    /// Records a message with all entries up to `last`.
    pub(super) fn sent(&mut self, now: Nanos, stamp: u64, last: u64) {
        self.sent_stamp = stamp;
        self.sent_at = now;
        self.sent_index = self.sent_index.max(last);
        self.next_index = last + 1;
        self.unanswered_since.get_or_insert(now);
    }

    /// Records a part of the snapshot that ends at `last`. The entries after it come next.
    pub(super) fn sent_part(&mut self, now: Nanos, stamp: u64, last: u64) {
        self.sent_stamp = stamp;
        self.sent_at = now;
        self.sent_index = self.sent_index.max(last);
        self.cut_short = true;
        self.unanswered_since.get_or_insert(now);
    }

    /// Records that the follower is alive.
    pub(super) fn heard(&mut self) {
        self.misses = 0;
    }

    /// Returns true if an answer can be to something that was sent.
    pub(super) fn can_have(&self, result: AppendResult) -> bool {
        match result {
            AppendResult::Match(index) => index <= self.sent_index,
            AppendResult::Conflict { .. } => true,
            AppendResult::Received(bytes) => {
                self.transfer.as_ref().is_none_or(|transfer| transfer.can_have(bytes))
            }
        }
    }

    /// Handles an answer. Returns true if something must be sent at once: entries again, because the follower's log
    /// differs, or the next part of the snapshot.
    pub(super) fn acked(
        &mut self,
        now: Nanos,
        stamp: u64,
        result: AppendResult,
        log: &Log,
    ) -> bool {
        let newest = stamp > self.acked_stamp;
        if newest {
            self.measured(now.saturating_sub(stamp));
        }
        self.misses = 0;
        self.acked_stamp = self.acked_stamp.max(stamp);
        self.unanswered_since = (self.acked_stamp < self.sent_stamp).then_some(now);
        match result {
            AppendResult::Match(index) => {
                self.match_index = self.match_index.max(index);
                self.resume_index = self.match_index + 1;
                self.next_index = self.next_index.max(self.resume_index);
                self.transfer.take_if(|transfer| transfer.index <= index);
                false
            }
            AppendResult::Conflict { term, index } if newest && stamp > self.repaired_stamp => {
                self.back_up(term, index, log);
                true
            }
            AppendResult::Received(bytes) if newest => {
                self.transfer.as_mut().is_some_and(|transfer| transfer.received(bytes))
            }
            AppendResult::Conflict { .. } | AppendResult::Received(_) => false,
        }
    }

    /// Goes back after a conflict (end of 5.3), with one message for each conflicting term rather than for each entry.
    fn back_up(&mut self, term: u64, index: u64, log: &Log) {
        // If the terms agree, so do all entries before (Log Matching). The difference then comes after the leader's
        // last entry of the term.
        let next = match log.term_at(index) {
            Some(own) if own == term => log.first_index_from_term(term.saturating_add(1)),
            _ => index,
        };
        self.next_index = next.clamp(self.match_index + 1, log.last_index() + 1);
        self.resume_index = self.next_index;
        self.repaired_stamp = self.sent_stamp;
    }

    /// Returns true if the follower missed too many answers to be among the first choices.
    pub(super) fn is_unreliable(&self) -> bool {
        self.misses >= UNRELIABLE
    }

    /// Returns true if the follower missed so often that only probes are sent.
    pub(super) fn is_gone(&self) -> bool {
        self.misses >= GONE
    }

    /// Returns the time of the next message to the follower at the latest: after H; after up to 4 E if the follower
    /// seems gone; when an answer is overdue while it is sent a snapshot.
    pub(super) fn contact_due(&self, config: &Config) -> Nanos {
        let pause = if self.is_gone() {
            let doublings = (self.misses - GONE + 1).min(16);
            config
                .heartbeat
                .saturating_mul(1 << doublings)
                .min(config.election_timeout.saturating_mul(4).max(config.heartbeat))
        } else {
            config.heartbeat
        };
        let due = self.sent_at.saturating_add(pause.max(1));
        if self.transfer.is_some() && !self.is_gone() {
            due.min(self.answer_due(config))
        } else {
            due
        }
    }
}
