//! The Raft monitor's shadow of a replica, with its log as a chain of numbers.

use crate::api::{RaftWindow, Role, Vote};
use crate::bounded_log::BoundedLog;
use crate::digest::Digest;

/// The state of a replica after its last step.
#[derive(Debug)]
pub(super) struct Shadow {
    pub role: Role,
    pub term: u64,
    pub commit: u64,
    pub last_term: u64,
    /// The vote, and the term in which it was seen.
    pub vote: (u64, Vote),
    /// The chain at each position of the log.
    pub chains: BoundedLog<u64>,
    /// The number of compacted entries of the log; [`usize::MAX`] for a replica that is gone for good.
    pub compacted: usize,
}

impl Shadow {
    pub(super) fn new() -> Self {
        Shadow {
            role: Role::Follower,
            term: 0,
            commit: 0,
            last_term: 0,
            vote: (0, Vote::Hidden),
            chains: BoundedLog::default(),
            compacted: 0,
        }
    }

    /// Returns the chain at a position, 0 for the empty prefix.
    pub(super) fn chain(&self, position: u64) -> u64 {
        usize::try_from(position)
            .ok()
            .and_then(|position| self.chains.get(position.checked_sub(1)?))
            .copied()
            .unwrap_or(0)
    }

    /// Returns true if the log still has the same entry at a position, provided that it has all entries before it. A
    /// compacted entry cannot be compared, and counts as the same.
    pub(super) fn agrees(&self, position: u64, window: &dyn RaftWindow) -> bool {
        if position < window.first_index() {
            return true;
        }
        let before = self.chain(position - 1);
        window.entry(position).is_some_and(|entry| chain(before, entry) == self.chain(position))
    }
}

/// Returns the chain at a position, from the chain before it and the entry's term and content.
pub(super) fn chain(before: u64, (term, fingerprint): (u64, u64)) -> u64 {
    let mut chain = Digest::new();
    chain.word(before);
    chain.word(term);
    chain.word(fingerprint);
    chain.value()
}
