//! A log: append an element and read all of them, in their order.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use serde::Serialize;

use super::definition::Model;

/// A log that grows at its end and is read as a list.
///
/// ```
/// use linearizability::model::{Observation, check, log::{Answer, Log, Op}};
/// use linearizability::{Budget, Verdict};
///
/// let calls = [
///     Observation::answered(0, Op::Append(1), 0, Answer::Done, 5),
///     Observation::answered(1, Op::Append(2), 6, Answer::Done, 8),
///     Observation::answered(2, Op::Read, 9, Answer::Elements(vec![2, 1]), 10),
/// ];
/// assert!(matches!(check(&Log::default(), &calls, Budget::default()), Verdict::NotLinearizable(_)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Log<V>(PhantomData<V>);

impl<V> Default for Log<V> {
    fn default() -> Self {
        Log(PhantomData)
    }
}

/// An operation of a [`Log`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op<V> {
    /// Adds an element at the end.
    Append(V),
    /// Reads all elements.
    Read,
}

/// An answer of a [`Log`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer<V> {
    /// Success of an `Append`.
    Done,
    /// The position of the element that an `Append` added, from 0.
    Position(usize),
    /// The elements that a `Read` found.
    Elements(Vec<V>),
}

impl<V: Clone + Eq + Hash + Debug> Model for Log<V> {
    type Op = Op<V>;
    type Answer = Answer<V>;
    type State = Vec<V>;

    fn initial(&self) -> Vec<V> {
        Vec::new()
    }

    fn step(
        &self,
        state: &Vec<V>,
        op: &Op<V>,
        answer: Option<&Answer<V>>,
    ) -> impl IntoIterator<Item = Vec<V>> {
        let is_right = match (op, answer) {
            (_, None) | (Op::Append(_), Some(Answer::Done)) => true,
            (Op::Append(_), Some(Answer::Position(position))) => *position == state.len(),
            (Op::Read, Some(Answer::Elements(elements))) => elements == state,
            _ => false,
        };
        is_right.then(|| {
            let mut after = state.clone();
            if let Op::Append(element) = op {
                after.push(element.clone());
            }
            after
        })
    }

    fn observes(&self, op: &Op<V>, _: &Answer<V>) -> bool {
        *op == Op::Read
    }

    fn enables(&self, op: &Op<V>, _: &Op<V>, answer: Option<&Answer<V>>) -> bool {
        let Op::Append(element) = op else { return false };
        match answer {
            Some(Answer::Elements(elements)) => elements.contains(element),
            Some(Answer::Position(position)) => *position > 0,
            Some(Answer::Done) | None => false,
        }
    }

    fn overwrites(&self, _: &Op<V>, answer: &Answer<V>) -> bool {
        matches!(answer, Answer::Elements(_))
    }

    fn is_lost(&self, state: &Vec<V>, _: &Op<V>, answer: &Answer<V>) -> bool {
        match answer {
            Answer::Done => false,
            Answer::Position(position) => *position < state.len(),
            Answer::Elements(elements) => !elements.starts_with(state),
        }
    }

    fn escapes(&self, _: &Op<V>, _: Option<&Answer<V>>) -> bool {
        false
    }

    fn describe(&self, op: &Op<V>, answer: Option<&Answer<V>>) -> String {
        match (op, answer) {
            (Op::Append(element), Some(Answer::Position(position))) => {
                format!("append({element:?}) -> at {position}")
            }
            (Op::Append(element), _) => format!("append({element:?})"),
            (Op::Read, Some(Answer::Elements(elements))) => format!("read -> {elements:?}"),
            (Op::Read, _) => "read".to_owned(),
        }
    }
}
