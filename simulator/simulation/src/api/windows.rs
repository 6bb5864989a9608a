//! Read-only views into a node's internal state.

use std::fmt;

use super::ids::NodeId;
use crate::digest::Digest;

/// The role of a Raft server (Raft §5.1). A pre-candidate (thesis §9.6) counts as a follower.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Follows a leader, or waits for one.
    Follower,
    /// Asks for votes.
    Candidate,
    /// Leads its term.
    Leader,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Follower => "follower",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
        })
    }
}

/// A read-only view into the log of what a replica has decided, for systems of any protocol that decides operations in
/// an order.
///
/// Positions count from 1. After every step the engine checks that no two replicas decide differently at one position,
/// that a replica decides without a gap, and that what it has decided stays decided.
///
/// Every [`RaftWindow`] is such a view. Its log is checked by Raft's own properties, which say more.
pub trait DecidedLog {
    /// Returns the last position that is decided, and so the number of decided positions.
    fn decided(&self) -> u64;

    /// Returns the hash of what is decided at a position; `None` if the replica holds nothing there.
    ///
    /// It depends on the whole content, and on nothing else: it is equal on all replicas.
    fn hash(&self, position: u64) -> Option<u64>;

    /// Returns the first position that the replica still holds, after it has compacted those before. The default is 1.
    fn first(&self) -> u64 {
        1
    }

    /// Returns true if the replica has made durable what it has decided, so that it knows it after a crash. The default
    /// is false: many protocols learn again from others what was decided.
    fn is_durable(&self) -> bool {
        false
    }

    /// Returns the state in one line of text, which `replay --inspect` prints.
    fn summary(&self) -> String {
        format!("decided {} positions", self.decided())
    }
}

/// The committed part of the log.
impl<W: RaftWindow + ?Sized> DecidedLog for W {
    fn decided(&self) -> u64 {
        self.commit_index()
    }

    fn hash(&self, position: u64) -> Option<u64> {
        let (term, content) = self.entry(position)?;
        let mut digest = Digest::new();
        digest.word(term);
        digest.word(content);
        Some(digest.value())
    }

    fn first(&self) -> u64 {
        self.first_index()
    }

    fn summary(&self) -> String {
        RaftWindow::summary(self)
    }
}

/// A replica's vote in its current term (Raft §5.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vote {
    /// It has not voted.
    None,
    /// It has voted for this replica, possibly itself.
    For(NodeId),
    /// The window does not show it.
    Hidden,
}

/// A read-only view into a Raft replica, for the safety invariants (Raft, figure 3).
///
/// Log positions count from 1; position 0 is the empty prefix, of term 0.
pub trait RaftWindow {
    /// Returns the replica's role.
    fn role(&self) -> Role;
    /// Returns the replica's current term.
    fn term(&self) -> u64;
    /// Returns the greatest position known to be committed.
    fn commit_index(&self) -> u64;
    /// Returns the first position of the log that is not compacted (Raft §7): 1 if there was no compaction.
    fn first_index(&self) -> u64;
    /// Returns the last position of the log, 0 if it is empty.
    fn last_index(&self) -> u64;
    /// Returns the term of the last entry, 0 if the log is empty.
    fn last_term(&self) -> u64;
    /// Returns the term of the entry at a position, and a number for its content.
    ///
    /// The number depends on the entry's whole content. Returns `None` if there is no such entry.
    fn entry(&self, index: u64) -> Option<(u64, u64)>;
    /// Returns the greatest position whose entry the state machine has applied, which is
    /// [`commit_index`](RaftWindow::commit_index) after each step.
    ///
    /// The default does not show it: a replica that applies later than it commits is not asked.
    fn applied_index(&self) -> Option<u64> {
        None
    }
    /// Returns the vote in the current term. The default does not show it.
    fn vote(&self) -> Vote {
        Vote::Hidden
    }
    /// Returns a number that depends on the whole committed state.
    ///
    /// The state is the one after exactly the entries up to [`commit_index`]. The number is equal for equal states:
    /// replicas with the same commit index must return the same number.
    ///
    /// [`commit_index`]: RaftWindow::commit_index
    fn state_fingerprint(&self) -> u64;
    /// Returns the state in one line of text, which `replay --inspect` prints.
    fn summary(&self) -> String;
}
