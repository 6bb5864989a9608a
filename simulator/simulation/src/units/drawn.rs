//! Values that a plan draws: a scenario gives the ends of a range, the seed picks a value in it.

use serde::{Deserialize, Serialize};

/// A range, both ends included, from which the plan draws a value uniformly. Where a value has
/// several numbers, each is drawn between that number in `low` and in `high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn<T> {
    /// The lower end.
    pub low: T,
    /// The upper end.
    pub high: T,
}

impl<T: Copy> Drawn<T> {
    /// Returns a value that is not drawn: a range of one.
    pub const fn just(value: T) -> Self {
        Self { low: value, high: value }
    }

    /// Returns the range between what `make` makes of either end.
    pub fn map<U>(self, make: impl Fn(T) -> U) -> Drawn<U> {
        Drawn { low: make(self.low), high: make(self.high) }
    }

    /// Returns the range of values that have a number of this range and one of another.
    pub fn with<U: Copy, V>(self, other: Drawn<U>, make: impl Fn(T, U) -> V) -> Drawn<V> {
        Drawn { low: make(self.low, other.low), high: make(self.high, other.high) }
    }
}

impl Drawn<u32> {
    pub(crate) fn is_zero(&self) -> bool {
        self.high == 0
    }
}
