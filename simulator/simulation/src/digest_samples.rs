//! The digests of a run at regular times, which locate the first difference of two runs of one plan.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::digest::Digest;

/// The largest number of samples up to the scenario's end.
const MOST: u64 = 32;

/// The shortest interval in nanoseconds, so that the liveness phase adds only a few samples.
const CLOSEST: Nanos = 500_000_000;

/// The digests of all events before each multiple of an interval.
///
/// The text form is `2000000000 ns: 0123abcd 4567ef89`: the interval, and the lower half of each digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DigestSamples {
    /// The interval in nanoseconds, at least 1.
    every: Nanos,
    /// The lower halves of the digests, the first one after one interval.
    digests: Vec<u32>,
}

impl DigestSamples {
    /// Returns empty samples for a run whose scenario ends at `end`.
    pub(crate) fn until(end: Nanos) -> Self {
        DigestSamples { every: (end / MOST).max(CLOSEST), digests: Vec::new() }
    }

    /// Returns the time of the next sample.
    pub(crate) fn next(&self) -> Nanos {
        self.every.saturating_mul(self.digests.len() as Nanos + 1)
    }

    /// Records the digest of all events before the one at `at`, for each sample time up to it.
    #[cold]
    pub(crate) fn pass(&mut self, at: Nanos, digest: Digest) {
        while self.next() <= at {
            self.digests.push(digest.value() as u32);
        }
    }

    /// Returns the sample times between which two runs first differ: the last with equal digests, and the next one.
    ///
    /// There is no second time if the runs differ after their last common sample. Returns `None` if the intervals
    /// differ, for example because one plan's end was changed.
    pub fn parted(&self, other: &DigestSamples) -> Option<(Nanos, Option<Nanos>)> {
        if self.every != other.every {
            return None;
        }
        let pairs = self.digests.iter().zip(&other.digests);
        let agreed = pairs.take_while(|(a, b)| a == b).count();
        let both = self.digests.len().min(other.digests.len());
        let from = self.every * agreed as Nanos;
        Some((from, (agreed < both).then(|| from + self.every)))
    }
}

impl fmt::Display for DigestSamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ns:", self.every)?;
        self.digests.iter().try_for_each(|digest| write!(f, " {digest:08x}"))
    }
}

impl From<DigestSamples> for String {
    fn from(digest_samples: DigestSamples) -> String {
        digest_samples.to_string()
    }
}

impl FromStr for DigestSamples {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected digest samples such as \"2000000000 ns: 0123abcd 4567ef89\"";
        let (every, digests) = text.split_once(" ns:").ok_or(expected)?;
        let every =
            every.parse::<Nanos>().ok().filter(|every| *every >= CLOSEST).ok_or(expected)?;
        let digest = |digits: &str| u32::from_str_radix(digits, 16).map_err(|_| expected);
        let digests: Vec<u32> = digests.split_whitespace().map(digest).collect::<Result<_, _>>()?;
        match every.checked_mul(digests.len() as Nanos + 1) {
            Some(_) => Ok(DigestSamples { every, digests }),
            None => Err(expected),
        }
    }
}

impl TryFrom<String> for DigestSamples {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    fn with(digests: &[u32]) -> DigestSamples {
        DigestSamples { every: SECOND, digests: digests.to_vec() }
    }

    #[test]
    fn a_moment_is_noted_with_what_happened_before_it() {
        let mut digest = Digest::new();
        let before = digest.value() as u32;
        let mut digest_samples = DigestSamples::until(32 * SECOND);
        assert_eq!(digest_samples.next(), SECOND);
        digest.word(1);
        digest_samples.pass(3 * SECOND, digest);
        let after = digest.value() as u32;
        assert_ne!(before, after);
        assert_eq!(digest_samples, with(&[after; 3]));
        assert_eq!(digest_samples.next(), 4 * SECOND);
        assert_eq!(DigestSamples::until(0).next(), CLOSEST);
    }

    #[test]
    fn runs_part_where_their_digests_do() {
        let stored = with(&[1, 2, 3]);
        let parted = |digests: &[u32]| stored.parted(&with(digests));
        assert_eq!(parted(&[9, 9, 9]), Some((0, Some(SECOND))));
        assert_eq!(parted(&[1, 2, 9, 9]), Some((2 * SECOND, Some(3 * SECOND))));
        assert_eq!(parted(&[1, 2]), Some((2 * SECOND, None)));
        assert_eq!(parted(&[1, 2, 3, 4]), Some((3 * SECOND, None)));
        assert_eq!(stored.parted(&DigestSamples::until(0)), None);
    }

    #[test]
    fn the_text_comes_back() {
        let text = with(&[1, 0xabcd_ef01]).to_string();
        assert_eq!(text, "1000000000 ns: 00000001 abcdef01");
        assert_eq!(text.parse(), Ok(with(&[1, 0xabcd_ef01])));
        let bad = ["", "1 ns:", "0 ns: 1", "1000000000 ns: x", "1000000000: 1", "-1 ns: 1"];
        assert!(bad.iter().all(|text| text.parse::<DigestSamples>().is_err()));
    }
}
