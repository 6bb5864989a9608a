//! What goes in and out of a replica: messages between replicas, requests and responses of clients.

use std::sync::Arc;

use crate::durable::Durable;
use crate::id::NodeId;
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

/// A client's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub client: NodeId,
    /// The client's name for the request (`MID`); a client never uses one twice.
    pub id: Arc<str>,
    /// What is asked.
    pub op: Op,
}

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// The value of a key.
    Get {
        /// The key.
        key: Arc<str>,
    },
    /// A new value for a key.
    Put {
        /// The key.
        key: Arc<str>,
        /// Its new value.
        value: Arc<str>,
    },
}

impl Op {
    /// The key the operation is about.
    pub fn key(&self) -> &Arc<str> {
        match self {
            Op::Get { key } | Op::Put { key, .. } => key,
        }
    }
}

/// The answer to a [`Request`]. Each request gets at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Who asked.
    pub client: NodeId,
    /// The request's id.
    pub id: Arc<str>,
    /// How it went.
    pub outcome: Outcome,
}

/// How a request went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `ok` to a get.
    Got {
        /// The value; none when the key is missing (`""` on the wire).
        value: Option<Arc<str>>,
    },
    /// `ok` to a put: it is committed, and applied here.
    Done,
    /// The request can never be carried out: it is too large. It was not executed.
    Fail,
    /// Not executed, and it never will be; ask elsewhere.
    Redirect {
        /// Whom to ask; none when no leader is known.
        leader: Option<NodeId>,
    },
}

/// What a replica wants persisted and sent. Owned by the caller, who empties and reuses it: the replica only
/// ever pushes.
///
/// The contract of a caller whose replica is to survive a crash: all of `persist` is durable before anything
/// that the same call, or a later one, pushed into `messages` and `responses` leaves. What was not persisted
/// is as if never done. Nothing is pushed there when nothing changed, nor for a caller that never recovers a
/// replica (see [`volatile`](Outputs::volatile)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Changes to what must survive a crash, in the order in which they happened.
    pub persist: Vec<Durable>,
    /// Messages to other replicas, in the order they should leave.
    pub messages: Vec<(NodeId, Message)>,
    /// Answers to clients, in the order they should leave.
    pub responses: Vec<Response>,
    is_volatile: bool,
}

impl Outputs {
    /// For a caller that keeps nothing over a crash: `persist` stays empty.
    pub fn volatile() -> Self {
        Outputs { is_volatile: true, ..Outputs::default() }
    }

    /// Adds a change to `persist`.
    #[inline]
    pub(crate) fn record(&mut self, change: impl FnOnce() -> Durable) {
        if !self.is_volatile {
            self.persist.push(change());
        }
    }

    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        self.persist.clear();
        self.messages.clear();
        self.responses.clear();
    }
}
