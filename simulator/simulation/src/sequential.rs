//! The sequential program of a service as a model of the checker.

use std::borrow::Cow;
use std::marker::PhantomData;

use crate::api::Service;
use linearizability::model::Model;

/// The sequential program of a service, as the checker takes it.
pub(crate) struct Sequential<S>(PhantomData<S>);

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
