//! A service of your own: its operations, how clients draw them, and what a correct store answers.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use serde::Serialize;

use crate::api::{AnyService, ClientId, Outcome, RequestKind};
use crate::rng::Dice;
use linearizability::model::Model;

/// A service of your own, which your nodes offer to clients in place of the course's key-value store.
///
/// It says what clients may ask for ([`draw`](Service::draw)) and, as a sequential program, what they may be answered
/// ([`apply`](Service::apply)). A history of a run is correct if its operations have an order that agrees with real
/// time and in which the sequential program gives the same answers (linearizability, Herlihy & Wing).
///
/// A node names it as `type Service = Own<MyService>`; its requests then carry operations of this service, and its
/// answers are of the type [`Reply`].
///
/// ```
/// use simulation::api::{Draw, Service};
///
/// /// A counter that starts at 0.
/// struct Counter;
///
/// #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
/// enum Op { Add(u64), Read }
///
/// impl Service for Counter {
///     type Op = Op;
///     type Answer = u64;
///     type State = u64;
///
///     fn draw(draw: &mut Draw<'_, Self>) -> Op {
///         if draw.is_read() { Op::Read } else { Op::Add(1 + draw.below(9)) }
///     }
///
///     fn apply(count: &mut u64, op: &Op) -> u64 {
///         if let Op::Add(more) = op {
///             *count += more;
///         }
///         *count
///     }
///
///     fn is_read(op: &Op) -> bool {
///         *op == Op::Read
///     }
/// }
/// ```
pub trait Service: Sized + 'static {
    /// An operation.
    type Op: Clone + Debug + Eq + Hash + Serialize + Send + Sync;
    /// The answer to an operation.
    type Answer: Clone + Debug + Eq + Hash + Serialize + Send + Sync;
    /// The state of the sequential program; it begins with the default.
    type State: Clone + Debug + Default + Eq + Hash;

    /// Draws the next operation of a client.
    fn draw(draw: &mut Draw<'_, Self>) -> Self::Op;

    /// Executes an operation, and returns its answer: the sequential program.
    fn apply(state: &mut Self::State, op: &Self::Op) -> Self::Answer;

    /// Returns the state after an operation was answered so, if it may be; `None` if it may not.
    ///
    /// An `answer` of `None` stands for an operation whose answer nothing is known of. The default asks
    /// [`apply`](Service::apply). A service that may answer in several ways decides by itself.
    fn allows(
        state: &Self::State,
        op: &Self::Op,
        answer: Option<&Self::Answer>,
    ) -> Option<Self::State> {
        let mut after = state.clone();
        let given = Self::apply(&mut after, op);
        answer.is_none_or(|answer| *answer == given).then_some(after)
    }

    /// Returns the model by which the checker judges a history of the service.
    ///
    /// The default follows the sequential program by [`allows`](Service::allows). Name a model of
    /// [`linearizability::model`], or one of your own, where it knows a faster method or gives shorter proofs. It must
    /// allow the same histories; the methods from [`is_read`](Service::is_read) to [`key`](Service::key) then count
    /// for reports alone.
    fn model() -> impl Model<Op = Self::Op, Answer = Self::Answer> {
        Sequential::<Self>::default()
    }

    /// Returns true for an operation that changes nothing. One that fails or is never answered needs no thought then.
    fn is_read(op: &Self::Op) -> bool {
        let _ = op;
        false
    }

    /// Returns true if this answer tells the whole state after the operation. What came before then matters no more,
    /// and the proof of a mistake is a few operations instead of a whole history.
    fn tells_the_state(op: &Self::Op, answer: &Self::Answer) -> bool {
        let _ = (op, answer);
        false
    }

    /// Returns the name of the part of the state that an operation is about, if each operation is about one part and
    /// the parts are independent. Histories are then checked part by part, which is much faster.
    fn key(op: &Self::Op) -> Option<String> {
        let _ = op;
        None
    }

    /// Returns the operations that read the whole state when everything has healed, to find what was lost.
    fn final_reads() -> Vec<Self::Op> {
        Vec::new()
    }

    /// Describes an operation in a timeline. The default is its form for programmers.
    fn describe(op: &Self::Op) -> String {
        format!("{op:?}")
    }

    /// Describes an answer in a timeline. The default is its form for programmers.
    fn describe_answer(answer: &Self::Answer) -> String {
        format!("{answer:?}")
    }
}

/// The knowledge of a client that draws an operation.
#[derive(Debug)]
pub struct Draw<'d, S: Service> {
    /// The client.
    pub client: ClientId,
    /// The kind that the plan has for the request, which a service may heed or not.
    pub kind: RequestKind,
    /// A number that no other request of the run has.
    pub number: u64,
    /// The last operation of this client that was answered, and its answer.
    pub last: Option<(&'d S::Op, &'d S::Answer)>,
    /// The source of random choices.
    pub dice: Dice,
}

impl<S: Service> Draw<'_, S> {
    /// Returns true if the plan has a read here.
    pub fn is_read(&self) -> bool {
        self.kind == RequestKind::Get
    }

    /// Returns a random number below a bound, which must not be zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.dice.below(bound as usize) as u64
    }
}

/// A service of your own, as the engine carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own<S>(PhantomData<S>);

/// An answer of a service of your own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<A> {
    /// The operation was executed, and this is its answer.
    Answer(A),
    /// The result of the request is unknown. The client sends the request again at once.
    Fail,
    /// The request was *not* executed. The client sends it again at once, to the node that
    /// [`Node::leader`](crate::api::Node::leader) names, or to any node if that is unknown.
    Redirect,
}

impl<S: Service> AnyService for Own<S> {
    type Op = S::Op;
    type Answer = Reply<S::Answer>;

    fn outcome(answer: &Reply<S::Answer>) -> Outcome {
        match answer {
            Reply::Answer(_) => Outcome::Completed,
            Reply::Redirect => Outcome::Redirected,
            Reply::Fail => Outcome::Failed,
        }
    }
}

/// The sequential program of a service, as the checker takes it.
struct Sequential<S>(PhantomData<S>);

impl<S> Default for Sequential<S> {
    fn default() -> Self {
        Sequential(PhantomData)
    }
}

impl<S: Service> Model for Sequential<S> {
    type Op = S::Op;
    type Answer = S::Answer;
    type State = S::State;

    fn initial(&self) -> S::State {
        S::State::default()
    }

    fn step(
        &self,
        state: &S::State,
        op: &S::Op,
        answer: Option<&S::Answer>,
    ) -> impl IntoIterator<Item = S::State> {
        S::allows(state, op, answer)
    }

    fn key<'a>(&'a self, op: &'a S::Op) -> Cow<'a, str> {
        S::key(op).unwrap_or_default().into()
    }

    fn observes(&self, op: &S::Op, _answer: &S::Answer) -> bool {
        S::is_read(op)
    }

    fn overwrites(&self, op: &S::Op, answer: &S::Answer) -> bool {
        S::tells_the_state(op, answer)
    }

    fn describe(&self, op: &S::Op, answer: Option<&S::Answer>) -> String {
        match answer {
            Some(answer) => format!("{} -> {}", S::describe(op), S::describe_answer(answer)),
            None => S::describe(op),
        }
    }
}
