//! Messages between replicas.

use std::sync::Arc;

use crate::log::Entry;

/// A message from one replica to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A candidate's request for a vote (5.2), or a pre-candidate's for a pre-vote (thesis 9.6).
    RequestVote(RequestVote),
    /// The answer to [`RequestVote`].
    Vote(Vote),
    /// A leader's entries, or its heartbeat (5.3).
    AppendEntries(AppendEntries),
    /// A part of a leader's snapshot, for a follower that needs compacted entries (7).
    InstallSnapshot(InstallSnapshot),
    /// The answer to [`AppendEntries`] and to [`InstallSnapshot`].
    Appended(Appended),
}

impl Message {
    /// Returns the term of the message.
    pub fn term(&self) -> u64 {
        match self {
            Message::RequestVote(m) => m.term,
            Message::Vote(m) => m.term,
            Message::AppendEntries(m) => m.term,
            Message::InstallSnapshot(m) => m.term,
            Message::Appended(m) => m.term,
        }
    }
}

/// The RequestVote RPC (5.2), or a pre-vote (thesis 9.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestVote {
    /// The term that the candidate wants to lead; in a pre-vote it has not entered that term yet.
    pub term: u64,
    /// True for a pre-vote, which changes no term and no vote.
    pub pre: bool,
    /// Index of the candidate's last entry (5.4.1).
    pub last_index: u64,
    /// Term of the candidate's last entry (5.4.1).
    pub last_term: u64,
}

/// The answer to a [`RequestVote`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// The requested term if the vote is granted; the voter's own term if it is refused.
    ///
    /// With the voter's own term, a candidate that is behind catches up.
    pub term: u64,
    /// True for the answer to a pre-vote.
    pub pre: bool,
    /// True if the voter supports the candidate.
    pub granted: bool,
}

/// The AppendEntries RPC (5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendEntries {
    /// The leader's term.
    pub term: u64,
    /// Index of the entry just before `entries`; 0 before the first one.
    pub prev_index: u64,
    /// Term of that entry; 0 if `prev_index` is 0.
    pub prev_term: u64,
    /// Entries to store, in order; none in a heartbeat.
    pub entries: Vec<Entry>,
    /// The leader's commit index, which may lie beyond `entries`.
    pub commit: u64,
    /// The number of the message, at least the leader's clock (ns) when sending.
    ///
    /// It strictly increases at the leader. The answer repeats it, which dates the follower's support: leases,
    /// ReadIndex and CheckQuorum depend on it.
    pub stamp: u64,
}

/// The InstallSnapshot RPC (7): a part of a snapshot's text, small enough for a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallSnapshot {
    /// The leader's term.
    pub term: u64,
    /// Index of the last entry that the snapshot stands for.
    pub last_index: u64,
    /// Term of that entry.
    pub last_term: u64,
    /// Offset of `data` in the text of the snapshot, bytes.
    pub offset: u64,
    /// The part of the text.
    pub data: Arc<str>,
    /// True for the last part.
    pub done: bool,
    /// The number of the message, as in [`AppendEntries::stamp`].
    pub stamp: u64,
}

/// The answer to an [`AppendEntries`] or an [`InstallSnapshot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The follower's term; if it is higher than the leader's, the leader is deposed.
    pub term: u64,
    /// The stamp of the message answered.
    pub stamp: u64,
    /// The outcome for the entries, or for the part of a snapshot.
    pub result: AppendResult,
}

/// The outcome of a follower's comparison of the leader's entries with its log (5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendResult {
    /// The logs agree up to this index, which is the last one of the message.
    Match(u64),
    /// The follower has another entry at `prev_index`, or none. The leader can go back a whole term at once.
    Conflict {
        /// The term of the follower's entry there; 0 if its log ends before.
        term: u64,
        /// The follower's first index of that term, or the index just after the end of its log.
        index: u64,
    },
    /// The number of bytes of the snapshot received so far; the next part begins there.
    Received(u64),
}
