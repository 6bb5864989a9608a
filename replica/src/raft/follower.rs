//! Log replication on the follower's side (5.3).

use std::sync::Arc;

use super::{Replica, State};
use crate::counters::{DropReason, Rare};
use crate::log::{Command, Entry, MAX_INDEX};
use crate::message::{AppendEntries, AppendResult, Appended, Message};
use crate::outputs::Outputs;

impl Replica {
    pub(super) fn on_append_entries(
        &mut self,
        peer: usize,
        message: AppendEntries,
        out: &mut Outputs,
    ) {
        if !well_formed(&message) {
            return self.counters.drop(DropReason::Malformed);
        }
        if self.refuses_leader(peer, message.term, message.stamp, out) {
            return;
        }
        if self.contradicts_committed(&message) {
            return self.counters.drop(DropReason::ContradictsCommitted);
        }
        let news = self.follow(peer, message.term, message.stamp, out);
        let (stamp, commit) = (message.stamp, message.commit);
        let result = self.store_entries(message, out);
        if let AppendResult::Match(index) = result {
            // A leader that sends entries is not sending a snapshot any more.
            self.partial = None;
            self.commit_to(commit.min(index), out);
        }
        self.reply_appended(peer, stamp, result, out);
        if news {
            self.release_held_to_leader(out);
        }
    }

    /// Returns true if the sender of a leader's message cannot lead this replica. A deposed leader is told so.
    pub(super) fn refuses_leader(
        &mut self,
        peer: usize,
        term: u64,
        stamp: u64,
        out: &mut Outputs,
    ) -> bool {
        if term == self.term && matches!(self.state, State::Leading(_)) {
            self.counters.drop(DropReason::SecondLeader);
            return true;
        }
        if term < self.term {
            // The result does not matter: the term tells the old leader that it is deposed.
            self.counters.drop(DropReason::Stale);
            self.counters.note(Rare::OldLeaderTold);
            self.reply_appended(peer, stamp, AppendResult::Match(0), out);
            return true;
        }
        false
    }

    /// Follows the sender of a leader's message. Returns true, and restarts the timeout, if the message is new. An old
    /// message or a copy is not: the network may deliver it long after the leader was killed.
    pub(super) fn follow(&mut self, peer: usize, term: u64, stamp: u64, out: &mut Outputs) -> bool {
        if term > self.term {
            self.enter_term(term, out);
        }
        // A term has one leader, so its number identifies the leader of these stamps.
        if term == self.leader_term && stamp <= self.leader_stamp {
            self.counters.note(Rare::LeaderNotNews);
            return false;
        }
        self.become_follower();
        self.leader = Some(self.peers[peer]);
        (self.leader_term, self.leader_stamp) = (term, stamp);
        self.leader_doubted = false;
        self.rounds_in_vain = 0;
        self.heard_at = Some(self.now);
        self.election_due = self.now.saturating_add(self.timeout);
        true
    }

    /// Makes the log agree with the leader's up to the end of the message, if it agrees at its beginning.
    fn store_entries(&mut self, message: AppendEntries, out: &mut Outputs) -> AppendResult {
        match self.log.term_at(message.prev_index) {
            Some(term) if term == message.prev_term => {}
            Some(term) => {
                let index = self.log.first_index_from_term(term);
                return AppendResult::Conflict { term, index };
            }
            // A compacted entry is committed, so it is the same as the leader's.
            None if message.prev_index < self.log.first_index() => {}
            None => {
                let index = self.log.last_index() + 1;
                return AppendResult::Conflict { term: 0, index };
            }
        }
        let mut index = message.prev_index;
        for entry in message.entries {
            index += 1;
            self.store_entry(index, entry, out);
        }
        AppendResult::Match(index)
    }

    /// Stores one entry, unless it is here, or compacted away. Another one in its place came from a leader
    /// that failed, and goes, with all after it.
    fn store_entry(&mut self, index: u64, entry: Entry, out: &mut Outputs) {
        match self.log.term_at(index) {
            Some(term) if term == entry.term => return,
            Some(_) => self.truncate(index, out),
            None if index < self.log.first_index() => return,
            None => {}
        }
        self.append(entry, out);
    }

    /// Returns true if a message contradicts a committed entry. Every correct leader has all committed entries (Leader
    /// Completeness, 5.4.3).
    fn contradicts_committed(&self, message: &AppendEntries) -> bool {
        let differs = |index: u64, term: u64| {
            index <= self.commit_index && self.log.term_at(index).is_some_and(|own| own != term)
        };
        differs(message.prev_index, message.prev_term)
            || (message.prev_index + 1..)
                .zip(&message.entries)
                .take_while(|(index, _)| *index <= self.commit_index)
                .any(|(index, entry)| differs(index, entry.term))
    }

    pub(super) fn reply_appended(
        &self,
        peer: usize,
        stamp: u64,
        result: AppendResult,
        out: &mut Outputs,
    ) {
        let reply = Appended { term: self.term, stamp, result };
        out.messages.push((self.peers[peer], Message::Appended(reply)));
    }

    /// Applies one committed entry, and answers clients that waited for it or for another entry at its position.
    pub(super) fn apply(&mut self, index: u64, out: &mut Outputs) {
        let Some(entry) = self.log.entry(index) else {
            return;
        };
        self.uncompacted_bytes += entry.encoded_size();
        if let Command::Put(put) = &entry.command
            && !Arc::make_mut(&mut self.store).apply(put)
        {
            self.counters.note(Rare::PutAppliedOnce);
        }
        let (term, opens_term) = (entry.term, matches!(entry.command, Command::Noop));
        self.settle(index, term, out);
        if opens_term {
            self.settle_earlier_terms(term, out);
        }
    }
}

/// Returns true if a leader's message is well-formed: possible indices, and terms that neither decrease nor exceed its
/// own.
fn well_formed(message: &AppendEntries) -> bool {
    let mut newest = message.prev_term;
    let terms_rise = message.entries.iter().all(|entry| {
        let rises = entry.term >= newest && entry.term > 0;
        newest = entry.term;
        rises
    });
    terms_rise
        && message.term > 0
        && newest <= message.term
        && message.prev_index < MAX_INDEX
        && message.commit < MAX_INDEX
        && (message.prev_index == 0) == (message.prev_term == 0)
}
