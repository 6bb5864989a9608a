//! Random numbers: one independent stream for each purpose, with sampling that never changes.
//!
//! A [`Seed`] identifies a whole run. Every purpose (each link, each node, the workload, each fault) gets a ChaCha8
//! stream that is derived from the seed and a *name*. So a new fault or a sixth node draws from its own stream and
//! changes no other draws. The sampling functions are written out here, and tests with known answers fix their results:
//! a library may change its sampling between versions, but a stored seed must always give the same run.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::Nanos;
use crate::digest::Digest;
use crate::units::{Delay, Ratio, Span};

/// The number that identifies a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// Returns the stream for a purpose. The same seed and name always give the same stream.
    pub fn stream(self, name: &str) -> Stream {
        let mut digest = Digest::new();
        digest.text(name);
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.0.to_le_bytes());
        for part in 1..4 {
            digest.word(part);
            let at = 8 * part as usize;
            key[at..at + 8].copy_from_slice(&digest.value().to_le_bytes());
        }
        Stream(ChaCha8Rng::from_seed(key))
    }
}

/// The stream of random numbers for one purpose.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// Returns 64 uniform bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Returns a uniform number in `0..bound`, without bias (Lemire's multiplication with rejection).
    ///
    /// `bound` must not be zero.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        debug_assert!(bound > 0, "there is no number below zero");
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            // Only a low half below `2^64 mod bound`, which is less than `bound`, is biased.
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// Returns a uniform number in `low..=high`; `low` if the range is empty.
    #[inline]
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.wrapping_sub(low).checked_add(1) {
            Some(span) if low <= high => low + self.below(span),
            _ => low,
        }
    }

    /// Returns true with the given probability.
    ///
    /// A probability of zero draws nothing: a fault that is off must not change the draws of one that is on.
    #[inline]
    pub fn chance(&mut self, probability: Ratio) -> bool {
        probability != Ratio::ZERO
            && self.below(u64::from(Ratio::BILLION)) < u64::from(probability.ppb())
    }

    /// Returns a duration in nanoseconds: uniform in the delay's span, plus its tail.
    pub fn delay(&mut self, delay: Delay) -> Nanos {
        let body = self.between(delay.span.min, delay.span.max);
        body.saturating_add(self.tail(delay.tail))
    }

    /// Returns a number that exceeds `half_life` with probability ½, twice that with ¼, and so on.
    ///
    /// This is an exponential distribution in integers. The leading zeros of random bits give the number of half-lives
    /// that passed. Within the last one the number is uniform, so the mean is 1.5 half-lives (1.44 for a smooth curve).
    /// A half-life of zero draws nothing.
    pub fn tail(&mut self, half_life: Nanos) -> Nanos {
        if half_life == 0 {
            return 0;
        }
        let whole = u64::from(self.bits().leading_zeros());
        half_life.saturating_mul(whole).saturating_add(self.below(half_life))
    }

    /// Puts a list in a uniformly random order (Fisher–Yates, from the end).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// A small generator for choices that belong to one planned item, such as a request or a fault.
///
/// The plan stores one drawn number, the item's `dice`, and the run makes any number of choices from it. So removing
/// the item from a plan changes no other item's choices.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Returns the dice of an item; `salt` distinguishes its uses.
    pub fn new(dice: u64, salt: u64) -> Self {
        let mut digest = Digest::new();
        digest.word(dice);
        digest.word(salt);
        Dice(digest.value())
    }

    /// Returns 64 bits (SplitMix64).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns true with the given probability.
    pub fn chance(&mut self, probability: Ratio) -> bool {
        (self.below(Ratio::BILLION as usize) as u64) < u64::from(probability.ppb())
    }

    /// Returns a number in `0..bound`, with a negligible bias (under bound ÷ 2^64).
    ///
    /// `bound` must not be zero.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// Returns a nearly uniform number of a range.
    pub fn between(&mut self, range: Span) -> u64 {
        range.min + self.below((range.max - range.min) as usize + 1) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn known_answers() {
        let mut stream = Seed(7).stream("link 0001 -> 0002");
        let drawn = [stream.bits(), stream.below(1000), stream.between(10, 20)];
        let mut list = [0, 1, 2, 3, 4, 5, 6, 7];
        stream.shuffle(&mut list);
        let mut dice = Dice::new(5, 1);
        let rolled = [dice.bits(), dice.below(1000) as u64];
        assert_eq!(
            (drawn, list, rolled),
            ([619401396811329764, 198, 20], [6, 3, 1, 2, 7, 5, 0, 4], [7374740389036209388, 339])
        );
    }

    #[test]
    fn a_tail_halves_with_each_half_life() {
        let mut stream = Seed(7).stream("tail");
        let first: Vec<u64> = (0..6).map(|_| stream.tail(1000)).collect();
        assert_eq!(first, [5941, 491, 46, 1638, 992, 723]);
        let drawn: Vec<u64> = (0..4096).map(|_| stream.tail(1000)).collect();
        let beyond = |bound| drawn.iter().filter(|&&nanos| nanos >= bound).count();
        assert_eq!([1000, 2000, 3000, 8000].map(beyond), [2061, 1042, 536, 16]);
        let span = Span { min: 50, max: 60 };
        assert!((50..=60).contains(&stream.delay(Delay { span, tail: 0 })));
        assert!(stream.delay(Delay { span, tail: Nanos::MAX }) >= 50);
    }

    #[test]
    fn names_and_seeds_give_independent_streams() {
        let first = |seed, name| Seed(seed).stream(name).bits();
        assert_eq!(first(1, "faults"), first(1, "faults"));
        assert_ne!(first(1, "faults"), first(1, "workload"));
        assert_ne!(first(1, "faults"), first(2, "faults"));
    }

    #[test]
    fn what_is_off_draws_nothing_and_one_is_certain() {
        let mut stream = Seed(1).stream("x");
        let mut twin = stream.clone();
        assert!((0..100).all(|_| !stream.chance(Ratio::ZERO)));
        assert_eq!(stream.bits(), twin.bits());
        assert!((0..100).all(|_| stream.chance(Ratio::ONE)));
    }

    #[test]
    fn bounds_hold_at_the_edges() {
        let mut stream = Seed(3).stream("x");
        assert!((0..1000).all(|_| stream.below(3) < 3));
        assert_eq!(stream.below(1), 0);
        assert_eq!(stream.between(9, 9), 9);
        assert_eq!(stream.between(9, 3), 9);
        stream.between(0, u64::MAX);
    }
}
