//! Values that a plan draws: a scenario gives the ends of a range, the seed picks a value in it.

use serde::{Deserialize, Serialize};

use super::{Delay, Nanos, Ratio, Span};
use crate::rng::Stream;

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

impl<T> Drawn<T> {
    /// Draws a value.
    pub(crate) fn draw(self, draws: &mut Stream) -> T
    where
        T: Draw,
    {
        T::draw(self.low, self.high, draws)
    }
}

impl Drawn<u32> {
    pub(crate) fn is_zero(&self) -> bool {
        self.high == 0
    }
}

/// A value that can be drawn between two others. Ends that are equal draw nothing from the stream.
pub(crate) trait Draw: Copy {
    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self;
}

impl Draw for Nanos {
    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        if low == high { low } else { draws.between(low, high) }
    }
}

impl Draw for u32 {
    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        u64::draw(low.into(), high.into(), draws) as u32
    }
}

impl Draw for i32 {
    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        low.wrapping_add_unsigned(u32::draw(0, high.abs_diff(low), draws))
    }
}

impl Draw for Ratio {
    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        Ratio::from_ppb(u32::draw(low.ppb(), high.ppb(), draws))
    }
}

impl Draw for Span {
    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        Span {
            min: Draw::draw(low.min, high.min, draws),
            max: Draw::draw(low.max, high.max, draws),
        }
    }
}

impl Draw for Delay {
    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        let span = Draw::draw(low.span, high.span, draws);
        Delay { span, tail: Draw::draw(low.tail, high.tail, draws) }
    }
}
