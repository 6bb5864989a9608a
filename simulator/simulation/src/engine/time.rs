//! Time: the clock, and all pending events.

use crate::Nanos;
use crate::api::{AnswerOf, Named, Node, NodeId, OpOf, Request, Response};
use crate::plan::Plan;

use super::queue::EventQueue;
use super::rounds::Rounds;
use super::schedule::Schedule;
use super::serves::Serves;

/// The time of a run, its pending events, and the schedule. `M` is the type of the messages, `O` that of operations,
/// `A` that of answers.
#[derive(Debug)]
pub(super) struct Time<'p, M, O, A> {
    pub now: Nanos,
    /// The time at which the run stops without a liveness phase.
    pub until: Nanos,
    pub queue: EventQueue<Event<M, O, A>>,
    pub schedule: Schedule<'p>,
    pub rounds: Rounds,
}

/// The time of a run of such nodes.
pub(super) type TimeOf<'p, N> = Time<'p, <N as Node>::Message, OpOf<N>, AnswerOf<N>>;

/// An event of a run of such nodes.
pub(super) type EventOf<N> = Event<<N as Node>::Message, OpOf<N>, AnswerOf<N>>;

/// An event of a run.
#[derive(Debug)]
pub(super) enum Event<M, O, A> {
    /// A datagram leaves its node, after the step that sent it began.
    Leaves { from: NodeId, serves: Serves, named: Box<Named<M, A>> },
    /// The router has handled a message to another node.
    Routed { from: NodeId, to: NodeId, leader: Option<NodeId>, serves: Serves, message: M },
    /// The router has handled an answer to a client.
    Responded { from: NodeId, leader: Option<NodeId>, response: Response<A> },
    /// A message that a link delayed arrives.
    Arrived { from: NodeId, to: NodeId, serves: Serves, message: M },
    /// A message that a link held back arrives; if everything heals, it arrives at once.
    Released { from: NodeId, to: NodeId, serves: Serves, message: M },
    /// A delayed request, or a copy of one, arrives.
    Asked { to: NodeId, request: Request<O> },
    /// A delayed answer arrives; `is_copy` is true for a copy that the network made.
    Answered { from: NodeId, leader: Option<NodeId>, response: Response<A>, is_copy: bool },
    /// The time of a node's wake-up has come, unless the node has another one by now.
    Wakeup(NodeId),
    /// The next planned request or fault is due.
    Scheduled,
    /// A round of the course's loop ends without a datagram.
    Round,
    /// A fault or a step of a node ends.
    FaultEnds(NodeId),
    /// The next probe of the liveness phase is due.
    Probe,
}

impl<'p, M, O, A> Time<'p, M, O, A> {
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

    /// Returns true if a planned request or fault is due.
    pub(super) fn is_item_due(&self) -> bool {
        self.schedule.next_at().is_some_and(|at| at <= self.now)
    }

    /// Clears the schedule, and lets messages that links held back arrive now.
    pub(super) fn heal(&mut self) {
        self.queue.hurry(self.now, |event| matches!(event, Event::Released { .. }));
        self.schedule.clear();
        self.rounds.cease();
    }
}
