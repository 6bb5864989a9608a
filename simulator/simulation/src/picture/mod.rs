//! The picture: what a drawing of a run needs and no check reads.
//!
//! It is recorded only where it was asked for ([`Options::picture`](crate::engine::Options::picture)). All texts are
//! kept once, and named by their number in [`Picture::texts`].

mod recorder;
mod texts;

use std::sync::Arc;

use crate::Nanos;
use crate::api::{ClientId, NodeId, Outcome, Role};

pub(crate) use recorder::{Look, PictureRecorder};
pub use texts::TextId;

/// Everything that is recorded for a drawing of a run.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The texts that the other fields name.
    pub texts: Vec<String>,
    /// Messages between replicas, in the order in which the router dealt with them.
    pub messages: Vec<Passage>,
    /// Requests of clients, a datagram each, in the order in which they were sent.
    pub attempts: Vec<Attempt>,
    /// The states of replicas, each from its moment on, by time.
    pub states: Vec<State>,
    /// The terms of the log entries that states add, one state after the other.
    pub terms: Vec<u64>,
    /// Faults, by the time at which they struck.
    pub faults: Vec<Outage>,
}

impl Picture {
    /// Returns the text of a number.
    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.index()]
    }
}

/// A message between replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// When its sender sent it.
    pub sent: Nanos,
    /// When it arrived, or was lost.
    pub arrived: Nanos,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// Its kind ([`Message::kind`](crate::api::Message::kind)).
    pub kind: TextId,
    /// The message in words.
    pub text: TextId,
    /// Its fate.
    pub fate: Fate,
}

/// The fate of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It arrived as soon as the router had dealt with it.
    Arrived,
    /// Its link delayed it.
    Late,
    /// It is a copy that the network made.
    Copied,
    /// It arrived, altered on the way.
    Corrupted,
    /// It was lost by chance, or because the plan says so.
    Lost,
    /// A partition or a cut stopped it.
    CutOff,
    /// It was altered on the way; its receiver noticed and dropped it.
    Discarded,
}

/// One datagram of a client that asks for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The number that names it in the run.
    pub id: u64,
    /// The request that it is an attempt of.
    pub request: u32,
    /// The client.
    pub client: ClientId,
    /// The key.
    pub key: TextId,
    /// The value to be written; `None` for a get.
    pub put: Option<TextId>,
    /// The operation in words, if the service is not the course's.
    pub call: Option<TextId>,
    /// When it was sent.
    pub sent: Nanos,
    /// The replica that was asked.
    pub to: NodeId,
    /// The answer that the client took.
    pub reply: Option<Reply>,
    /// True if the network lost the request or its answer.
    pub is_lost: bool,
    /// Answers that the client had no use for.
    pub ignored: u32,
}

/// The part of a request that a drawing shows.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// The key that it is about, if it is about one.
    pub key: Option<Arc<str>>,
    /// The value that it writes to the course's store.
    pub put: Option<Arc<str>>,
    /// The operation in words, if the service is not the course's.
    pub call: Option<String>,
}

/// An answer to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// When it arrived.
    pub at: Nanos,
    /// The replica that answered.
    pub by: NodeId,
    /// Its meaning.
    pub outcome: Outcome,
    /// The value that a get returned; of another service, the operation and its answer in words.
    pub value: Option<TextId>,
}

/// The state of a replica from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// When it began.
    pub at: Nanos,
    /// The replica.
    pub node: NodeId,
    /// True if it runs.
    pub is_running: bool,
    /// The replica that it takes for the leader.
    pub leader: Option<NodeId>,
    /// The state in words, as `replay --inspect` prints it.
    pub summary: TextId,
    /// The content of its window, if it has one.
    pub raft: Option<RaftState>,
}

/// The content of a Raft replica's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RaftState {
    /// Its role.
    pub role: Role,
    /// Its term.
    pub term: u64,
    /// The greatest committed position.
    pub commit: u64,
    /// The first position of its log.
    pub first: u64,
    /// The last position of its log.
    pub last: u64,
    /// The last position that is still what it was in the state before.
    pub kept: u64,
    /// The number of [`Picture::terms`] that follow it.
    pub added: u32,
}

/// A fault, and how long it lasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When it struck.
    pub from: Nanos,
    /// When it ended; `None` if it never did.
    pub until: Option<Nanos>,
    /// The fault's name.
    pub name: TextId,
    /// The fault in words.
    pub text: TextId,
    /// The replica that it struck; `None` for a fault of the network.
    pub node: Option<NodeId>,
}
