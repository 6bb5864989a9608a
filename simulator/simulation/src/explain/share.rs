//! Shares: how many of some runs fail, and how far the true share may be from that.

use std::fmt;

use serde::Serialize;

use crate::confidence::interval;

/// The number of failures among some runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The runs that fail.
    pub fails: u32,
    /// All runs.
    pub of: u32,
}

impl Share {
    /// Returns the share in hundredths, rounded; 0 of no runs.
    pub fn percent(self) -> u32 {
        rounded(100.0 * f64::from(self.fails) / f64::from(self.of.max(1)))
    }

    /// Returns the interval that holds the true share in 19 of 20 cases, in hundredths (Wilson, 1927).
    pub fn interval(self) -> (u32, u32) {
        let (low, high) = interval(self.fails.into(), self.of.into());
        (rounded(100.0 * low), rounded(100.0 * high))
    }

    /// Adds other runs.
    pub(super) fn plus(self, other: Share) -> Share {
        Share { fails: self.fails + other.fails, of: self.of + other.of }
    }

    /// Returns by how much this share is above another one, in thousandths.
    pub(super) fn above(self, other: Share) -> i64 {
        self.thousandths() - other.thousandths()
    }

    fn thousandths(self) -> i64 {
        i64::from(self.fails) * 1000 / i64::from(self.of.max(1))
    }
}

/// The nearest whole number, in hundredths.
fn rounded(number: f64) -> u32 {
    number.round().clamp(0.0, 100.0) as u32
}

/// `12 of 40, 30 % (18 to 45 %)`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.interval();
        write!(f, "{} of {}, {} % ({low} to {high} %)", self.fails, self.of, self.percent())
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn intervals_are_those_of_wilson() {
        let of = |fails, of| Share { fails, of }.interval();
        assert_eq!([of(0, 10), of(5, 10), of(10, 10)], [(0, 28), (24, 76), (72, 100)]);
        assert_eq!([of(1, 40), of(81, 263)], [(0, 13), (26, 37)]);
        assert_eq!(of(0, 0), (0, 100));
    }

    #[test]
    fn shares_are_told_with_their_error() {
        assert_eq!(Share { fails: 12, of: 40 }.to_string(), "12 of 40, 30 % (18 to 45 %)");
        assert_eq!(Share { fails: 1, of: 2 }.above(Share { fails: 1, of: 4 }), 250);
    }
}
