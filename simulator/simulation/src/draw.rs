//! Drawing values from ranges.

use crate::rng::Stream;
use crate::units::{Delay, Drawn, Nanos, Ratio, Span};

impl<T> Drawn<T> {
    /// Draws a value.
    pub(crate) fn draw(self, draws: &mut Stream) -> T
    where
        T: Draw,
    {
        T::draw(self.low, self.high, draws)
    }
}

/// A value that can be drawn between two others. Equal ends draw nothing from the stream.
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
