//! What one run showed, under either simulator.

use simulation::Nanos;
use simulation::check::Class;
use simulation::metrics::Tiers;

/// One run of one scenario, in the course's terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Messages from replica to replica, lost ones included.
    pub total_messages: u64,
    /// Whether those were more than the scenario allows, so that the run ended there, in a packet storm.
    pub storm: bool,
    /// Answers `fail`, and requests without an answer.
    pub failures: u64,
    /// Answers to requests that were complete already.
    pub duplicates: u64,
    /// Upper median of the time from each attempt to its answer.
    pub median_latency: Nanos,
    /// What the course says about correctness.
    pub verdict: Verdict,
    /// The course's grades; the original gives none to an incorrect run.
    pub tiers: Option<Tiers>,
    /// What our own checkers say; nothing for a run under the original.
    pub class: Option<Class>,
}

/// The course's verdict on correctness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// All its checks hold.
    Pass,
    /// All but one, which no replica can help: too many clients began with gets, before they had a
    /// key to ask for. That is the luck of the draw, so it says nothing about agreement.
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
    /// Of one number of each sample; `None` of no samples.
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
