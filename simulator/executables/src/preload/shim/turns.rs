//! The draws that decide which thread goes next, and when.
//!
//! A machine's kernel may let a woken thread wait while the waker goes on, choose any of the threads that could run,
//! and stop a thread between any two calls. Without these draws none of that would happen, since computing takes no
//! virtual time. The draws have a generator of their own. A process with one thread draws nothing.

use std::ops::Range;

use super::random::Random;

/// The divisor of the chance that a woken thread starts late, and of the chance that it is interrupted later on.
const RARITY: u64 = 8;

/// The number of times in a row that a thread is passed over by chance. Of several for which that is so, the first in
/// the list is next.
const MOST_PASSED: u8 = 8;

/// The exponents of delays in nanoseconds, as powers of two: from 1 µs to 33 ms.
///
/// All orders of magnitude are equally likely, since mistakes differ in the delay that reveals them. The longest exceed
/// the time between two requests in most scenarios, and stay well below the time-outs of elections.
const DELAYS: Range<u64> = 10..25;

/// The exponents of the number of calls after which a thread is interrupted: from 1 to 63 calls.
const CALLS: Range<u64> = 0..6;

/// The draws of a process.
#[derive(Debug)]
pub(crate) struct Turns {
    dice: Random,
    /// True from the first datagram on, if turns are to be drawn.
    ///
    /// Run-times start and stop many threads before that, and each start would be drawn out.
    is_on: bool,
    /// True if a draw was made since the last report.
    has_drawn: bool,
}

/// The draws for a woken thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waking {
    /// The time by which it starts late, in nanoseconds; mostly 0.
    pub(crate) late_by: u64,
    /// The number of calls after which it is interrupted; mostly 0, which means that it is not.
    pub(crate) calls: u32,
}

impl Waking {
    /// A thread that starts at once, and is not interrupted.
    pub(crate) const AT_ONCE: Waking = Waking { late_by: 0, calls: 0 };
}

impl Turns {
    pub(crate) fn new(seed: u64) -> Self {
        const NAME: u64 = 0x0074_7572_6e73;
        Turns { dice: Random::new(seed ^ NAME), is_on: false, has_drawn: false }
    }

    /// Draws from now on.
    pub(crate) fn begin(&mut self) {
        self.is_on = true;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Returns true if a draw was made since the last call.
    pub(crate) fn take_drawn(&mut self) -> bool {
        std::mem::take(&mut self.has_drawn)
    }

    /// Draws when a woken thread starts, and when it is interrupted.
    pub(crate) fn wake(&mut self) -> Waking {
        self.has_drawn = true;
        let bits = self.dice.bits();
        let late_by = if bits.is_multiple_of(RARITY) { self.delay() } else { 0 };
        let is_interrupted = (bits / RARITY).is_multiple_of(RARITY);
        let calls = if is_interrupted { self.of_any_magnitude(CALLS) as u32 } else { 0 };
        Waking { late_by, calls }
    }

    /// Draws the time by which a thread is late, or for which it is interrupted, in nanoseconds.
    pub(crate) fn delay(&mut self) -> u64 {
        self.of_any_magnitude(DELAYS)
    }

    /// Draws a number with one of these exponents.
    fn of_any_magnitude(&mut self, exponents: Range<u64>) -> u64 {
        let bits = self.dice.bits();
        let exponent = exponents.start + bits % (exponents.end - exponents.start);
        let lowest = 1 << exponent;
        lowest + (bits >> 32) % lowest
    }

    /// Chooses one of several threads, given how many times each was passed over; returns its place among them.
    ///
    /// One that was passed over too often comes first.
    pub(crate) fn choose(&mut self, passed: impl ExactSizeIterator<Item = u8>) -> usize {
        let count = passed.len() as u64;
        let mut passed = passed;
        if let Some(first) = passed.position(|times| times >= MOST_PASSED) {
            return first;
        }
        self.has_drawn = true;
        (self.dice.bits() % count) as usize
    }
}

#[cfg(all(test, not(preload_shim)))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_late_by_at_most_33_ms_and_mostly_not() {
        let mut turns = Turns::new(1);
        let draws: Vec<Waking> = (0..8_000).map(|_| turns.wake()).collect();
        let late = draws.iter().filter(|draw| draw.late_by > 0).count();
        assert!((800..1_200).contains(&late), "{late} of 8000");
        assert!(draws.iter().all(|draw| draw.late_by < 1 << 25 && draw.calls < 64));
        assert!(draws.iter().any(|draw| draw.late_by > 20_000_000));
        assert!(draws.iter().filter(|draw| draw.calls > 0).count() > 800);
    }

    #[test]
    fn a_thread_is_passed_over_by_chance_at_most_eight_times() {
        let mut turns = Turns::new(1);
        let mut passed = [0_u8; 5];
        let mut first = [0; 5];
        for _ in 0..5_000 {
            let chosen = turns.choose(passed.iter().copied());
            passed.iter_mut().for_each(|times| *times += 1);
            passed[chosen] = 0;
            first[chosen] += 1;
            // The other four may all be due before it.
            assert!(passed.iter().all(|&times| times <= MOST_PASSED + 4), "{passed:?}");
        }
        assert!(first.iter().all(|&times| times > 500), "{first:?}");
    }
}
