//! One scenario's line in the table of a suite, summed over its seeds.

use std::io::{self, Write};

use crate::records::{Hex, Run};
use crate::report::layout::{Cell, Table};
use crate::report::style;
use simulation::Nanos;
use simulation::check::Class;
use simulation::digest::Digest;
use simulation::metrics::Tier;
use simulation::seconds::seconds;

/// The sums for the line of a scenario's runs. Their size does not depend on the number of runs.
#[derive(Clone, Debug)]
pub struct Line {
    scenario: String,
    runs: u64,
    passed: u64,
    class: Class,
    total_messages: Metric,
    failures: Metric,
    duplicates: Metric,
    median: Nanos,
    median_tier: Tier,
    ordered: bool,
    /// The digests of the first run and of all runs; none in real time.
    digests: Option<(Hex, Digest)>,
}

/// A metric's range over the runs, and the worst tier.
#[derive(Clone, Copy, Debug)]
struct Metric {
    least: u64,
    most: u64,
    tier: Tier,
}

impl Metric {
    fn new(value: u64, tier: Tier) -> Metric {
        Metric { least: value, most: value, tier }
    }

    fn add(&mut self, other: Metric) {
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.tier = self.tier.max(other.tier);
    }

    fn text(self) -> String {
        if self.least == self.most {
            self.most.to_string()
        } else {
            format!("{}-{}", self.least, self.most)
        }
    }
}

impl Line {
    /// Makes the line of one run.
    pub fn new(run: &Run) -> Line {
        let Run { class, tiers, values, .. } = run;
        let mut line = Line {
            scenario: run.scenario.clone(),
            runs: 1,
            passed: u64::from(*class == Class::Pass),
            class: *class,
            total_messages: Metric::new(values.total_messages, tiers.total_messages),
            failures: Metric::new(values.failures, tiers.failures),
            duplicates: Metric::new(values.duplicates, tiers.duplicates),
            median: values.median_latency_ns,
            median_tier: tiers.median_latency,
            ordered: run.ordered,
            digests: run.digest.map(|digest| (digest, Digest::new())),
        };
        line.digest(run);
        line
    }

    /// Adds another run of the same scenario.
    pub fn add(&mut self, run: &Run) {
        let other = Line::new(run);
        self.runs += 1;
        self.passed += other.passed;
        self.class = self.class.max(other.class);
        self.total_messages.add(other.total_messages);
        self.failures.add(other.failures);
        self.duplicates.add(other.duplicates);
        self.median = self.median.max(other.median);
        self.median_tier = self.median_tier.max(other.median_tier);
        self.ordered &= other.ordered;
        self.digest(run);
    }

    fn digest(&mut self, run: &Run) {
        self.digests = self.digests.zip(run.digest).map(|((first, mut all), digest)| {
            all.word(digest.0);
            (first, all)
        });
    }

    /// Writes the line into a table that [`lay_out`](crate::report::table::lay_out) made.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(&self, out: &mut dyn Write, table: &Table) -> io::Result<()> {
        let verdict = match (self.runs, self.passed) {
            (1, _) => self.class.name().to_owned(),
            (runs, passed) if runs == passed => format!("pass {runs}"),
            (runs, passed) => format!("{passed}/{runs} pass"),
        };
        let graded =
            |value, tier: Tier| Cell::with_word(value, tier.short_name(), style::of_tier(tier));
        let metric = |metric: Metric| graded(metric.text(), metric.tier);
        let digest = match (self.digests, self.runs) {
            (None, _) => "not reproducible".to_owned(),
            (Some((first, _)), 1) => first.to_string(),
            (Some((_, all)), _) => all.to_string(),
        };
        let cells = [
            Cell::new(&self.scenario),
            Cell::styled(verdict, style::of_class(self.class)),
            metric(self.total_messages),
            metric(self.failures),
            metric(self.duplicates),
            graded(seconds(self.median), self.median_tier),
            Cell::new(if self.ordered { "yes" } else { "NO" }),
            Cell::new(digest),
        ];
        table.write_row(out, &cells)
    }
}
