//! Any model, once for each key.

use std::borrow::Cow;

use super::definition::{Model, Observation};

/// A service that has an independent instance of a model under each key.
///
/// ```
/// use linearizability::model::keyed::{At, Keyed};
/// use linearizability::model::{Observation, check, mutex::{Done, Mutex, Op}};
/// use linearizability::{Budget, Verdict};
///
/// let at = |key: &str, op| At { key: key.to_owned(), op };
/// let calls = [
///     Observation::answered(0, at("a", Op::Acquire), 0, Done, 5),
///     Observation::answered(1, at("b", Op::Acquire), 7, Done, 9),
/// ];
/// assert_eq!(check(&Keyed(Mutex), &calls, Budget::default()), Verdict::Linearizable);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Keyed<M>(pub M);

/// An operation on the instance of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct At<O> {
    /// The key.
    pub key: String,
    /// The operation.
    pub op: O,
}

impl<M: Model> Model for Keyed<M> {
    type Op = At<M::Op>;
    type Answer = M::Answer;
    type State = M::State;

    fn initial(&self) -> M::State {
        self.0.initial()
    }

    fn step(
        &self,
        state: &M::State,
        at: &At<M::Op>,
        answer: Option<&M::Answer>,
    ) -> impl IntoIterator<Item = M::State> {
        self.0.step(state, &at.op, answer)
    }

    fn key<'a>(&'a self, at: &'a At<M::Op>) -> Cow<'a, str> {
        match self.0.key(&at.op) {
            inner if inner.is_empty() => Cow::Borrowed(&at.key),
            inner => Cow::Owned(format!("{}/{inner}", at.key)),
        }
    }

    fn observes(&self, at: &At<M::Op>, answer: &M::Answer) -> bool {
        self.0.observes(&at.op, answer)
    }

    fn enables(&self, at: &At<M::Op>, later: &At<M::Op>, answer: Option<&M::Answer>) -> bool {
        self.0.enables(&at.op, &later.op, answer)
    }

    fn overwrites(&self, at: &At<M::Op>, answer: &M::Answer) -> bool {
        self.0.overwrites(&at.op, answer)
    }

    fn is_lost(&self, state: &M::State, at: &At<M::Op>, answer: &M::Answer) -> bool {
        self.0.is_lost(state, &at.op, answer)
    }

    fn escapes(&self, at: &At<M::Op>, answer: Option<&M::Answer>) -> bool {
        self.0.escapes(&at.op, answer)
    }

    fn describe(&self, at: &At<M::Op>, answer: Option<&M::Answer>) -> String {
        self.0.describe(&at.op, answer)
    }

    fn shortcut(&self, calls: &[&Observation<At<M::Op>, M::Answer>]) -> Option<bool> {
        let _ = calls; // Those of the model are of another type.
        None
    }
}
