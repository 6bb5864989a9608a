//! How long the original's router takes for a message, from two medians.
//!
//! Where nearly all requests are gets, the median latency is that of a get; where nearly all are puts,
//! that of a put. Both wait for the client's request to reach the leader and for the leader's answer to
//! pass the router. A put waits for four more messages in the router: to two followers, and back from
//! them. The quarter of the difference is what the router takes for one message, with the waking of
//! a replica that goes with it; what remains of the get is the way in and the waking of idle processes.
//!
//! The requests must not meet. The original looks at its schedule only when a datagram arrives, or
//! 100 ms after the last; requests that are due by then are sent together and wait for each other. So
//! they are 150 ms apart here.

use std::fs;
use std::path::Path;

use simulation::Nanos;
use simulation::scenario::Scenario;
use simulator::files::load_scenario;

use crate::sample::{Sample, Spread};

/// Passes through the router that a put needs and a get does not.
const MORE_PASSES: u64 = 4;

/// A scenario of nearly only gets and one of nearly only puts, as files in a folder.
///
/// # Errors
///
/// When the files cannot be written.
pub(crate) fn scenarios(folder: &Path) -> Result<Vec<Scenario>, String> {
    let scenario = |(name, mix): (&str, &str)| {
        let file = folder.join(name).with_extension("json");
        let text = format!(
            r#"{{"lifetime": 30, "replicas": 5, "requests": 200, "mix": {mix},
                "tests": {{"benchmarks": {{"total_msgs": [1200, 3000, 5000], "failures": [0, 1, 2],
                    "duplicates": [0, 2, 5], "median_latency": [0.001, 0.005, 0.05]}}}}}}"#
        );
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        let (scenario, _) = load_scenario(&file).map_err(|error| error.to_string())?;
        Ok(scenario)
    };
    [("gets", "0.9"), ("puts", "0.1")].into_iter().map(scenario).collect()
}

/// What the two medians say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calibration {
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
    /// Of runs with nearly only gets and with nearly only puts; `None` without runs, or when puts were faster
    /// than gets.
    pub(crate) fn of(gets: &[Sample], puts: &[Sample]) -> Option<Calibration> {
        let median = |samples| Spread::of(samples, |sample| sample.median_latency);
        let (get, put) = (median(gets)?.median, median(puts)?.median);
        let service = put.checked_sub(get)? / MORE_PASSES;
        Some(Calibration { get, put, service, rest: get.saturating_sub(service) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Verdict;

    fn run(median_latency: Nanos) -> Sample {
        Sample {
            total_messages: 0,
            storm: false,
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
        let expected = Calibration { get: 350, put: 750, service: 100, rest: 250 };
        assert_eq!(measured, Some(expected));
        assert_eq!(Calibration::of(&[run(2)], &[run(1)]), None);
        assert_eq!(Calibration::of(&[], &[run(1)]), None);
    }
}
