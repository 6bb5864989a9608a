//! Values that a plan draws: a scenario gives the ends of a range, the seed picks a value in it.

use serde::{Deserialize, Serialize};

/// A range, including both ends, from which the plan draws a value uniformly.
///
/// If a value has several numbers, each is drawn between that number in `low` and in `high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn<T> {
    /// The lower end.
    pub low: T,
    /// The upper end.
    pub high: T,
}

impl<T: Copy> Drawn<T> {
    /// Returns a range of one value, which is not drawn.
    pub const fn just(value: T) -> Self {
        Self { low: value, high: value }
    }

    /// Returns the range between the results of `make` for both ends.
    pub fn map<U>(self, make: impl Fn(T) -> U) -> Drawn<U> {
        Drawn { low: make(self.low), high: make(self.high) }
    }

    /// Returns the range of values made from a value of this range and one of another.
    pub fn with<U: Copy, V>(self, other: Drawn<U>, make: impl Fn(T, U) -> V) -> Drawn<V> {
        Drawn { low: make(self.low, other.low), high: make(self.high, other.high) }
    }
}

impl Drawn<u32> {
    pub(crate) fn is_zero(&self) -> bool {
        self.high == 0
    }
}
