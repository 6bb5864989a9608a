//! Many runs, a line for each scenario.

use std::io::{self, Write};

use crate::Nanos;
use crate::check::Class;
use crate::digest::Digest;
use crate::metrics::Tier;
use crate::report::text::write_check;
use crate::report::{Outcome, style};
use crate::seconds::seconds;

/// What is summed over all runs of a suite.
#[derive(Debug, Default)]
pub struct Total {
    runs: u64,
    passed: u64,
    messages: u64,
    operations: u64,
    time: Nanos,
    real_time: bool,
    worst: Option<Class>,
    failures: Vec<Failure>,
}

/// A failed run, kept for the list below the table.
#[derive(Debug)]
struct Failure {
    title: String,
    checks: Vec<crate::check::Check>,
    again: String,
}

/// Longer lists help nobody.
const MOST_FAILURES_SHOWN: usize = 10;

/// Writes the heading.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_heading(out: &mut dyn Write) -> io::Result<()> {
    let bold = style::BOLD;
    writeln!(
        out,
        "{bold}{:<20} {:<11} {:<20} {:<13} {:<13} {:<18} {:<9} {:<16}{bold:#}",
        "scenario",
        "verdict",
        "messages",
        "failures",
        "duplicates",
        "median latency",
        "ordered",
        "digest"
    )
}

/// Writes the line of one scenario, run with one or more seeds.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_line(out: &mut dyn Write, runs: &[Outcome]) -> io::Result<()> {
    let Some(first) = runs.first() else { return Ok(()) };
    let class = runs.iter().map(|run| run.verdict.class).max().unwrap_or(Class::Pass);
    let verdict = match runs.len() {
        1 => class.name().to_owned(),
        count => {
            let passed = runs.iter().filter(|run| run.verdict.class == Class::Pass).count();
            if passed == count { format!("pass {count}") } else { format!("{passed}/{count} pass") }
        }
    };
    let worst = |tier: fn(&Outcome) -> Tier| runs.iter().map(tier).max().unwrap_or(Tier::None);
    let metric = |value: fn(&Outcome) -> u64| {
        let values: Vec<u64> = runs.iter().map(value).collect();
        match (values.iter().min(), values.iter().max()) {
            (Some(least), Some(most)) if least != most => format!("{least}-{most}"),
            (Some(value), _) => value.to_string(),
            _ => String::new(),
        }
    };
    let median = runs.iter().map(|run| run.evidence.metrics.median_latency).max().unwrap_or(0);
    let ordered =
        runs.iter().all(|run| run.verdict.check("linearizable").is_some_and(|check| check.ok));
    let color = style::of_class(class);
    write!(out, "{:<20} {color}{verdict:<11}{color:#} ", first.plan.scenario)?;
    let cells = [
        (
            20_usize,
            metric(|run| run.evidence.metrics.total_messages),
            worst(|run| run.verdict.tiers.total_messages),
        ),
        (13, metric(|run| run.evidence.metrics.failures), worst(|run| run.verdict.tiers.failures)),
        (
            13,
            metric(|run| run.evidence.metrics.duplicates),
            worst(|run| run.verdict.tiers.duplicates),
        ),
        (18, seconds(median), worst(|run| run.verdict.tiers.median_latency)),
    ];
    for (width, value, tier) in cells {
        let color = style::of_tier(tier);
        let word = tier.short_name();
        // One that is too wide moves what follows rather than touching it.
        let rest = width.saturating_sub(value.chars().count()).max(word.len() + 1);
        write!(out, "{value} {color}{word:<rest$}{color:#}")?;
    }
    writeln!(out, "{:<9} {}", if ordered { "yes" } else { "NO" }, digest_of(runs))
}

/// The digest of one run; of several, a digest of their digests. There is none in real time.
fn digest_of(runs: &[Outcome]) -> String {
    let digests: Option<Vec<Digest>> = runs.iter().map(Outcome::digest).collect();
    match digests.as_deref() {
        None => "not reproducible".to_owned(),
        Some([digest]) => digest.to_string(),
        Some(digests) => {
            let mut digest = Digest::new();
            digests.iter().for_each(|it| digest.word(it.value()));
            digest.to_string()
        }
    }
}

impl Total {
    /// Adds a run.
    pub fn add(&mut self, outcome: &Outcome) {
        let class = outcome.verdict.class;
        self.runs += 1;
        self.passed += u64::from(class == Class::Pass);
        self.messages += outcome.evidence.messages;
        self.operations += outcome.evidence.history.recorded();
        self.time += outcome.evidence.ended;
        self.real_time |= outcome.evidence.real_time;
        self.worst = self.worst.max(Some(class));
        if class != Class::Pass {
            self.failures.push(Failure {
                title: format!(
                    "{} seed {}: {}",
                    outcome.plan.scenario,
                    outcome.plan.seed,
                    class.name()
                ),
                checks: outcome.verdict.failed().cloned().collect(),
                again: outcome.how_to_see_it(),
            });
        }
    }

    /// The worst class of all runs.
    pub fn worst(&self) -> Class {
        self.worst.unwrap_or(Class::Pass)
    }

    /// Writes what failed and why, and the sums. `elapsed` is the wall time, if it is to be shown.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn write(
        &self,
        out: &mut dyn Write,
        elapsed: Option<std::time::Duration>,
    ) -> io::Result<()> {
        for failure in self.failures.iter().take(MOST_FAILURES_SHOWN) {
            let bad = style::BAD;
            writeln!(out, "\n{bad}{}{bad:#}", failure.title)?;
            for check in &failure.checks {
                write_check(out, check, "  ")?;
            }
            writeln!(out, "  {}", failure.again)?;
        }
        if self.failures.len() > MOST_FAILURES_SHOWN {
            writeln!(out, "\nand {} more failures", self.failures.len() - MOST_FAILURES_SHOWN)?;
        }
        let minutes = self.time / 60_000_000_000;
        let rest = self.time / 1_000_000_000 % 60;
        let kind = if self.real_time { "real" } else { "virtual" };
        write!(
            out,
            "\n{} of {} runs pass: {} operations ordered, {} messages between replicas, {minutes} min {rest} s of {kind} time",
            self.passed, self.runs, self.operations, self.messages
        )?;
        match elapsed {
            Some(elapsed) => writeln!(out, " in {:.2} s", elapsed.as_secs_f64()),
            None => writeln!(out),
        }
    }
}
