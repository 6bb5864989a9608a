//! Time: what the clock shows, and everything that is going to happen.

use crate::Nanos;
use crate::api::{Named, NodeId, Request, Response};
use crate::plan::Plan;

use super::queue::EventQueue;
use super::rounds::Rounds;
use super::schedule::Schedule;

/// The time of a run, its pending events, and what the plan has in store.
#[derive(Debug)]
pub(super) struct Time<'p, M> {
    pub now: Nanos,
    /// The run stops at this time, without a liveness phase.
    pub until: Nanos,
    pub queue: EventQueue<Event<M>>,
    pub schedule: Schedule<'p>,
    pub rounds: Rounds,
}

/// What can happen next.
#[derive(Debug)]
pub(super) enum Event<M> {
    /// A datagram leaves its node, some time after the step that sent it began.
    Leaves { from: NodeId, named: Box<Named<M>> },
    /// The router has dealt with a message for another node.
    Routed { from: NodeId, to: NodeId, leader: Option<NodeId>, message: M },
    /// The router has dealt with an answer to a client.
    Responded { from: NodeId, leader: Option<NodeId>, response: Response },
    /// A message that a link delayed arrives.
    Arrived { from: NodeId, to: NodeId, message: M },
    /// A message that a link held back arrives; at once if everything heals.
    Released { from: NodeId, to: NodeId, message: M },
    /// A request that left its client before arrives.
    Asked { to: NodeId, request: Request },
    /// An answer that left the router before arrives; the network made a copy of it if it says so.
    Answered { from: NodeId, leader: Option<NodeId>, response: Response, is_copy: bool },
    /// The time that a node asked for has come, if it still waits for this one.
    Wakeup(NodeId),
    /// The next planned request or fault is due.
    Scheduled,
    /// The loop has waited for a datagram in vain.
    Round,
    /// A fault of a node ends, or a step of the node.
    FaultEnds(NodeId),
    /// The next probe of the liveness phase is due.
    Probe,
}

impl<'p, M> Time<'p, M> {
    pub(super) fn new(plan: &'p Plan, until: Nanos) -> Self {
        Time {
            now: 0,
            until,
            queue: EventQueue::new(),
            schedule: Schedule::new(plan),
            rounds: Rounds::new(plan.loop_wait),
        }
    }

    /// Adds the event of the next planned request or fault.
    pub(super) fn await_schedule(&mut self) {
        if let Some(at) = self.schedule.next_at() {
            self.queue.push(at, Event::Scheduled);
        }
    }

    /// Whether a planned request or fault is due.
    pub(super) fn is_item_due(&self) -> bool {
        self.schedule.next_at().is_some_and(|at| at <= self.now)
    }

    /// Lets nothing of the plan happen any more, and what links held back arrive now.
    pub(super) fn heal(&mut self) {
        self.queue.hurry(self.now, |event| matches!(event, Event::Released { .. }));
        self.schedule.clear();
        self.rounds.cease();
    }
}
