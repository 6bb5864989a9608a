//! How long the original's router takes for a message, from two medians.
//!
//! Most requests of simple-1 are gets, so its median latency is that of a get; most of simple-2 are
//! puts. Both wait for the client's request to reach the leader and for the leader's answer to pass
//! the router. A put waits for four more messages in the router: to two followers, and back from
//! them. The quarter of the difference is what the router takes for one message, with the waking of
//! a replica that goes with it; what remains of the get is the way in and the waking of idle processes.

use simulator::Nanos;

use crate::sample::{Sample, Spread};

/// Passes through the router that a put needs and a get does not.
const MORE_PASSES: u64 = 4;

/// What the two medians say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Median latency of a get.
    pub get: Nanos,
    /// Median latency of a put.
    pub put: Nanos,
    /// What one message takes in the router.
    pub service: Nanos,
    /// What a request takes besides its messages.
    pub rest: Nanos,
}

impl Calibration {
    /// Of runs of simple-1 and of simple-2; `None` without runs, or when puts were faster than gets.
    pub fn of(gets: &[Sample], puts: &[Sample]) -> Option<Calibration> {
        let median = |samples| Spread::of(samples, |sample| sample.median_latency);
        let (get, put) = (median(gets)?.median, median(puts)?.median);
        let service = put.checked_sub(get)? / MORE_PASSES;
        Some(Calibration {
            get,
            put,
            service,
            rest: get.saturating_sub(service),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Verdict;

    fn run(median_latency: Nanos) -> Sample {
        Sample {
            total_messages: 0,
            failures: 0,
            duplicates: 0,
            median_latency,
            verdict: Verdict::Pass,
            tiers: None,
            class: None,
        }
    }

    #[test]
    fn the_quarter_of_the_difference_is_one_message() {
        let measured = Calibration::of(&[run(900), run(300), run(350)], &[run(750)]);
        let expected = Calibration {
            get: 350,
            put: 750,
            service: 100,
            rest: 250,
        };
        assert_eq!(measured, Some(expected));
        assert_eq!(Calibration::of(&[run(2)], &[run(1)]), None);
        assert_eq!(Calibration::of(&[], &[run(1)]), None);
    }
}
