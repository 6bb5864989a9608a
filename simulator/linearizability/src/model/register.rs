//! A register: read, write and compare-and-set.

use super::definition::Model;

/// A register that holds one value.
///
/// ```
/// use linearizability::model::{Observation, check, register::{Answer, Op, Register}};
/// use linearizability::{Budget, Verdict};
///
/// let register = Register { initial: 0 };
/// let calls = [
///     Observation::pending(0, Op::Write(1), 0),
///     Observation::answered(1, Op::Swap { from: 1, to: 2 }, 3, Answer::Swapped(true), 5),
///     Observation::answered(2, Op::Read, 6, Answer::Value(2), 7),
/// ];
/// assert_eq!(check(&register, &calls, Budget::default()), Verdict::Linearizable);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Register<V> {
    /// The value before the first write.
    pub initial: V,
}

/// An operation of a [`Register`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op<V> {
    /// Reads the value.
    Read,
    /// Sets the value.
    Write(V),
    /// Sets the value to `to` if it is `from`.
    Swap {
        /// The value to compare with.
        from: V,
        /// The value to write.
        to: V,
    },
}

/// An answer of a [`Register`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer<V> {
    /// Success of a write.
    Written,
    /// The value read.
    Value(V),
    /// True if the value was `from` and is now `to`.
    Swapped(bool),
}

impl<V: Clone + Eq + std::hash::Hash + std::fmt::Debug> Model for Register<V> {
    type Op = Op<V>;
    type Answer = Answer<V>;
    type State = V;

    fn initial(&self) -> V {
        self.initial.clone()
    }

    fn step(
        &self,
        state: &V,
        op: &Op<V>,
        answer: Option<&Answer<V>>,
    ) -> impl IntoIterator<Item = V> {
        match (op, answer) {
            (Op::Read, None) => Some(state.clone()),
            (Op::Read, Some(Answer::Value(value))) => (value == state).then(|| state.clone()),
            (Op::Write(value), None | Some(Answer::Written)) => Some(value.clone()),
            (Op::Swap { from, to }, None) => Some(if from == state { to } else { state }.clone()),
            (Op::Swap { from, to }, Some(Answer::Swapped(true))) => {
                (from == state).then(|| to.clone())
            }
            (Op::Swap { from, .. }, Some(Answer::Swapped(false))) => {
                (from != state).then(|| state.clone())
            }
            _ => None,
        }
    }

    fn observes(&self, op: &Op<V>, answer: &Answer<V>) -> bool {
        matches!((op, answer), (Op::Read, _) | (Op::Swap { .. }, Answer::Swapped(false)))
    }

    fn enables(&self, op: &Op<V>, later: &Op<V>, answer: Option<&Answer<V>>) -> bool {
        let (Op::Write(written) | Op::Swap { to: written, .. }) = op else { return false };
        match (later, answer) {
            (Op::Read, Some(Answer::Value(value))) => value == written,
            (Op::Swap { from, .. }, Some(Answer::Swapped(false))) => from != written,
            (Op::Swap { from, .. }, _) => from == written,
            _ => false,
        }
    }

    fn overwrites(&self, op: &Op<V>, answer: &Answer<V>) -> bool {
        matches!((op, answer), (Op::Write(_), _) | (Op::Swap { .. }, Answer::Swapped(true)))
    }
}
