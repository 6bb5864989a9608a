//! Randomness: one independent stream for each purpose, and sampling that never changes.
//!
//! A [`Seed`] names a whole run. Every purpose (each link, each node, the workload, each fault)
//! gets a ChaCha8 stream derived from the seed and a *name*, so that a new fault or a sixth node
//! draws from a stream of its own and shifts no other. The sampling helpers are written out
//! here, and pinned by known-answer tests, because a library may change how it samples between
//! versions; a stored seed must always mean the same run.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::Nanos;
use crate::digest::Digest;
use crate::units::{Delay, Ratio, Span};

/// The number that names a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream for a purpose. The same seed and name give the same stream, always.
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

/// One purpose's stream of random draws.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// 64 uniform bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform number in `0..bound`, without bias (Lemire's multiplication with rejection).
    /// `bound` must not be zero.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        debug_assert!(bound > 0, "there is no number below zero");
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            // Only a low half under `2^64 mod bound` (which is less than `bound`) is biased.
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// A uniform number in `low..=high`.
    #[inline]
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.wrapping_sub(low).checked_add(1) {
            Some(span) if low <= high => low + self.below(span),
            _ => low,
        }
    }

    /// True with the given probability. A probability of zero draws nothing: a fault that is
    /// switched off must not shift the draws of one that is on.
    #[inline]
    pub fn chance(&mut self, probability: Ratio) -> bool {
        probability != Ratio::ZERO
            && self.below(u64::from(Ratio::BILLION)) < u64::from(probability.ppb())
    }

    /// How long something takes: uniform in the body, plus the tail.
    pub fn delay(&mut self, delay: Delay) -> Nanos {
        let body = self.between(delay.span.min, delay.span.max);
        body.saturating_add(self.tail(delay.tail))
    }

    /// A number that exceeds `half_life` with probability ½, twice that with ¼, and so on: an
    /// exponential distribution in integers. The leading zeros of random bits count the half-lives
    /// that passed, and within the last one the number is uniform, so that the mean is 1.5
    /// half-lives (where a smooth curve has 1.44). A half-life of zero draws nothing.
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

/// A tiny generator for choices that belong to one planned item (a request, a fault): the plan
/// stores a number drawn once, the item's `dice`, and the run makes any number of choices from it.
/// Dropping the item from a plan therefore changes no other item's choices.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of an item; `salt` tells its several uses apart.
    pub fn new(dice: u64, salt: u64) -> Self {
        let mut digest = Digest::new();
        digest.word(dice);
        digest.word(salt);
        Dice(digest.value())
    }

    /// 64 bits (SplitMix64).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: Ratio) -> bool {
        (self.below(Ratio::BILLION as usize) as u64) < u64::from(probability.ppb())
    }

    /// A number in `0..bound`; the bias (under bound ÷ 2^64) is far below anything visible.
    /// `bound` must not be zero.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// A number of a range, nearly uniform.
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
