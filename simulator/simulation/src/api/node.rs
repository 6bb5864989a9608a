//! One replica under test.

use crate::Nanos;
use crate::api::{AnyService, DecidedLog, Message, NodeId, Outbox, RaftWindow, Request};

/// One replica under test.
///
/// `now` is virtual time in nanoseconds since the run began and never decreases. The engine sends the contents of the
/// outbox in the order in which a step added them.
pub trait Node {
    /// The messages between replicas.
    type Message: Message;

    /// The service of the replicas to their clients: the operations and their answers.
    /// [`KeyValue`](crate::api::KeyValue) is the course's, [`Own`](crate::api::Own) makes one of a
    /// [`Service`](crate::api::Service) of your own.
    type Service: AnyService;

    /// Handles a message from another replica.
    fn message(
        &mut self,
        now: Nanos,
        from: NodeId,
        message: Self::Message,
        out: &mut Outbox<Self::Message, AnswerOf<Self>>,
    );

    /// Handles a client's request.
    fn request(
        &mut self,
        now: Nanos,
        request: Request<OpOf<Self>>,
        out: &mut Outbox<Self::Message, AnswerOf<Self>>,
    );

    /// Handles a wake-up at the time that [`Node::next_wakeup`] returned.
    ///
    /// It may also come at an earlier time that was returned before; such a spurious call must do no harm.
    fn timer(&mut self, now: Nanos, out: &mut Outbox<Self::Message, AnswerOf<Self>>);

    /// Returns the time of the next wake-up; [`Nanos::MAX`] for none. Called after every step.
    fn next_wakeup(&self) -> Nanos;

    /// Returns the replica that this node takes for the leader now, if it knows one.
    ///
    /// It is the course's `leader` field in everything that the node sends. Clients send their next requests there.
    fn leader(&self) -> Option<NodeId>;

    /// Draws from another seed from now on, where it can; what is drawn already stays. Asked where a plan branches
    /// ([`Plan::branches`](crate::plan::Plan::branches)), to learn what else could have happened.
    fn reseed(&mut self, seed: u64) {
        let _ = seed;
    }

    /// Returns the coverage marks reached since the start: one bit for each of
    /// [`System::marks`](crate::api::System::marks).
    fn reached(&self) -> u64 {
        0
    }

    /// Returns the log of what the replica has decided, if it keeps one and is no Raft replica.
    fn decided_log(&self) -> Option<&dyn DecidedLog> {
        None
    }

    /// Returns the window for the Raft invariants, if this is a Raft replica.
    fn raft(&self) -> Option<&dyn RaftWindow> {
        None
    }
}

/// The operations of a node's service.
pub type OpOf<N> = <<N as Node>::Service as AnyService>::Op;

/// The answers of a node's service.
pub type AnswerOf<N> = <<N as Node>::Service as AnyService>::Answer;

/// The outbox of a node.
pub type OutboxOf<N> = Outbox<<N as Node>::Message, AnswerOf<N>>;
