//! The requests of clients, and the answers of nodes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::api::{ClientId, NodeId, RequestId};

/// The kind of a request, as a plan has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A read.
    Get,
    /// A write. A service of one's own takes both kinds as it likes.
    Put,
}

/// An operation of the course's key-value store that a client requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Read a key.
    Get {
        /// The key.
        key: Arc<str>,
    },
    /// Write a key.
    Put {
        /// The key.
        key: Arc<str>,
        /// The new value of the key.
        value: Arc<str>,
    },
}

impl Op {
    /// The key that it is about.
    pub fn key(&self) -> &Arc<str> {
        match self {
            Op::Get { key } | Op::Put { key, .. } => key,
        }
    }
}

/// A client's request, as a node receives it. `O` is the type of the service's operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<O = Op> {
    /// The client that sent the request and gets the answer.
    pub client: ClientId,
    /// The id of the request, which the answer repeats.
    pub id: RequestId,
    /// The leader that the client knows when it sends: the one that its latest answer named. `None` before the first
    /// answer, after the leader was killed or a `part_hard` began, and if that replica is gone.
    pub leader: Option<NodeId>,
    /// The requested operation.
    pub op: O,
}

/// A node's answer to a request. `A` is the type of the service's answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<A = Answer> {
    /// The client that sent the request.
    pub client: ClientId,
    /// The id of the request that this answers.
    pub id: RequestId,
    /// The answer.
    pub answer: A,
}

/// An answer of the course's key-value store (its messages `ok`, `fail` and `redirect`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The put is done.
    Done,
    /// The value of the key of a get; `None` if the key is missing.
    Value(Option<Arc<str>>),
    /// The result of the request is unknown. The client sends the request again at once.
    Fail,
    /// The request was *not* executed. The client sends it again at once, to the node that
    /// [`Node::leader`](crate::api::Node::leader) names, or to any node if that is unknown.
    Redirect,
}
