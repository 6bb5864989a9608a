//! Log replication on the leader's side (5.3), commitment (5.4.2) and CheckQuorum (thesis 6.2), with as few messages as
//! possible.
//!
//! A new entry is sent at once only to a bare majority, in rotation: to the followers whose last message is the oldest.
//! Each message carries all entries that its follower lacks, and the commit index. So the other followers catch up with
//! their next message, and no message is sent only to announce a commit. With five members a put costs four messages.
//!
//! When an answer is overdue, the leader sends to exactly as many followers as it still needs: first to those that
//! answer reliably, then to those whose last message is older, and to the one that did not answer only if there is no
//! better one. The wait for an answer is estimated from earlier answers, and doubles with every miss in a row (see
//! [`progress`](super::progress)), so that a leader that is cut off does not flood the network.
//!
//! Two goals need a majority: a stored entry, and a recent answer, for which each message is stamped with the time. The
//! greatest stamp that a majority has acknowledged is the last time at which the leader certainly led.
//!
//! A leader counts itself in every majority, because its entries are durable before any answer to its messages arrives.

use std::collections::VecDeque;

use super::leadership::{Goal, Leadership};
use super::progress::Progress;
use super::{Replica, State};
use crate::counters::{DropReason, Rare};
use crate::log::{Command, Entry};
use crate::message::{AppendEntries, AppendResult, Appended, Message};
use crate::outputs::Outputs;

impl Replica {
    /// Begins the term with a no-op (8), takes over the requests that waited for a leader, and sends to all members.
    pub(super) fn become_leader(&mut self, out: &mut Outputs) {
        let next = self.log.last_index() + 1;
        self.last_stamp = self.next_stamp();
        self.leader = Some(self.id);
        self.rounds_in_vain = 0;
        self.state = State::Leading(Leadership {
            followers: vec![Progress::new(next, self.now); self.peers.len()],
            needed: self.quorum_followers(),
            first_stamp: self.last_stamp,
            quorum_stamp: if self.peers.is_empty() { u64::MAX } else { 0 },
            noop_index: next,
            contact_goal: None,
            reads: VecDeque::new(),
            picks: Vec::new(),
        });
        self.append(Entry { term: self.term, command: Command::Noop }, out);
        self.take_in_held(out);
        for follower in 0..self.peers.len() {
            self.send_append(follower, out);
        }
        self.advance_commit(out);
    }

    /// Sends the new entries at the end of the log to a bare majority.
    pub(super) fn replicate(&mut self, out: &mut Outputs) {
        self.pursue(Goal::Stored(self.log.last_index()), out);
        self.advance_commit(out);
    }

    /// Sends to as many followers as the goal needs for a majority.
    pub(super) fn pursue(&mut self, goal: Goal, out: &mut Outputs) {
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        leading.pick(goal, self.now, &self.config);
        let picks = std::mem::take(&mut leading.picks);
        for &follower in &picks {
            self.send_append(follower, out);
        }
        if let State::Leading(leading) = &mut self.state {
            leading.picks = picks;
        }
    }

    /// Sends a follower the entries that it lacks, possibly none.
    fn send_append(&mut self, follower: usize, out: &mut Outputs) {
        let stamp = self.next_stamp();
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        let progress = &mut leading.followers[follower];
        progress.note_overdue(self.now, &self.config);
        let compacted = progress.next_index < self.log.first_index();
        if compacted && !progress.is_gone() {
            return self.send_part(follower, out);
        }
        progress.transfer = None;
        // The answer of a follower that is back will show which entries it lacks.
        let prev_index = progress.next_index.max(self.log.first_index()) - 1;
        let entries = if compacted {
            Vec::new()
        } else {
            self.log.batch(progress.next_index, self.config.batch_bytes)
        };
        let last = prev_index + entries.len() as u64;
        progress.sent(self.now, stamp, last);
        progress.cut_short = last < self.log.last_index();
        self.last_stamp = stamp;
        let message = AppendEntries {
            term: self.term,
            prev_index,
            prev_term: self.log.term_at(prev_index).unwrap_or(0),
            entries,
            commit: self.commit_index,
            stamp,
        };
        out.messages.push((self.peers[follower], Message::AppendEntries(message)));
    }

