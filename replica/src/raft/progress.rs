//! A leader's knowledge of one follower.
//!
//! How long to wait for its answers is learnt as TCP learns it (RFC 6298): a smoothed round trip plus four times its
//! smoothed deviation, doubled with every answer missed in a row. Each message has a stamp of its own, so it is always
//! clear which message an answer answers.

use super::transfer::Transfer;
use crate::config::Config;
use crate::log::Log;
use crate::message::AppendResult;
use crate::time::Nanos;

/// Unanswered messages in a row after which a follower is asked for help only as a last resort.
const UNRELIABLE: u32 = 2;
/// Unanswered messages in a row after which it counts as gone: it is probed now and then.
///
/// It will call for votes when it is back.
const GONE: u32 = 4;

/// A follower as its leader sees it (5.3).
#[derive(Debug, Clone)]
pub(super) struct Progress {
    /// The logs are known to agree up to here.
    pub match_index: u64,
    /// The next message starts here. Runs ahead of `match_index`: messages are taken to arrive until shown otherwise.
    pub next_index: u64,
    /// Where the next message starts if none on its way arrives.
    resume_index: u64,
    /// The greatest index sent in this leadership.
    pub sent_index: u64,
    /// The greatest stamp acknowledged; 0 for none.
    pub acked_stamp: u64,
    /// The stamp of the last message sent; 0 for none.
    pub sent_stamp: u64,
    sent_at: Nanos,
    /// Since when an answer is due.
    unanswered_since: Option<Nanos>,
    /// Consecutive messages that were not answered in time.
    misses: u32,
    /// The smoothed round trip and its smoothed deviation, ns; none before the first answer.
    round_trip: Option<(Nanos, Nanos)>,
    /// Conflicts about messages up to this stamp have been dealt with.
    repaired_stamp: u64,
    /// The last message had no room for all that the follower lacks.
    pub cut_short: bool,
    /// The snapshot that the follower needs, and how much of it has arrived.
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

    /// A message is on its way and its answer not overdue.
    pub(super) fn in_flight(&self, now: Nanos, config: &Config) -> bool {
        self.unanswered_since.is_some() && now < self.answer_due(config)
    }

    /// When the answer that is out becomes overdue; never, if none is out.
    pub(super) fn answer_due(&self, config: &Config) -> Nanos {
        self.unanswered_since
            .map_or(Nanos::MAX, |since| since.saturating_add(self.patience(config)))
    }

    /// How long to wait for an answer.
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

    /// Takes a measured round trip into the estimate: an eighth of the mean, a quarter of the deviation.
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

    /// Counts a miss if an answer is overdue, and takes back what was taken to have arrived.
    pub(super) fn note_overdue(&mut self, now: Nanos, config: &Config) {
        if self.unanswered_since.is_some() && !self.in_flight(now, config) {
            self.misses = self.misses.saturating_add(1);
            self.next_index = self.resume_index;
            self.unanswered_since = None;
        }
    }

    /// A message with everything up to `last` leaves.
    pub(super) fn sent(&mut self, now: Nanos, stamp: u64, last: u64) {
        self.sent_stamp = stamp;
        self.sent_at = now;
        self.sent_index = self.sent_index.max(last);
        self.next_index = last + 1;
        self.unanswered_since.get_or_insert(now);
    }

    /// A part of the snapshot of everything up to `last` leaves. The entries after that come next.
    pub(super) fn sent_part(&mut self, now: Nanos, stamp: u64, last: u64) {
        self.sent_stamp = stamp;
        self.sent_at = now;
        self.sent_index = self.sent_index.max(last);
        self.cut_short = true;
        self.unanswered_since.get_or_insert(now);
    }

    /// The follower lives, whatever it said.
    pub(super) fn heard(&mut self) {
        self.misses = 0;
    }

    /// The answer is about something that was sent.
    pub(super) fn can_have(&self, result: AppendResult) -> bool {
        match result {
            AppendResult::Match(index) => index <= self.sent_index,
            AppendResult::Conflict { .. } => true,
            AppendResult::Received(bytes) => {
                self.transfer.as_ref().is_none_or(|transfer| transfer.can_have(bytes))
            }
        }
    }

    /// An answer arrived. True when something must be sent at once: entries again, because the follower's log
    /// is found to differ, or the next part of the snapshot.
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

    /// Fast back-up (end of 5.3): one message for each term in conflict, rather than one for each entry.
    fn back_up(&mut self, term: u64, index: u64, log: &Log) {
        // Where the terms agree so does all before (Log Matching); what differs then comes after our last
        // entry of the term.
        let next = match log.term_at(index) {
            Some(own) if own == term => log.first_index_from_term(term.saturating_add(1)),
            _ => index,
        };
        self.next_index = next.clamp(self.match_index + 1, log.last_index() + 1);
        self.resume_index = self.next_index;
        self.repaired_stamp = self.sent_stamp;
    }

    /// Too often silent to be among the first choices.
    pub(super) fn is_unreliable(&self) -> bool {
        self.misses >= UNRELIABLE
    }

    /// Silent until only probes are sent.
    pub(super) fn is_gone(&self) -> bool {
        self.misses >= GONE
    }

    /// When the follower should hear from its leader at the latest: after H; rarely, up to 4 E, when it seems
    /// gone; when an answer is overdue while it is sent a snapshot.
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
