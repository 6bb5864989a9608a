//! The course's metrics and its tiers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::Nanos;
use crate::api::NodeId;
use crate::bounded_log::REMEMBERED;
use crate::scenario::Benchmarks;

/// What the course measures in a run, under the names of the machine-readable report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Messages sent from replica to replica, lost ones included.
    pub total_messages: u64,
    /// Those of them that were lost or cut off.
    pub dropped_messages: u64,
    /// Answers `fail`, and requests without an answer.
    pub failures: u64,
    /// Answers to requests that were complete already.
    pub duplicates: u64,
    /// Answers `redirect` or `fail`.
    pub redirects: u64,
    /// Upper median of the time from each attempt to its answer, redirects and fails included.
    #[serde(rename = "median_latency_s", serialize_with = "seconds")]
    pub median_latency: Nanos,
    /// Mean of the same.
    #[serde(rename = "mean_latency_s", serialize_with = "seconds")]
    pub mean_latency: Nanos,
    /// Gets sent, repetitions included.
    pub gets: u64,
    /// Puts sent, repetitions included.
    pub puts: u64,
    /// Requests without an answer at the end.
    pub unanswered: u64,
    /// The leaders that the replicas named, one after another; `FFFF` stands for none.
    #[serde(serialize_with = "leaders")]
    pub leaders: Vec<Option<NodeId>>,
}

/// The time from each attempt to its answer. Many of them are kept as how often each occurred.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    latest: Vec<Nanos>,
    counted: BTreeMap<Nanos, u64>,
}

impl Latencies {
    /// Returns an empty one with room for `count`.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Latencies { latest: Vec::with_capacity(count.min(REMEMBERED)), ..Latencies::default() }
    }

    /// Adds one.
    #[inline]
    pub(crate) fn push(&mut self, latency: Nanos) {
        self.latest.push(latency);
        if self.latest.len() >= REMEMBERED {
            self.count();
        }
    }

    #[cold]
    fn count(&mut self) {
        for latency in self.latest.drain(..) {
            *self.counted.entry(latency).or_default() += 1;
        }
    }

    /// The upper median and the mean, zero of nothing.
    pub(crate) fn median_and_mean(&mut self) -> (Nanos, Nanos) {
        if !self.counted.is_empty() {
            self.count();
        }
        let (latest, counted) = (&mut self.latest, &self.counted);
        let count = latest.len() as u64 + counted.values().sum::<u64>();
        if count == 0 {
            return (0, 0);
        }
        let times = |(&latency, &count): (&Nanos, &u64)| u128::from(latency) * u128::from(count);
        let sum = latest.iter().map(|&latency| u128::from(latency)).sum::<u128>()
            + counted.iter().map(times).sum::<u128>();
        let mean = (sum / u128::from(count)) as Nanos;
        if counted.is_empty() {
            let middle = latest.len() / 2;
            return (*latest.select_nth_unstable(middle).1, mean);
        }
        let mut before = 0;
        let median = counted.iter().find(|(_, times)| {
            before += **times;
            before > count / 2
        });
        (median.map_or(0, |(&latency, _)| latency), mean)
    }
}

/// A grade in one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// The best.
    Bonus,
    /// Full credit.
    Full,
    /// Partial credit.
    Partial,
    /// No credit.
    None,
}

impl Tier {
    /// The first tier whose bound the value is strictly less than.
    pub fn of(value: u64, bounds: [u64; 3]) -> Tier {
        match bounds.iter().position(|&bound| value < bound) {
            Some(0) => Tier::Bonus,
            Some(1) => Tier::Full,
            Some(_) => Tier::Partial,
            None => Tier::None,
        }
    }

    /// One word for it.
    pub fn short_name(self) -> &'static str {
        match self {
            Tier::Bonus => "Bonus",
            Tier::Full => "Full",
            Tier::Partial => "Partial",
            Tier::None => "None",
        }
    }

    /// The course's words for it.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Bonus => "Bonus",
            Tier::Full => "Full credit",
            Tier::Partial => "Partial credit",
            Tier::None => "No credit",
        }
    }
}

/// The grades in the four metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiers {
    /// Of [`Metrics::total_messages`].
    #[serde(rename = "total_messages")]
    pub total_messages: Tier,
    /// Of [`Metrics::failures`].
    pub failures: Tier,
    /// Of [`Metrics::duplicates`].
    pub duplicates: Tier,
    /// Of [`Metrics::median_latency`].
    pub median_latency: Tier,
}

impl Tiers {
    /// Grades a run.
    pub fn of(metrics: &Metrics, benchmarks: &Benchmarks) -> Tiers {
        Tiers {
            total_messages: Tier::of(metrics.total_messages, benchmarks.total_msgs),
            failures: Tier::of(metrics.failures, benchmarks.failures),
            duplicates: Tier::of(metrics.duplicates, benchmarks.duplicates),
            median_latency: Tier::of(metrics.median_latency, benchmarks.median_latency),
        }
    }

    /// The worst of the four.
    pub fn worst(&self) -> Tier {
        self.total_messages.max(self.failures).max(self.duplicates).max(self.median_latency)
    }
}

/// How a leader is written: `FFFF` when unknown.
pub fn leader_text(leader: Option<NodeId>) -> String {
    leader.map_or_else(|| "FFFF".to_owned(), |leader| leader.to_string())
}

fn seconds<S: Serializer>(nanos: &Nanos, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(*nanos as f64 / 1e9)
}

fn leaders<S: Serializer>(list: &[Option<NodeId>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|&leader| leader_text(leader)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_strictly_less_than_their_bounds() {
        let grade = |value| Tier::of(value, [0, 2, 5]);
        assert_eq!(
            [0, 1, 2, 4, 5].map(grade),
            [Tier::Full, Tier::Full, Tier::Partial, Tier::Partial, Tier::None]
        );
        assert_eq!(Tier::of(0, [1, 1, 1]), Tier::Bonus);
    }

    #[test]
    fn the_median_is_the_upper_one() {
        for (latencies, expected) in
            [(vec![4, 1, 3, 2], (3, 2)), (vec![7], (7, 7)), (vec![], (0, 0))]
        {
            let mut listed = Latencies { latest: latencies, ..Latencies::default() };
            let mut counted = listed.clone();
            counted.count();
            assert_eq!(listed.median_and_mean(), expected);
            assert_eq!(counted.median_and_mean(), expected);
        }
    }
}
