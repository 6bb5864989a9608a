//! A queue, first in, first out: enqueue and dequeue.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use serde::Serialize;

use super::definition::Model;

/// A queue that gives back its elements in the order in which they came in.
///
/// ```
/// use linearizability::model::{Observation, check, queue::{Answer, Op, Queue}};
/// use linearizability::{Budget, Verdict};
///
/// let queue = Queue::default();
/// let calls = [
///     Observation::answered(0, Op::Enqueue("a"), 0, Answer::Done, 5),
///     Observation::answered(1, Op::Dequeue, 6, Answer::Taken(Some("a")), 8),
///     Observation::answered(2, Op::Dequeue, 9, Answer::Taken(Some("a")), 10), // … a second time.
/// ];
/// assert!(matches!(check(&queue, &calls, Budget::default()), Verdict::NotLinearizable(_)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Queue<V>(PhantomData<V>);

impl<V> Default for Queue<V> {
    fn default() -> Self {
        Queue(PhantomData)
    }
}

/// An operation of a [`Queue`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op<V> {
    /// Adds an element at the end.
    Enqueue(V),
    /// Takes the element at the beginning.
    Dequeue,
}

/// An answer of a [`Queue`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer<V> {
    /// Success of an `Enqueue`.
    Done,
    /// The element that a `Dequeue` took; `None` if the queue was empty.
    Taken(Option<V>),
}

impl<V: Clone + Eq + Hash + Debug> Model for Queue<V> {
    type Op = Op<V>;
    type Answer = Answer<V>;
    type State = VecDeque<V>;

    fn initial(&self) -> VecDeque<V> {
        VecDeque::new()
    }

    fn step(
        &self,
        state: &VecDeque<V>,
        op: &Op<V>,
        answer: Option<&Answer<V>>,
    ) -> impl IntoIterator<Item = VecDeque<V>> {
        let is_right = match (op, answer) {
            (_, None) | (Op::Enqueue(_), Some(Answer::Done)) => true,
            (Op::Dequeue, Some(Answer::Taken(taken))) => state.front() == taken.as_ref(),
            _ => false,
        };
        is_right.then(|| {
            let mut after = state.clone();
            match op {
                Op::Enqueue(element) => after.push_back(element.clone()),
                Op::Dequeue => drop(after.pop_front()),
            }
            after
        })
    }

    fn observes(&self, _: &Op<V>, answer: &Answer<V>) -> bool {
        *answer == Answer::Taken(None)
    }

    fn enables(&self, op: &Op<V>, later: &Op<V>, answer: Option<&Answer<V>>) -> bool {
        match (op, later, answer) {
            (_, Op::Enqueue(_), _) => false,
            (Op::Dequeue, Op::Dequeue, _) => true,
            // One without an outcome may take the element out of the way of others.
            (Op::Enqueue(_), Op::Dequeue, None) => true,
            (Op::Enqueue(element), Op::Dequeue, Some(answer)) => {
                matches!(answer, Answer::Taken(Some(taken)) if taken == element)
            }
        }
    }

    fn overwrites(&self, _: &Op<V>, answer: &Answer<V>) -> bool {
        *answer == Answer::Taken(None)
    }

    fn describe(&self, op: &Op<V>, answer: Option<&Answer<V>>) -> String {
        match (op, answer) {
            (Op::Enqueue(element), _) => format!("enqueue({element:?})"),
            (Op::Dequeue, Some(Answer::Taken(Some(element)))) => format!("dequeue -> {element:?}"),
            (Op::Dequeue, Some(_)) => "dequeue -> nothing".to_owned(),
            (Op::Dequeue, None) => "dequeue".to_owned(),
        }
    }
}
