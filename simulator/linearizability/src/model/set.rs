//! A set: add, remove, ask for an element, read all.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use super::definition::Model;

/// A set of elements.
///
/// ```
/// use linearizability::model::{Observation, check, set::{Answer, Op, Set}};
/// use linearizability::{Budget, Verdict};
///
/// let calls = [
///     Observation::answered(0, Op::Add(1), 0, Answer::Done, 5),
///     Observation::answered(1, Op::Add(2), 0, Answer::Done, 5),
///     Observation::answered(2, Op::Read, 6, Answer::elements([2]), 7), // … which lost an element.
/// ];
/// assert!(matches!(check(&Set::default(), &calls, Budget::default()), Verdict::NotLinearizable(_)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Set<V>(PhantomData<V>);

impl<V> Default for Set<V> {
    fn default() -> Self {
        Set(PhantomData)
    }
}

/// An operation of a [`Set`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op<V> {
    /// Adds an element, if the set does not have it.
    Add(V),
    /// Removes an element, if the set has it.
    Remove(V),
    /// Asks if the set has an element.
    Contains(V),
    /// Reads all elements.
    Read,
}

/// An answer of a [`Set`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer<V> {
    /// Success of an `Add` or a `Remove`.
    Done,
    /// True if the set had the element before an `Add`, a `Remove` or a `Contains`.
    Had(bool),
    /// The elements that a `Read` found, in ascending order.
    Elements(Vec<V>),
}

impl<V: Ord> Answer<V> {
    /// Returns the answer to a `Read` that found these elements, in any order.
    pub fn elements(elements: impl IntoIterator<Item = V>) -> Self {
        let mut elements: Vec<V> = elements.into_iter().collect();
        elements.sort_unstable();
        Answer::Elements(elements)
    }
}

impl<V: Clone + Ord + Hash + Debug> Model for Set<V> {
    type Op = Op<V>;
    type Answer = Answer<V>;
    type State = BTreeSet<V>;

    fn initial(&self) -> BTreeSet<V> {
        BTreeSet::new()
    }

    fn step(
        &self,
        state: &BTreeSet<V>,
        op: &Op<V>,
        answer: Option<&Answer<V>>,
    ) -> impl IntoIterator<Item = BTreeSet<V>> {
        let is_right = match (op, answer) {
            (_, None) | (Op::Add(_) | Op::Remove(_), Some(Answer::Done)) => true,
            (Op::Read, Some(Answer::Elements(elements))) => state.iter().eq(elements),
            (
                Op::Add(element) | Op::Remove(element) | Op::Contains(element),
                Some(Answer::Had(had)),
            ) => state.contains(element) == *had,
            _ => false,
        };
        is_right.then(|| {
            let mut after = state.clone();
            match op {
                Op::Add(element) => drop(after.insert(element.clone())),
                Op::Remove(element) => drop(after.remove(element)),
                Op::Contains(_) | Op::Read => {}
            }
            after
        })
    }

    fn observes(&self, op: &Op<V>, answer: &Answer<V>) -> bool {
        match op {
            Op::Add(_) => *answer == Answer::Had(true),
            Op::Remove(_) => *answer == Answer::Had(false),
            Op::Contains(_) | Op::Read => true,
        }
    }

    fn enables(&self, op: &Op<V>, later: &Op<V>, answer: Option<&Answer<V>>) -> bool {
        let (element, is_in) = match op {
            Op::Add(element) => (element, true),
            Op::Remove(element) => (element, false),
            Op::Contains(_) | Op::Read => return false,
        };
        match (later, answer) {
            (Op::Read, Some(Answer::Elements(elements))) => {
                elements.binary_search(element).is_ok() == is_in
            }
            (Op::Add(other) | Op::Remove(other) | Op::Contains(other), Some(Answer::Had(had))) => {
                other == element && *had == is_in
            }
            _ => false,
        }
    }

    fn overwrites(&self, _: &Op<V>, answer: &Answer<V>) -> bool {
        matches!(answer, Answer::Elements(_))
    }

    fn is_lost(&self, state: &BTreeSet<V>, op: &Op<V>, answer: &Answer<V>) -> bool {
        match (op, answer) {
            (Op::Read, Answer::Elements(elements)) => {
                !state.iter().all(|element| elements.binary_search(element).is_ok())
            }
            (
                Op::Add(element) | Op::Remove(element) | Op::Contains(element),
                Answer::Had(false),
            ) => state.contains(element),
            _ => false,
        }
    }

    fn escapes(&self, op: &Op<V>, _: Option<&Answer<V>>) -> bool {
        matches!(op, Op::Remove(_))
    }

    fn describe(&self, op: &Op<V>, answer: Option<&Answer<V>>) -> String {
        let call = match op {
            Op::Add(element) => format!("add({element:?})"),
            Op::Remove(element) => format!("remove({element:?})"),
            Op::Contains(element) => format!("contains({element:?})"),
            Op::Read => "read".to_owned(),
        };
        match answer {
            Some(Answer::Had(had)) => format!("{call} -> {had}"),
            Some(Answer::Elements(elements)) => format!("{call} -> {elements:?}"),
            Some(Answer::Done) | None => call,
        }
    }
}
