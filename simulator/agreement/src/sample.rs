//! The result of one run, under either simulator.

use simulation::Nanos;
use simulation::check::Class;
use simulation::metrics::Tiers;

/// One run of one scenario, in the course's terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// The messages between replicas, including dropped ones.
    pub total_messages: u64,
    /// True if the run ended early, because these exceeded the scenario's limit.
    pub storm: bool,
    /// The number of `fail` answers, and of requests without an answer.
    pub failures: u64,
    /// The number of answers to requests that were already answered.
    pub duplicates: u64,
    /// The upper median of the time from each attempt to its answer.
    pub median_latency: Nanos,
    /// The course's verdict on correctness.
    pub verdict: Verdict,
    /// The course's tiers; the original gives none to an incorrect run.
    pub tiers: Option<Tiers>,
    /// The class by this simulator's checks; none for a run under the original.
    pub class: Option<Class>,
}

/// The course's verdict on correctness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// All checks of the course hold.
    Pass,
    /// All hold but one, on which no replica has an influence.
    ///
    /// Too many clients began with gets, before they had a key to read. That depends on luck, so it says nothing
    /// about agreement.
    Unlucky,
    /// Another check failed.
    Fail,
}

/// The smallest, the middle (upper median) and the largest of some numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spread {
    /// The smallest.
    pub min: u64,
    /// The upper median.
    pub median: u64,
    /// The largest.
    pub max: u64,
}

impl Spread {
    /// Returns the spread of one number of each sample; `None` without samples.
    pub(crate) fn of(samples: &[Sample], number: impl Fn(&Sample) -> u64) -> Option<Spread> {
        let mut numbers: Vec<u64> = samples.iter().map(number).collect();
        numbers.sort_unstable();
        Some(Spread {
            min: *numbers.first()?,
            median: numbers[numbers.len() / 2],
            max: *numbers.last()?,
        })
    }
}
