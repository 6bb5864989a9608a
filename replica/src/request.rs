//! Requests of clients, and the responses to them.

use std::sync::Arc;

use crate::id::NodeId;

/// A client's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The client that sent it.
    pub client: NodeId,
    /// The client's id for the request (`MID`); a client never uses one twice.
    pub id: Arc<str>,
    /// The operation requested.
    pub op: Op,
}

/// An operation on the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A read of a key's value.
    Get {
        /// The key.
        key: Arc<str>,
    },
    /// A new value for a key.
    Put {
        /// The key.
        key: Arc<str>,
        /// The new value of the key.
        value: Arc<str>,
    },
}

impl Op {
    /// Returns the key of the operation.
    pub fn key(&self) -> &Arc<str> {
        match self {
            Op::Get { key } | Op::Put { key, .. } => key,
        }
    }
}

/// The answer to a [`Request`]. Each request gets at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The client that sent the request.
    pub client: NodeId,
    /// The request's id.
    pub id: Arc<str>,
    /// The outcome of the request.
    pub outcome: Outcome,
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `ok` to a get.
    Got {
        /// The value; `None` if the key is missing (`""` on the wire).
        value: Option<Arc<str>>,
    },
    /// `ok` to a put: it is committed, and applied here.
    Done,
    /// Not executed: the request is too large to be executed ever.
    Fail,
    /// Not executed, and it never will be; the client should send it to another replica.
    Redirect {
        /// The leader; `None` if none is known.
        leader: Option<NodeId>,
    },
}
