//! A counter: add and read.

use serde::Serialize;

use super::definition::Model;

/// A counter of whole numbers.
///
/// ```
/// use linearizability::model::{Observation, check, counter::{Answer, Counter, Op}};
/// use linearizability::{Budget, Verdict};
///
/// let mut calls = vec![
///     Observation::answered(0, Op::Add(2), 0, Answer::Done, 5),
///     Observation::pending(1, Op::Add(3), 1),
///     Observation::answered(2, Op::Read, 6, Answer::Value(5), 7),
/// ];
/// assert_eq!(check(&Counter::default(), &calls, Budget::default()), Verdict::Linearizable);
/// calls.push(Observation::answered(2, Op::Read, 8, Answer::Value(2), 9));
/// assert!(matches!(check(&Counter::default(), &calls, Budget::default()), Verdict::NotLinearizable(_)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter {
    /// The value before the first operation.
    pub initial: i64,
}

/// An operation of a [`Counter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Adds a number, which may be negative.
    Add(i64),
    /// Reads the value.
    Read,
}

/// An answer of a [`Counter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Success of an addition.
    Done,
    /// The value read, or the value after an addition.
    Value(i64),
}

impl Model for Counter {
    type Op = Op;
    type Answer = Answer;
    type State = i64;

    fn initial(&self) -> i64 {
        self.initial
    }

    fn step(&self, state: &i64, op: &Op, answer: Option<&Answer>) -> impl IntoIterator<Item = i64> {
        let (after, needs_value) = match op {
            Op::Add(number) => (state.checked_add(*number), false),
            Op::Read => (Some(*state), true),
        };
        let is_right = match answer {
            None => true,
            Some(Answer::Done) => !needs_value,
            Some(Answer::Value(value)) => Some(*value) == after,
        };
        after.filter(|_| is_right)
    }

    fn observes(&self, op: &Op, _: &Answer) -> bool {
        matches!(op, Op::Read | Op::Add(0))
    }

    fn enables(&self, op: &Op, _: &Op, answer: Option<&Answer>) -> bool {
        !matches!(op, Op::Read | Op::Add(0)) && matches!(answer, Some(Answer::Value(_)))
    }

    fn overwrites(&self, _: &Op, answer: &Answer) -> bool {
        matches!(answer, Answer::Value(_))
    }

    fn is_lost(&self, state: &i64, op: &Op, answer: &Answer) -> bool {
        let added = if let Op::Add(number) = op { *number } else { 0 };
        matches!(answer, Answer::Value(value) if state.saturating_add(added) > *value)
    }

    fn escapes(&self, op: &Op, _: Option<&Answer>) -> bool {
        // What has grown too large can only be made smaller.
        matches!(op, Op::Add(number) if *number < 0)
    }

    fn describe(&self, op: &Op, answer: Option<&Answer>) -> String {
        let call = match op {
            Op::Add(number) => format!("add({number})"),
            Op::Read => "read".to_owned(),
        };
        match answer {
            Some(Answer::Value(value)) => format!("{call} -> {value}"),
            _ => call,
        }
    }
}
