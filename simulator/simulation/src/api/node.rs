//! One replica under test.

use crate::Nanos;
use crate::api::{Message, NodeId, Outbox, RaftWindow, Request};

/// One replica under test.
///
/// `now` is virtual time in nanoseconds since the run began and never decreases. What a step puts
/// into the outbox is sent in that order.
pub trait Node {
    /// What replicas say to each other.
    type Message: Message;

    /// A message from another replica arrived.
    fn message(
        &mut self,
        now: Nanos,
        from: NodeId,
        message: Self::Message,
        out: &mut Outbox<Self::Message>,
    );

    /// A client's request arrived.
    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Self::Message>);

    /// The time that [`Node::next_wakeup`] named has come (or a little earlier one that it named
    /// before: a spurious call must do no harm).
    fn timer(&mut self, now: Nanos, out: &mut Outbox<Self::Message>);

    /// When it wants to be woken; [`Nanos::MAX`] for never. Asked after every step.
    fn next_wakeup(&self) -> Nanos;

    /// Whom it believes to be the leader now: what the course's `leader` field says on everything
    /// it sends. Clients go there next.
    fn leader(&self) -> Option<NodeId>;

    /// Draws from another seed from now on, where it can; what is drawn already stays. Asked where a plan branches
    /// ([`Plan::branches`](crate::plan::Plan::branches)), to learn what else could have happened.
    fn reseed(&mut self, seed: u64) {
        let _ = seed;
    }

    /// Which of [`System::marks`](crate::api::System::marks) it has reached since it started, a bit each.
    fn reached(&self) -> u64 {
        0
    }

    /// The window for the Raft invariants, where this is a Raft replica.
    fn raft(&self) -> Option<&dyn RaftWindow> {
        None
    }
}
