//! The definition of a sequential model, and of the calls that it is held against.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

/// A call that a client made, with the answer that it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation<O, A> {
    /// The client that called.
    pub client: u32,
    /// The operation called.
    pub op: O,
    /// The stamp of the call.
    pub invoke: u64,
    /// The answer; `None` if the outcome is unknown.
    ///
    /// The operation may then take effect at any time after its call, or never.
    pub answer: Option<Answered<A>>,
}

/// An answer, and when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered<A> {
    /// The stamp of the return, not before that of the call.
    pub at: u64,
    /// The content of the answer.
    pub answer: A,
}

impl<O, A> Observation<O, A> {
    /// Returns a call that was answered at a stamp.
    pub fn answered(client: u32, op: O, invoke: u64, answer: A, at: u64) -> Self {
        Observation { client, op, invoke, answer: Some(Answered { at: at.max(invoke), answer }) }
    }

    /// Returns a call whose outcome is unknown.
    pub fn pending(client: u32, op: O, invoke: u64) -> Self {
        Observation { client, op, invoke, answer: None }
    }

    /// Returns the stamp of the return, if the call was answered.
    pub fn returned(&self) -> Option<u64> {
        self.answer.as_ref().map(|answered| answered.at)
    }
}

/// A sequential model of a service: the answers that it may give if operations come one after the other.
///
/// Only the first two methods are needed. The others make the search faster and its proofs shorter; each has a law that
/// it must keep, or verdicts are wrong.
///
/// ```
/// use linearizability::model::{Model, Observation, check};
/// use linearizability::{Budget, Verdict};
///
/// /// A dispenser of tickets: each call takes the next number.
/// struct Tickets;
///
/// #[derive(Debug, PartialEq, Eq, Hash)]
/// struct Take;
///
/// impl Model for Tickets {
///     type Op = Take;
///     type Answer = u32;
///     type State = u32;
///
///     fn initial(&self) -> u32 {
///         0
///     }
///
///     fn step(&self, next: &u32, _: &Take, answer: Option<&u32>) -> impl IntoIterator<Item = u32> {
///         answer.is_none_or(|ticket| ticket == next).then_some(next + 1)
///     }
/// }
///
/// let mut calls = vec![Observation::answered(0, Take, 0, 0, 5), Observation::answered(1, Take, 2, 1, 4)];
/// assert_eq!(check(&Tickets, &calls, Budget::default()), Verdict::Linearizable);
/// calls.push(Observation::answered(2, Take, 6, 1, 9));
/// assert!(matches!(check(&Tickets, &calls, Budget::default()), Verdict::NotLinearizable(_)));
/// ```
pub trait Model {
    /// An operation, with its arguments.
    type Op: Eq + Hash + Debug;
    /// An answer.
    type Answer: Eq + Hash + Debug;
    /// The state of the service, or of the part of it that one key names.
    type State: Clone + Eq + Hash;

    /// Returns the state before the first operation.
    fn initial(&self) -> Self::State;

    /// Returns the states that may follow if the operation takes effect and is answered like this.
    ///
    /// None follows if the answer is wrong in this state. Without an answer, the outcome is unknown: every state that
    /// the operation may lead to follows.
    fn step(
        &self,
        state: &Self::State,
        op: &Self::Op,
        answer: Option<&Self::Answer>,
    ) -> impl IntoIterator<Item = Self::State>;

    /// Returns the key of an operation.
    ///
    /// Law: operations of different keys have no effect on each other. Each key is then checked alone.
    fn key<'a>(&'a self, op: &'a Self::Op) -> Cow<'a, str> {
        let _ = op;
        Cow::Borrowed("")
    }

    /// Returns true if an operation with this answer never changes the state.
    fn observes(&self, op: &Self::Op, answer: &Self::Answer) -> bool {
        let _ = (op, answer);
        false
    }

    /// Returns true if an operation may be needed for the answer of a later one.
    ///
    /// Law: if an operation of a legal order enables none of those after it, then the order without it is legal too.
    /// Operations without an outcome that enable nothing are left out of the search, and a proof contains only
    /// operations that enable others in it. `answer` is that of the later operation, `None` if that has no outcome.
    fn enables(&self, op: &Self::Op, later: &Self::Op, answer: Option<&Self::Answer>) -> bool {
        let _ = (op, later, answer);
        true
    }

    /// Returns true if an operation with this answer leads to the same states from every state in which it is legal.
    ///
    /// What happened before it is then hidden from what comes after it, which makes proofs shorter.
    fn overwrites(&self, op: &Self::Op, answer: &Self::Answer) -> bool {
        let _ = (op, answer);
        false
    }

    /// Returns true if an operation cannot get this answer any more, from this state on.
    ///
    /// Law: no operations lead from the state to one in which the answer is right, unless one of them both
    /// [`escapes`](Self::escapes) and [`enables`](Self::enables) the answer. The search gives up such a state at once,
    /// unless an operation is left that does both.
    fn is_lost(&self, state: &Self::State, op: &Self::Op, answer: &Self::Answer) -> bool {
        let _ = (state, op, answer);
        false
    }

    /// Returns true if an operation may lead out of a state in which others are lost.
    fn escapes(&self, op: &Self::Op, answer: Option<&Self::Answer>) -> bool {
        let _ = (op, answer);
        true
    }

    /// Returns the text of a call and its answer in a report, in one line.
    fn describe(&self, op: &Self::Op, answer: Option<&Self::Answer>) -> String {
        match answer {
            Some(answer) => format!("{op:?} -> {answer:?}"),
            None => format!("{op:?}"),
        }
    }

    /// Returns the verdict on the calls of one key, if a faster exact method than the search applies to them.
    fn shortcut(&self, calls: &[&Observation<Self::Op, Self::Answer>]) -> Option<bool> {
        let _ = calls;
        None
    }
}
