//! A replica's own clock, which may differ from the simulation's.

use crate::Nanos;

const MILLION: i128 = 1_000_000;

/// A clock that runs at a rate from a moment on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// The moment, on the simulation's clock; below, the same on this clock.
    since: Nanos,
    local_since: Nanos,
    /// The error of the rate in parts per million; positive if the clock is fast.
    rate_ppm: i32,
    frozen: bool,
}

impl Clock {
    /// Returns the time that the clock shows.
    #[inline]
    pub(crate) fn local(&self, now: Nanos) -> Nanos {
        let passed = now - self.since;
        match self.speed() {
            MILLION => self.local_since + passed,
            speed => self.local_since + (i128::from(passed) * speed / MILLION) as Nanos,
        }
    }

    /// Returns the time at which the clock first shows `local`; [`Nanos::MAX`] for never.
    #[inline]
    pub(crate) fn when(&self, local: Nanos) -> Nanos {
        if local == Nanos::MAX || self.frozen {
            return Nanos::MAX;
        }
        let passes = local.saturating_sub(self.local_since);
        match self.speed() {
            MILLION => self.since.saturating_add(passes),
            speed => {
                let passes = (i128::from(passes) * MILLION + speed - 1) / speed;
                self.since.saturating_add(passes.try_into().unwrap_or(Nanos::MAX))
            }
        }
    }

    /// Changes the rate from now on, and moves the clock ahead by `jump`.
    pub(crate) fn set(&mut self, now: Nanos, rate_ppm: i32, jump: Nanos) {
        self.restart(now);
        self.local_since += jump;
        self.rate_ppm = rate_ppm;
    }

    /// Stops the clock.
    pub(crate) fn freeze(&mut self, now: Nanos) {
        self.restart(now);
        self.frozen = true;
    }

    /// Continues the clock from the time at which it stopped.
    pub(crate) fn thaw(&mut self, now: Nanos) {
        self.restart(now);
        self.frozen = false;
    }

    /// Makes the present the moment from which the rate counts.
    fn restart(&mut self, now: Nanos) {
        self.local_since = self.local(now);
        self.since = now;
    }

    /// Returns the microseconds on this clock for each second of the simulation.
    #[inline]
    fn speed(&self) -> i128 {
        if self.frozen { 0 } else { MILLION + i128::from(self.rate_ppm) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_left_alone_is_right() {
        let clock = Clock::default();
        assert_eq!((clock.local(7), clock.when(7), clock.when(Nanos::MAX)), (7, 7, Nanos::MAX));
    }

    #[test]
    fn a_fast_clock_shows_a_time_early_and_a_slow_one_late() {
        let mut clock = Clock::default();
        clock.set(1_000, 500_000, 100);
        assert_eq!(clock.local(3_000), 1_000 + 100 + 3_000);
        assert_eq!(clock.when(4_100), 3_000);
        clock.set(3_000, -900_000, 0);
        assert_eq!(clock.local(4_000), 4_200);
        assert_eq!(clock.when(4_200), 4_000);
        assert_eq!(clock.when(4_201), 4_010);
        // Never before it shows the time.
        assert!((4_100..4_300).all(|time| clock.local(clock.when(time)) >= time));
    }

    #[test]
    fn a_frozen_clock_goes_on_from_where_it_stood() {
        let mut clock = Clock::default();
        clock.freeze(10);
        assert_eq!((clock.local(50), clock.when(11)), (10, Nanos::MAX));
        clock.thaw(50);
        assert_eq!((clock.local(60), clock.when(11)), (20, 51));
    }
}
