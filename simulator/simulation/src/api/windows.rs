//! Read-only views into a node's internal state.

use std::fmt;

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