    /// Returns the next stamp: the time, or one more than the last stamp, so that no two messages share a stamp.
    pub(super) fn next_stamp(&self) -> u64 {
        self.now.max(self.last_stamp.saturating_add(1))
    }

    /// Sends to a follower that has lost contact and asks for votes. The sooner it hears from the leader, the less it
    /// disturbs.
    pub(super) fn contact(&mut self, follower: usize, out: &mut Outputs) {
        if let State::Leading(leading) = &mut self.state {
            leading.followers[follower].heard();
            self.send_append(follower, out);
        }
    }

    pub(super) fn on_appended(&mut self, peer: usize, message: Appended, out: &mut Outputs) {
        if message.term > self.term {
            return self.enter_term(message.term, out);
        }
        let State::Leading(leading) = &mut self.state else {
            return self.counters.drop(DropReason::Stale);
        };
        if message.term < self.term || message.stamp <= leading.first_stamp {
            return self.counters.drop(DropReason::Stale);
        }
        let follower = &mut leading.followers[peer];
        if !follower.can_have(message.result) || message.stamp > follower.sent_stamp {
            return self.counters.drop(DropReason::NeverSent);
        }
        let differs = follower.acked(self.now, message.stamp, message.result, &self.log);
        let more = follower.cut_short && follower.next_index <= self.log.last_index();
        if differs && matches!(message.result, AppendResult::Conflict { .. }) {
            self.counters.note(Rare::ConflictBackedUp);
        }
        if differs || (more && follower.transfer.is_none()) {
            self.send_append(peer, out);
        }
        self.advance_quorum();
        self.advance_commit(out);
        self.answer_reads(out);
    }

    /// Updates the time of the majority's support after an answer.
    fn advance_quorum(&mut self) {
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        let stamp = leading.reached_by_majority(|follower| follower.acked_stamp);
        leading.quorum_stamp = leading.quorum_stamp.max(stamp);
        if leading.contact_goal.is_some_and(|goal| leading.quorum_stamp >= goal) {
            leading.contact_goal = None;
        }
    }

    /// Commits the entries that a majority stores, if the last one is of the current term: counting proves nothing
    /// about older entries (5.4.2).
    fn advance_commit(&mut self, out: &mut Outputs) {
        if self.commit_index == self.log.last_index() {
            return;
        }
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        let last = self.log.last_index();
        let stored = leading.reached_by_majority(|follower| follower.match_index).min(last);
        if stored <= self.commit_index || self.log.term_at(stored) != Some(self.term) {
            return;
        }
        self.commit_to(stored, out);
        self.serve_held(out);
    }

    /// Pursues open goals, keeps followers from asking for votes, and steps down without a majority.
    pub(super) fn leader_timer(&mut self, out: &mut Outputs) {
        let now = self.now;
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        let certain = leading.certain_at();
        if now >= certain.saturating_add(self.config.election_timeout) {
            self.counters.note(Rare::QuorumLost);
            return self.become_follower();
        }
        let renew_after = self.config.renew_after();
        if now >= certain.saturating_add(renew_after) && leading.contact_goal.is_none() {
            // Those who answered lately need not answer again.
            leading.contact_goal = Some(now.saturating_sub(renew_after / 2));
        }
        if let Some(stamp) = leading.contact_goal {
            self.pursue(Goal::Heard(stamp), out);
        }
        if self.commit_index < self.log.last_index() {
            self.pursue(Goal::Stored(self.log.last_index()), out);
        }
        for follower in 0..self.peers.len() {
            self.heartbeat(follower, out);
        }
    }

    fn heartbeat(&mut self, follower: usize, out: &mut Outputs) {
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        if self.now >= leading.followers[follower].contact_due(&self.config) {
            self.send_append(follower, out);
        }
    }
}
