//! A lock with owners and fencing tokens.

use std::borrow::Cow;

use serde::Serialize;

use super::definition::Model;

/// A service of locks by name, each with at most one owner at a time.
///
/// The owner of a lock gets a *fencing token*, which is larger than all tokens of this lock before it, so that a
/// store can refuse the requests of earlier owners.
///
/// ```
/// use linearizability::model::{Observation, check, lock::{Answer, Lock, Op}};
/// use linearizability::{Budget, Verdict};
///
/// let acquire = |owner| Op::Acquire { lock: "a".to_owned(), owner };
/// let release = |owner, token| Op::Release { lock: "a".to_owned(), owner, token };
/// let mut calls = vec![
///     Observation::answered(1, acquire(1), 0, Answer::Acquired(33), 5),
///     Observation::answered(2, acquire(2), 6, Answer::Busy, 7),
///     Observation::answered(1, release(1, 33), 8, Answer::Released(true), 9),
///     Observation::answered(2, acquire(2), 10, Answer::Acquired(34), 12),
/// ];
/// assert_eq!(check(&Lock, &calls, Budget::default()), Verdict::Linearizable);
/// calls.push(Observation::answered(1, acquire(1), 13, Answer::Acquired(35), 15)); // … while 2 owns it.
/// assert!(matches!(check(&Lock, &calls, Budget::default()), Verdict::NotLinearizable(_)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Lock;

/// An operation of a [`Lock`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Makes `owner` the owner of a lock that is free.
    Acquire {
        /// The name of the lock.
        lock: String,
        /// The client that is to own it.
        owner: u32,
    },
    /// Frees a lock, if `owner` got it with this token.
    Release {
        /// The name of the lock.
        lock: String,
        /// The client that owns it.
        owner: u32,
        /// The token with which that client acquired it.
        token: u64,
    },
}

/// An answer of a [`Lock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The token of a lock that was acquired.
    Acquired(u64),
    /// Refusal to acquire a lock that has an owner.
    Busy,
    /// True if the lock was released; false if it was not owned by this client with this token.
    Released(bool),
}

/// The state of a lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The owner, with the token if it is known: not that of an acquisition without an outcome.
    holder: Option<(u32, Option<u64>)>,
    /// The least token that may come next.
    next: u64,
}

impl Model for Lock {
    type Op = Op;
    type Answer = Answer;
    type State = State;

    fn initial(&self) -> State {
        State::default()
    }

    fn key<'a>(&'a self, op: &'a Op) -> Cow<'a, str> {
        let (Op::Acquire { lock, .. } | Op::Release { lock, .. }) = op;
        Cow::Borrowed(lock)
    }

    fn step(
        &self,
        state: &State,
        op: &Op,
        answer: Option<&Answer>,
    ) -> impl IntoIterator<Item = State> {
        let State { holder, next } = *state;
        let free = State { holder: None, next };
        match (op, answer) {
            (Op::Acquire { owner, .. }, Some(&Answer::Acquired(token))) => {
                let is_right = holder.is_none() && token >= next;
                let holder = Some((*owner, Some(token)));
                is_right.then_some(State { holder, next: token.saturating_add(1) })
            }
            (Op::Acquire { .. }, Some(Answer::Busy)) => holder.is_some().then_some(*state),
            (Op::Acquire { owner, .. }, None) if holder.is_none() => {
                Some(State { holder: Some((*owner, None)), next: next.saturating_add(1) })
            }
            (Op::Acquire { .. }, None) => Some(*state),
            (Op::Release { owner, token, .. }, answer) => {
                let is_owner = match holder {
                    Some((holder, Some(known))) => holder == *owner && known == *token,
                    Some((holder, None)) => holder == *owner && *token + 1 >= next,
                    None => false,
                };
                match answer {
                    None => Some(if is_owner { free } else { *state }),
                    Some(Answer::Released(released)) if *released == is_owner => {
                        Some(if is_owner { free } else { *state })
                    }
                    Some(_) => None,
                }
            }
            (Op::Acquire { .. }, Some(Answer::Released(_))) => None,
        }
    }

    fn observes(&self, _: &Op, answer: &Answer) -> bool {
        matches!(answer, Answer::Busy | Answer::Released(false))
    }

    fn enables(&self, op: &Op, later: &Op, answer: Option<&Answer>) -> bool {
        match (op, later) {
            (Op::Acquire { .. }, Op::Acquire { .. }) => answer == Some(&Answer::Busy),
            (Op::Acquire { .. }, Op::Release { .. }) => true,
            (Op::Release { .. }, Op::Acquire { .. }) => answer != Some(&Answer::Busy),
            (Op::Release { .. }, Op::Release { .. }) => answer != Some(&Answer::Released(true)),
        }
    }

    fn overwrites(&self, _: &Op, answer: &Answer) -> bool {
        matches!(answer, Answer::Acquired(_))
    }

    fn describe(&self, op: &Op, answer: Option<&Answer>) -> String {
        let call = match op {
            Op::Acquire { owner, .. } => format!("acquire by {owner}"),
            Op::Release { owner, token, .. } => format!("release by {owner} of token {token}"),
        };
        match answer {
            Some(Answer::Acquired(token)) => format!("{call} -> token {token}"),
            Some(Answer::Busy) => format!("{call} -> busy"),
            Some(Answer::Released(released)) => format!("{call} -> {released}"),
            None => call,
        }
    }
}
