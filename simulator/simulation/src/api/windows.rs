//! What a node may show of its inside.

use std::fmt;

/// The part a Raft server plays (Raft §5.1; the pre-candidate of thesis §9.6 counts as follower).
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
/// Log positions count from 1; position 0 is the empty prefix, of term 0.
pub trait RaftWindow {
    /// The part it plays.
    fn role(&self) -> Role;
    /// Its current term.
    fn term(&self) -> u64;
    /// The greatest position known to be committed.
    fn commit_index(&self) -> u64;
    /// The first position of its log that was not compacted away (Raft §7): 1 where nothing was.
    fn first_index(&self) -> u64;
    /// The last position of its log, 0 when empty.
    fn last_index(&self) -> u64;
    /// The term of the last entry, 0 when the log is empty.
    fn last_term(&self) -> u64;
    /// The term of the entry at a position and a number that depends on the entry's whole
    /// content; `None` where there is no such entry.
    fn entry(&self, index: u64) -> Option<(u64, u64)>;
    /// A number that depends on the whole state after exactly the entries up to [`commit_index`] were applied, equal
    /// for equal states: replicas that have committed equally much must show the same.
    ///
    /// [`commit_index`]: RaftWindow::commit_index
    fn state_fingerprint(&self) -> u64;
    /// The state in one line for a person: what `replay --inspect` prints.
    fn summary(&self) -> String;
}
