//! Messages between replicas.

use std::sync::Arc;

use crate::log::Entry;

/// A message from one replica to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A candidate asks for a vote (5.2), or whether it would get one (thesis 9.6).
    RequestVote(RequestVote),
    /// The answer to [`RequestVote`].
    Vote(Vote),
    /// The leader replicates entries, or just shows that it lives (5.3).
    AppendEntries(AppendEntries),
    /// The leader sends a part of its snapshot to a follower so far behind that the entries it lacks are gone (7).
    InstallSnapshot(InstallSnapshot),
    /// The answer to [`AppendEntries`] and to [`InstallSnapshot`].
    Appended(Appended),
}

impl Message {
    /// The term the message speaks about.
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

/// RequestVote RPC (5.2), or its dry run, PreVote (thesis 9.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestVote {
    /// The term the candidate wants to lead. In a pre-vote it has not entered that term yet.
    pub term: u64,
    /// Only asks; nobody changes its term or vote for it.
    pub pre: bool,
    /// Index of the candidate's last entry (5.4.1).
    pub last_index: u64,
    /// Term of the candidate's last entry (5.4.1).
    pub last_term: u64,
}

/// The answer to a [`RequestVote`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// When granted, the term asked for; when refused, the voter's own term, so that a candidate left behind
    /// catches up.
    pub term: u64,
    /// Answers a pre-vote.
    pub pre: bool,
    /// The voter is for the candidate.
    pub granted: bool,
}

/// AppendEntries RPC (5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendEntries {
    /// The leader's term.
    pub term: u64,
    /// Index of the entry just before `entries`; 0 before the first one.
    pub prev_index: u64,
    /// Term of that entry; 0 with `prev_index` 0.
    pub prev_term: u64,
    /// Entries to store, in order; none in a heartbeat.
    pub entries: Vec<Entry>,
    /// The leader's commit index. May lie beyond `entries`.
    pub commit: u64,
    /// Names this very message: strictly increasing at the leader and never below its clock (ns) when it was sent. The
    /// answer echoes it, which dates the follower's support: leases, ReadIndex and CheckQuorum all rest on it.
    pub stamp: u64,
}

/// InstallSnapshot RPC (7): a part of a snapshot's text, small enough for a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallSnapshot {
    /// The leader's term.
    pub term: u64,
    /// Index of the last entry that the snapshot stands for.
    pub last_index: u64,
    /// Term of that entry.
    pub last_term: u64,
    /// Where in the text of the snapshot `data` begins, bytes.
    pub offset: u64,
    /// The part.
    pub data: Arc<str>,
    /// It is the last part.
    pub done: bool,
    /// As in [`AppendEntries::stamp`].
    pub stamp: u64,
}

/// The answer to an [`AppendEntries`] or an [`InstallSnapshot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The follower's term. Higher than the leader's: the leader is deposed.
    pub term: u64,
    /// The stamp of the message answered.
    pub stamp: u64,
    /// What became of the entries, or of the snapshot.
    pub result: AppendResult,
}

/// What a follower found when it compared the leader's entries with its log (5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendResult {
    /// The logs agree up to this index, the last one the message spoke about.
    Match(u64),
    /// The follower has another entry, or none, at `prev_index`; lets the leader back up a whole term at once.
    Conflict {
        /// The term of the follower's entry there; 0 when its log ends before.
        term: u64,
        /// The follower's first index of that term, or the index just after the end of its log.
        index: u64,
    },
    /// So many bytes of the snapshot are here: the next part begins there.
    Received(u64),
}
