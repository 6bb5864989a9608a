//! Books: the requests of the clients of a service, and their records of the answers.
//!
//! The clients of every service follow one protocol: a request has attempts, an attempt is answered, redirected or
//! fails. What an operation is, how it is drawn, described and recorded, is the book's part. [`key_value`] is the
//! book of the course's service, [`own`] that of any other.

mod key_value;
mod own;

use std::fmt::Debug;
use std::sync::Arc;

use crate::Nanos;
use crate::ServiceHistory;
use crate::api::{
    AnyService, ClientId, KeyValue, Node, NodeId, NodeSet, Own, RequestKind, Service, System,
};
use crate::digest::Digest;
use crate::evidence::Counts;
use crate::picture::Sketch;
use crate::plan::{Plan, PlannedRequest};

use key_value::KeyValueBook;
use own::OwnBook;

/// A service whose requests the engine can make and record: the course's, or one of your own.
pub trait Booked: AnyService {
    /// The book of its clients.
    type Book: Book<Op = Self::Op, Answer = Self::Answer>;
}

impl Booked for KeyValue {
    type Book = KeyValueBook;
}

impl<S: Service> Booked for Own<S> {
    type Book = OwnBook<S>;
}

/// A node that the engine can drive: every [`Node`] whose service has a book.
pub trait Driven: Node<Service: Booked> {}

impl<N: Node<Service: Booked>> Driven for N {}

/// A system that the engine can run: every [`System`] whose nodes it can drive.
pub trait Runnable: System<Node: Driven> {}

impl<S: System<Node: Driven>> Runnable for S {}

/// The book of a node's service.
pub(crate) type BookOf<N> = <<N as Node>::Service as Booked>::Book;

/// The content of a request of a node's service.
pub(crate) type WishOf<N> = <BookOf<N> as Book>::Wish;

/// The knowledge, the requests and the records of the clients of a service.
///
/// A *wish* is what a client wants of the service: the content of a request, in a form that the book chooses.
pub trait Book: Debug + Sized {
    /// An operation, as a request carries it.
    type Op: Clone + Debug;
    /// An answer, as a response carries it.
    type Answer: Clone + Debug;
    /// The content of a request.
    type Wish: Clone + Debug;

    /// Returns the empty book of a plan. If not `whole_history`, checked parts of a long history may be dropped.
    fn new(plan: &Plan, whole_history: bool) -> Self;

    /// Chooses the content of a planned request, which will be the run's request with this number.
    fn choose(&mut self, planned: &PlannedRequest, number: usize) -> Self::Wish;

    /// Chooses the replica that is asked first; `None` for the leader that the client knows.
    fn first_replica(&self, planned: &PlannedRequest, living: NodeSet) -> Option<NodeId> {
        let _ = (planned, living);
        None
    }

    /// Returns a write that shows that a replica works again after everything healed.
    fn probe(&mut self, of: NodeId, number: usize) -> Self::Wish;

    /// Returns the reads after everything healed, each with the source of its random choices.
    fn final_reads(&self) -> Vec<(u64, Self::Wish)>;

    /// Returns the content with which a request is repeated whose last attempt may take effect; it is the attempt of
    /// this number.
    fn renew(&mut self, wish: &Self::Wish, attempts: u32, is_probe: bool) -> Self::Wish {
        let _ = (attempts, is_probe);
        wish.clone()
    }

    /// Returns the kind of a wish: whether it only reads.
    fn kind(wish: &Self::Wish) -> RequestKind;

    /// Returns the operation that a request of this wish carries.
    fn op(&self, wish: &Self::Wish) -> Self::Op;

    /// Records an answer that completes a request. `wish_of` returns the wish of the request with a number.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the answer, if it does not fit the request.
    fn answered(
        &mut self,
        call: &Call<'_, Self::Wish>,
        answer: &Self::Answer,
        counts: &mut Counts,
        wish_of: impl Fn(usize) -> Option<Self::Wish>,
    ) -> Result<(), &'static str>;

    /// Records an operation that may still take effect, or never.
    fn unanswered(&mut self, call: &Call<'_, Self::Wish>);

    /// Returns true if the beginning of the history should be checked and dropped, because it has become long.
    fn is_long(&self) -> bool {
        false
    }

    /// Checks the history and drops what later operations cannot affect. `open` are the calls that wait for an answer,
    /// `unanswered` the wishes of requests without one.
    fn fold(&mut self, open: Vec<(Self::Wish, Nanos)>, unanswered: Vec<Self::Wish>) {
        let _ = (open, unanswered);
    }

    /// Notes that the request of this wish is forgotten.
    fn forget(&mut self, wish: &Self::Wish) {
        let _ = wish;
    }

    /// Returns the key that a wish is about, if it is about one.
    fn key(&self, wish: &Self::Wish) -> Option<Arc<str>>;

    /// Describes a wish for timelines and reports.
    fn describe(&self, wish: &Self::Wish) -> String;

    /// Describes an answer that completes a request.
    fn describe_answer(answer: &Self::Answer) -> String;

    /// Adds the content of an answer to a digest.
    fn fold_answer(answer: &Self::Answer, digest: &mut Digest);

    /// Returns the part of a wish that a drawing shows.
    fn sketch(&self, wish: &Self::Wish) -> Sketch;

    /// Returns the value that an answer carries, for a drawing.
    fn value_read(answer: &Self::Answer) -> Option<Arc<str>>;

    /// Returns the history.
    fn into_history(self) -> ServiceHistory;
}

/// An attempt of a request, as the history records it.
#[derive(Debug)]
pub struct Call<'w, W> {
    /// The client.
    pub client: ClientId,
    /// The content of the request.
    pub wish: &'w W,
    /// True if it belongs to the liveness phase.
    pub is_probe: bool,
    /// The time at which it was sent.
    pub invoked: Nanos,
    /// The time of the answer.
    pub returned: Nanos,
    /// True if the history has it already, as an operation that never returns.
    pub is_recorded: bool,
}
