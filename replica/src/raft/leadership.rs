//! The state of a leader: its followers' progress, its goals, and the waiting gets.

use std::collections::VecDeque;

use super::progress::Progress;
use crate::config::Config;
use crate::request::Request;
use crate::time::Nanos;

/// A leader's volatile state (Figure 2, "volatile state on leaders").
#[derive(Debug, Clone)]
pub(super) struct Leadership {
    /// The followers' progress, in the order of the peers.
    pub followers: Vec<Progress>,
    /// The number of followers that make a majority with the leader.
    pub needed: usize,
    /// The last stamp of earlier leaderships.
    pub first_stamp: u64,
    /// The greatest stamp acknowledged by a majority; 0 for none.
    pub quorum_stamp: u64,
    /// The index of the no-op that began the term. Once it is committed, all entries of earlier terms are (8).
    pub noop_index: u64,
    /// The stamp that a majority should acknowledge, if the leader waits for one.
    pub contact_goal: Option<u64>,
    /// The gets that wait for such an acknowledgement, oldest first.
    pub reads: VecDeque<WaitingRead>,
    /// The followers to send to; the buffer is reused.
    pub picks: Vec<usize>,
}

/// A condition that a majority should meet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    /// Store the entry at this index.
    Stored(u64),
    /// Answer a message with this stamp or a later one.
    Heard(u64),
}

impl Goal {
    fn met_by(self, follower: &Progress) -> bool {
        match self {
            Goal::Stored(index) => follower.match_index >= index,
            Goal::Heard(stamp) => follower.acked_stamp >= stamp,
        }
    }

    /// Returns true if a message was sent that makes the follower meet the goal if it arrives.
    fn tried_with(self, follower: &Progress) -> bool {
        match self {
            Goal::Stored(index) => follower.sent_index >= index,
            Goal::Heard(stamp) => follower.sent_stamp >= stamp,
        }
    }
}

impl Leadership {
    /// Returns the last time at which the leader certainly led: a majority elected it, or acknowledged a message sent
    /// then.
    pub(super) fn certain_at(&self) -> Nanos {
        self.quorum_stamp.max(self.first_stamp)
    }

    /// Returns the time of the leader's next action. It waits for answers only while a goal is open.
    pub(super) fn next_wakeup(&self, uncommitted: bool, config: &Config) -> Nanos {
        let certain = self.certain_at();
        let wanted = uncommitted || self.contact_goal.is_some();
        let renewal = match self.contact_goal {
            Some(_) => Nanos::MAX,
            None => certain.saturating_add(config.renew_after()),
        };
        let due = self.followers.iter().map(|follower| {
            let answer = if wanted { follower.answer_due(config) } else { Nanos::MAX };
            follower.contact_due(config).min(answer)
        });
        due.fold(renewal, Nanos::min).min(certain.saturating_add(config.election_timeout))
    }

    /// The greatest value that a majority, ourselves included, has reached.
    pub(super) fn reached_by_majority(&self, value: impl Fn(&Progress) -> u64) -> u64 {
        if self.needed == 0 {
            return u64::MAX;
        }
        // For a handful of members, counting is faster than sorting.
        let values = || self.followers.iter().map(&value);
        let is_reached = |goal: &u64| values().filter(|value| value >= goal).count() >= self.needed;
        values().filter(is_reached).max().unwrap_or(0)
    }

    /// Chooses the followers to send to for the goal, in `picks`: as many as are missing, not counting those whose
    /// answer may still come.
    pub(super) fn pick(&mut self, goal: Goal, now: Nanos, config: &Config) {
        let mut missing = self.needed;
        self.picks.clear();
        for (index, follower) in self.followers.iter_mut().enumerate() {
            follower.note_overdue(now, config);
            if matches!(goal, Goal::Stored(_)) && follower.transfer.is_some() {
                // It cannot store entries before it has the snapshot, which is sent separately.
                continue;
            }
            let in_flight = follower.in_flight(now, config);
            let asked = in_flight && goal.tried_with(follower);
            let probed = in_flight && follower.is_gone();
            if goal.met_by(follower) || (asked && !follower.is_gone()) {
                missing = missing.saturating_sub(1);
            } else if !(asked || probed) {
                self.picks.push(index);
            }
        }
        let followers = &self.followers;
        self.picks.sort_unstable_by_key(|&index| {
            let follower = &followers[index];
            let (gone, unreliable) = (follower.is_gone(), follower.is_unreliable());
            (gone, unreliable, follower.sent_stamp, index)
        });
        self.picks.truncate(missing);
    }

    /// Returns the requests of the gets that still wait.
    pub(super) fn into_reads(self) -> impl Iterator<Item = Request> {
        self.reads.into_iter().map(|read| read.request)
    }
}

/// A get that waits until the leader is certain to lead.
#[derive(Debug, Clone)]
pub(super) struct WaitingRead {
    pub request: Request,
    /// The last stamp issued before the get arrived; only answers to later ones count.
    pub arrival: u64,
}
