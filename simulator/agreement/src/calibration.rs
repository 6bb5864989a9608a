//! The time that the original's router takes for a message, from two medians.
//!
//! Where nearly all requests are gets, the median latency is that of a get; where nearly all are puts, that of a put.
//! Both include the way of the client's request to the leader, and the way of the leader's answer through the router.
//! A put also waits for four more messages in the router: to two followers, and back from them. A quarter of the
//! difference is the router's time for one message, which includes the waking of a replica. The rest of the get is
//! the way of the request and the waking of idle processes.
//!
//! Requests must not be sent together. The original looks at its schedule only when a datagram arrives, or 100 ms
//! after the last one. Requests that are due by then are sent together, and wait for each other. So they are 150 ms
//! apart here.

use std::fs;
use std::path::Path;

use simulation::Nanos;
use simulation::scenario::Scenario;
use simulator::files::load_scenario;

use crate::sample::{Sample, Spread};

/// The passes through the router that a put needs and a get does not.
const MORE_PASSES: u64 = 4;

/// Returns a scenario of nearly only gets, and one of nearly only puts.
///
/// Their files are written to `folder`.
///
/// # Errors
///
/// If the files cannot be written.
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

/// The results of a calibration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calibration {
    /// The median latency of a get.
    pub get: Nanos,
    /// The median latency of a put.
    pub put: Nanos,
    /// The time of one message in the router.
    pub service: Nanos,
    /// The time of a request besides its messages.
    pub rest: Nanos,
}

impl Calibration {
    /// Calibrates with runs of nearly only gets and of nearly only puts.
    ///
    /// Returns `None` without runs, or if puts were faster than gets.
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
