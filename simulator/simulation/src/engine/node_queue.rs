//! The input queue and unfinished step of a replica.
//!
//! A replica that is paused, slow, or waits for its disk handles no input until it is done. Input that arrives
//! meanwhile waits in the order of its arrival.

use std::collections::VecDeque;

use crate::api::{NodeId, Outbox, Request};
use crate::engine::serves::Serves;

/// An input of a replica.
#[derive(Debug)]
pub(crate) enum Input<M, O> {
    /// A message from another replica.
    Message(NodeId, M),
    /// A client's request.
    Request(Request<O>),
    /// The time of its next wake-up has come.
    Timer,
}

/// The waiting input and the unfinished step of one replica.
#[derive(Debug)]
pub(crate) struct NodeQueue<M, O, A> {
    /// The input that arrived while the replica was busy, with the request that it serves.
    pub inbox: VecDeque<(Serves, Input<M, O>)>,
    /// The output of the step in progress, which leaves when the step is finished and its writes are durable; with the
    /// request that it serves.
    pub unfinished: Option<(Serves, Outbox<M, A>)>,
}

impl<M, O, A> NodeQueue<M, O, A> {
    pub(super) fn new() -> Self {
        NodeQueue { inbox: VecDeque::new(), unfinished: None }
    }

    /// Drops everything, because the replica has stopped.
    pub(super) fn forget(&mut self) {
        self.inbox.clear();
        self.unfinished = None;
    }
}
