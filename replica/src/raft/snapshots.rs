//! Log compaction (7): taking snapshots, and sending them to followers that lack compacted entries.
//!
//! A snapshot is sent as text, in parts that fit a datagram, with one part in flight to a follower at a time. Each part
//! has a stamp and is answered like any message of the leader. The answer contains the number of bytes received, so the
//! next part begins there, whatever was dropped. A follower that does not answer at all is only sent heartbeats. The
//! text is made when a follower needs it, shared by all that need the same one, and dropped with the last of them.

use std::sync::Arc;

use super::progress::Progress;
use super::transfer::{Partial, Transfer};
use super::{Replica, State};
use crate::config::Config;
use crate::counters::{DropReason, Rare};
use crate::durable::Durable;
use crate::log::MAX_INDEX;
use crate::message::{AppendResult, InstallSnapshot, Message};
use crate::outputs::Outputs;
use crate::snapshot::Snapshot;
use crate::wire::MAX_DATAGRAM;

impl Replica {
    /// Takes a snapshot if enough was applied since the last one, and drops the compacted entries from the log.
    pub(super) fn compact(&mut self, out: &mut Outputs) {
        let entries = self.applied_index - self.snapshot_index();
        let by_entries = entries >= self.config.snapshot_after.max(self.store.len() as u64);
        let by_bytes =
            self.uncompacted_bytes >= self.config.snapshot_after_bytes.max(self.store.bytes());
        let Some(term) = self.log.term_at(self.applied_index) else {
            return;
        };
        if entries == 0 || !(by_entries || by_bytes) {
            return;
        }
        self.counters.note(Rare::SnapshotTaken);
        let index = self.applied_index;
        let snapshot = Arc::new(Snapshot { index, term, store: self.store.clone() });
        out.record(|| Durable::Snapshot(snapshot.clone()));
        self.snapshot = Some(snapshot);
        self.uncompacted_bytes = 0;
        self.log.compact(index.saturating_sub(self.config.trailing_entries));
    }

    /// Sends a follower the next part of the snapshot, or the same one again.
    #[inline(never)]
    pub(super) fn send_part(&mut self, follower: usize, out: &mut Outputs) {
        let stamp = self.next_stamp();
        let (State::Leading(leading), Some(snapshot)) = (&mut self.state, &self.snapshot) else {
            return;
        };
        self.counters.note(Rare::SnapshotSent);
        let transfer = match leading.followers[follower].transfer.take() {
            Some(transfer) => transfer,
            None => start_transfer(&leading.followers, snapshot),
        };
        let progress = &mut leading.followers[follower];
        let transfer = progress.transfer.insert(transfer);
        let (last_index, last_term) = (transfer.index, transfer.term);
        let offset = transfer.received as u64;
        let data: Arc<str> = transfer.next_part(self.config.chunk_bytes).into();
        let done = transfer.received + data.len() == transfer.text.len();
        progress.sent_part(self.now, stamp, last_index);
        self.last_stamp = stamp;
        let part =
            InstallSnapshot { term: self.term, last_index, last_term, offset, data, done, stamp };
        out.messages.push((self.peers[follower], Message::InstallSnapshot(part)));
    }

    #[inline(never)]
    pub(super) fn on_install_snapshot(
        &mut self,
        peer: usize,
        message: InstallSnapshot,
        out: &mut Outputs,
    ) {
        if !well_formed(&message, &self.config) {
            return self.counters.drop(DropReason::Malformed);
        }
        if self.refuses_leader(peer, message.term, message.stamp, out) {
            return;
        }
        let own_term = self.log.term_at(message.last_index);
        let committed = message.last_index <= self.commit_index;
        if committed && own_term.is_some_and(|own| own != message.last_term) {
            return self.counters.drop(DropReason::ContradictsCommitted);
        }
        let news = self.follow(peer, message.term, message.stamp, out);
        let stamp = message.stamp;
        let result = if committed {
            Some(AppendResult::Match(message.last_index))
        } else if own_term == Some(message.last_term) {
            // We have it all (Log Matching), and now know that it is committed.
            self.commit_to(message.last_index, out);
            Some(AppendResult::Match(message.last_index))
        } else {
            self.receive_part(message, out)
        };
        if let Some(result) = result {
            self.reply_appended(peer, stamp, result, out);
        }
        if news {
            self.release_held_to_leader(out);
        }
    }

    /// Adds a received part, and installs the snapshot after the last one. Returns no answer if the whole is not a
    /// snapshot.
    fn receive_part(&mut self, part: InstallSnapshot, out: &mut Outputs) -> Option<AppendResult> {
        let (index, term) = (part.last_index, part.last_term);
        let partial = match &mut self.partial {
            Some(partial) if (partial.index, partial.term) == (index, term) => partial,
            other => other.insert(Partial { index, term, text: String::new() }),
        };
        if part.offset != partial.text.len() as u64 {
            self.counters.drop(DropReason::OutOfOrder);
            return Some(AppendResult::Received(partial.text.len() as u64));
        }
        partial.text.push_str(&part.data);
        if !part.done {
            return Some(AppendResult::Received(partial.text.len() as u64));
        }
        let whole = self.partial.take().and_then(|partial| Snapshot::decode(&partial.text));
        let Some(snapshot) = whole.filter(|s| (s.index, s.term) == (index, term)) else {
            self.counters.drop(DropReason::Malformed);
            return None;
        };
        self.install(snapshot, out);
        Some(AppendResult::Match(index))
    }

    /// Replaces the state machine and the log, which has another entry at the snapshot's end, or none.
    fn install(&mut self, snapshot: Snapshot, out: &mut Outputs) {
        let snapshot = Arc::new(snapshot);
        out.record(|| Durable::Snapshot(snapshot.clone()));
        let term = snapshot.term;
        self.log.start_after(snapshot.index, term);
        self.commit_index = snapshot.index;
        self.applied_index = snapshot.index;
        self.store = snapshot.store.clone();
        self.uncompacted_bytes = 0;
        self.snapshot = Some(snapshot);
        self.settle_by_snapshot(term, out);
    }
}

/// Starts a transfer of the newest snapshot. The text is shared with another follower's transfer, if there is one.
fn start_transfer(followers: &[Progress], snapshot: &Snapshot) -> Transfer {
    let shared = followers
        .iter()
        .filter_map(|follower| follower.transfer.as_ref())
        .find(|transfer| transfer.index == snapshot.index)
        .map(|transfer| transfer.text.clone());
    let text = shared.unwrap_or_else(|| {
        let mut text = String::new();
        snapshot.encode(&mut text);
        text.into()
    });
    Transfer { index: snapshot.index, term: snapshot.term, text, received: 0 }
}

/// Returns true if a part is well-formed: a possible index, a term not beyond the leader's, and a text that is not
/// empty, fits a datagram, and does not exceed the largest snapshot.
fn well_formed(message: &InstallSnapshot, config: &Config) -> bool {
    let end = message.offset.checked_add(message.data.len() as u64);
    (1..MAX_INDEX).contains(&message.last_index)
        && (1..=message.term).contains(&message.last_term)
        && (1..=MAX_DATAGRAM).contains(&message.data.len())
        && end.is_some_and(|end| end <= config.snapshot_bytes as u64)
}
