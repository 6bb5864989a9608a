//! The values of the bundled replica's runs that the budgets of scenarios bound, as the basis of the budgets.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::{ControlFlow, Range};

use simulation::bundled::Bundled;
use simulation::engine::Options;
use simulation::evidence::Spent;
use simulation::plan::Plan;
use simulation::pool;
use simulation::scenario::{Budgets, Scenario};

use crate::hunt::Families;

/// The greatest values of a family's runs.
#[derive(Clone, Copy, Debug, Default)]
struct Most {
    /// The time without a leader, in election time-outs, rounded up.
    leaderless: u64,
    terms: u64,
    /// The elections for each fault and for the beginning, rounded up.
    elections: u64,
    /// In nanoseconds.
    put_latency: u64,
    repeats: u64,
}

impl Most {
    fn of(spent: &Spent) -> Self {
        Most {
            leaderless: spent.leaderless.div_ceil(spent.election_timeout),
            terms: spent.terms,
            elections: spent.elections.div_ceil(spent.occasions),
            put_latency: spent.put_latency,
            repeats: spent.repeats,
        }
    }

    fn or(self, other: Self) -> Self {
        Most {
            leaderless: self.leaderless.max(other.leaderless),
            terms: self.terms.max(other.terms),
            elections: self.elections.max(other.elections),
            put_latency: self.put_latency.max(other.put_latency),
            repeats: self.repeats.max(other.repeats),
        }
    }
}

/// Runs each stock family with some seeds, and writes the greatest values: one line each. The number of threads is that
/// of the cores, unless it is given.
///
/// # Errors
///
/// If writing fails.
pub fn write(
    out: &mut dyn Write,
    families: &Families,
    seeds: Range<u64>,
    jobs: Option<usize>,
) -> io::Result<()> {
    let (mut rows, jobs) = (BTreeMap::new(), jobs.unwrap_or_else(pool::cores));
    let measure = |(name, scenario): (&str, &Scenario), found: &mut dyn FnMut((String, Most))| {
        let all = seeds.clone().map(|seed| spent(scenario, seed));
        found((name.to_owned(), all.fold(Most::default(), Most::or)));
    };
    pool::work(families.stock(), jobs, measure, |row| {
        rows.extend(row);
        ControlFlow::Continue(())
    });
    writeln!(out, "family leaderless terms elections_per_fault put_latency repeats")?;
    rows.iter().try_for_each(|(name, most)| {
        let Most { leaderless, terms, elections, put_latency, repeats } = most;
        let seconds = *put_latency as f64 / 1e9;
        writeln!(out, "{name} {leaderless} {terms} {elections} {seconds:.6} {repeats}")
    })
}

fn spent(scenario: &Scenario, seed: u64) -> Most {
    let plan = Plan { budgets: Some(Budgets::unlimited()), ..Plan::new(scenario, seed) };
    let evidence = Bundled::default().as_under_test().run(&plan, Options::default());
    evidence.spent.as_ref().map_or_else(Most::default, Most::of)
}
