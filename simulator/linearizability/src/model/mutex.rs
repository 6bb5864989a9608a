//! A mutex without owners: acquire and release.

use super::definition::Model;

/// A mutex that one client at a time can hold.
///
/// It knows no owners, so that a client may release what another one acquired. A call that was refused did nothing and
/// is not recorded; [`Lock`](super::lock::Lock) judges owners and refusals too.
///
/// ```
/// use linearizability::model::{Observation, check, mutex::{Done, Mutex, Op}};
/// use linearizability::{Budget, Verdict};
///
/// let calls = [
///     Observation::answered(0, Op::Acquire, 0, Done, 5),
///     Observation::answered(1, Op::Acquire, 7, Done, 9), // … although it is held.
/// ];
/// assert!(matches!(check(&Mutex, &calls, Budget::default()), Verdict::NotLinearizable(_)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutex;

/// An operation of a [`Mutex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Takes the mutex, which must be free.
    Acquire,
    /// Frees the mutex, which must be held.
    Release,
}

/// The answer of a [`Mutex`]: the operation was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Done;

impl Model for Mutex {
    type Op = Op;
    type Answer = Done;
    /// True if the mutex is held.
    type State = bool;

    fn initial(&self) -> bool {
        false
    }

    fn step(&self, held: &bool, op: &Op, _: Option<&Done>) -> impl IntoIterator<Item = bool> {
        let acquires = *op == Op::Acquire;
        (acquires != *held).then_some(acquires)
    }

    fn enables(&self, op: &Op, later: &Op, _: Option<&Done>) -> bool {
        op != later
    }

    fn overwrites(&self, _: &Op, _: &Done) -> bool {
        true
    }

    fn describe(&self, op: &Op, _: Option<&Done>) -> String {
        match op {
            Op::Acquire => "acquire".to_owned(),
            Op::Release => "release".to_owned(),
        }
    }
}
