//! What a replica is in the middle of: a replica that is paused, slow, or waits for its disk takes
//! nothing in until it is done, and what arrives meanwhile waits in the order it came.

use std::collections::VecDeque;

use crate::api::{NodeId, Outbox, Request};

/// What a replica is told.
#[derive(Debug)]
pub(crate) enum Input<M> {
    /// A message from another replica.
    Message(NodeId, M),
    /// A client's request.
    Request(Request),
    /// The time that it asked for has come.
    Timer,
}

/// One replica's unfinished work.
#[derive(Debug)]
pub(crate) struct NodeQueue<M> {
    /// What arrived while it was busy.
    pub inbox: VecDeque<Input<M>>,
    /// What leaves when the step under way is finished, and its writes are durable.
    pub unfinished: Option<Outbox<M>>,
}

impl<M> NodeQueue<M> {
    pub(super) fn new() -> Self {
        NodeQueue { inbox: VecDeque::new(), unfinished: None }
    }

    /// Drops it all: the replica has ended.
    pub(super) fn forget(&mut self) {
        self.inbox.clear();
        self.unfinished = None;
    }
}
