//! What clients ask, and what nodes answer.

use std::sync::Arc;

use crate::api::{ClientId, NodeId, RequestId};

/// What a client wants done.
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
        /// Its new value.
        value: Arc<str>,
    },
}

/// A client's request, as a node receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The client that asks, and will be answered.
    pub client: ClientId,
    /// To be repeated in the answer.
    pub id: RequestId,
    /// The leader that the client knows when it sends: the one named by the last answer it got. `None` at
    /// first, after the leader was killed or a `part_hard` began, and where that replica no longer lives.
    pub leader: Option<NodeId>,
    /// What is asked.
    pub op: Op,
}

/// A node's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The client that asked.
    pub client: ClientId,
    /// Which of its requests this answers.
    pub id: RequestId,
    /// The answer.
    pub answer: Answer,
}

/// The kinds of answer (see the course's messages `ok`, `fail` and `redirect`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a put: it is done.
    Done,
    /// To a get: the key's value; `None` when the key is missing.
    Value(Option<Arc<str>>),
    /// Nothing is known of what became of the request. The client asks again at once.
    Fail,
    /// The request was *not* executed. The client asks again at once: the node that
    /// [`Node::leader`](crate::api::Node::leader) names, or any node where that is unknown.
    Redirect,
}
