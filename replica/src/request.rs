//! Requests of clients, and the responses to them.

use std::sync::Arc;

use crate::id::NodeId;

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
