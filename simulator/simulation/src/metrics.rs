//! The course's metrics and its tiers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::Nanos;
use crate::api::NodeId;
use crate::bounded_log::REMEMBERED;
use crate::scenario::Benchmarks;

/// The course's metrics of a run. The field names are those of the machine-readable report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Messages between replicas, including dropped ones.
    pub total_messages: u64,
    /// Messages between replicas that were dropped, by chance or by a cut.
    pub dropped_messages: u64,
    /// Answers that were `fail`, and requests without an answer.
    pub failures: u64,
    /// Answers to requests that were already complete.
    pub duplicates: u64,
    /// Answers that were `redirect` or `fail`.
    pub redirects: u64,
    /// Upper median of the times from each attempt to its answer, including redirects and fails.
    #[serde(rename = "median_latency_s", serialize_with = "seconds")]
    pub median_latency: Nanos,
    /// Mean of the times from each attempt to its answer.
    #[serde(rename = "mean_latency_s", serialize_with = "seconds")]
    pub mean_latency: Nanos,
    /// Gets sent, including repetitions.
    pub gets: u64,
    /// Puts sent, including repetitions.
    pub puts: u64,
    /// Requests without an answer at the end.
    pub unanswered: u64,
    /// The leaders that the replicas named, one after another; `FFFF` for none.
    #[serde(serialize_with = "leaders")]
    pub leaders: Vec<Option<NodeId>>,
}

/// The times from each attempt to its answer. Beyond a bound they are stored as a count of each value.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    latest: Vec<Nanos>,
    counted: BTreeMap<Nanos, u64>,
}

impl Latencies {
    /// Returns an empty list with room for `count` times.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Latencies { latest: Vec::with_capacity(count.min(REMEMBERED)), ..Latencies::default() }
    }

    /// Adds a time.
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

    /// Returns the upper median and the mean; zeros if there are no times.
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
    /// More than full credit.
    Bonus,
    /// Full credit.
    Full,
    /// Partial credit.
    Partial,
    /// No credit.
    None,
}

impl Tier {
    /// Returns the first tier whose bound is strictly greater than the value.
    pub fn of(value: u64, bounds: [u64; 3]) -> Tier {
        match bounds.iter().position(|&bound| value < bound) {
            Some(0) => Tier::Bonus,
            Some(1) => Tier::Full,
            Some(_) => Tier::Partial,
            None => Tier::None,
        }
    }

    /// Returns the tier's name in one word.
    pub fn short_name(self) -> &'static str {
        match self {
            Tier::Bonus => "Bonus",
            Tier::Full => "Full",
            Tier::Partial => "Partial",
            Tier::None => "None",
        }
    }

    /// Returns the tier's name as in the course.
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
    /// The grade of [`Metrics::total_messages`].
    #[serde(rename = "total_messages")]
    pub total_messages: Tier,
    /// The grade of [`Metrics::failures`].
    pub failures: Tier,
    /// The grade of [`Metrics::duplicates`].
    pub duplicates: Tier,
    /// The grade of [`Metrics::median_latency`].
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

    /// Returns the worst of the four grades.
    pub fn worst(&self) -> Tier {
        self.total_messages.max(self.failures).max(self.duplicates).max(self.median_latency)
    }
}

/// Returns a leader as text: `FFFF` if unknown.
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
