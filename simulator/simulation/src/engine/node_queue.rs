//! What a replica is in the middle of: a replica that is paused, slow, or waits for its disk takes
//! nothing in until it is done, and what arrives meanwhile waits in the order it came.

use std::collections::VecDeque;

use crate::Nanos;
use crate::api::{NodeId, Outbox, Request};
use crate::rng::Dice;
use crate::scenario::Span;

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

/// One replica's unfinished work, and what slows it down.
#[derive(Debug)]
pub(crate) struct NodeQueue<M> {
    /// Until when it takes nothing in.
    pub busy_until: Nanos,
    /// What arrived meanwhile.
    pub inbox: VecDeque<Input<M>>,
    /// What leaves when the step under way is finished, and its writes are durable.
    pub unfinished: Option<Outbox<M>>,
    /// Each step takes so long, until a moment.
    pub slow: (Nanos, Nanos),
    /// Each sync takes so long, until a moment.
    pub slow_sync: Option<SlowSync>,
    /// The disk takes nothing more, until a moment.
    pub full_until: Nanos,
}

/// A disk that takes its time.
#[derive(Debug)]
pub(crate) struct SlowSync {
    pub until: Nanos,
    pub sync: Span,
    pub dice: Dice,
}

impl<M> NodeQueue<M> {
    pub fn new() -> Self {
        NodeQueue {
            busy_until: 0,
            inbox: VecDeque::new(),
            unfinished: None,
            slow: (0, 0),
            slow_sync: None,
            full_until: 0,
        }
    }

    /// How long the step takes that is made now.
    #[inline]
    pub fn cost(&mut self, now: Nanos, writes: bool) -> Nanos {
        let (step, until) = self.slow;
        let step = if now < until { step } else { 0 };
        let sync = match &mut self.slow_sync {
            Some(slow) if writes && now < slow.until => slow.dice.between(slow.sync),
            _ => 0,
        };
        step + sync
    }

    /// Nothing slows it down any more. What it was in the middle of ends now.
    pub fn heal(&mut self, now: Nanos) {
        self.busy_until = self.busy_until.min(now);
        self.slow = (0, 0);
        self.slow_sync = None;
        self.full_until = 0;
    }

    /// It dies, and with it what it was in the middle of; its disk and processor stay as they are.
    pub fn forget(&mut self) {
        self.busy_until = 0;
        self.inbox.clear();
        self.unfinished = None;
    }
}
