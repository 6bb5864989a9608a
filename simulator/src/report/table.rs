//! Many runs, a line for each scenario.

use std::io::{self, Write};

use crate::report::text::write_lines;
use crate::report::{Outcome, style};
use simulation::Nanos;
use simulation::check::Class;
use simulation::text::count;

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
    /// The first of them.
    failures: Vec<Failure>,
}

/// A failed run, kept for the list below the table.
#[derive(Debug)]
struct Failure {
    title: String,
    checks: Vec<simulation::check::Check>,
    replay_command: String,
}

/// Longer lists are of no help.
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
        if class != Class::Pass && self.failures.len() < MOST_FAILURES_SHOWN {
            self.failures.push(Failure {
                title: format!(
                    "{} seed {}: {}",
                    outcome.plan.scenario,
                    outcome.plan.seed,
                    class.name()
                ),
                checks: outcome.verdict.failed().cloned().collect(),
                replay_command: outcome.how_to_see_it(),
            });
        }
    }

    /// The worst class of all runs.
    pub fn worst(&self) -> Class {
        self.worst.unwrap_or(Class::Pass)
    }

    /// Returns the sums, in a sentence.
    pub fn in_words(&self) -> String {
        let minutes = self.time / 60_000_000_000;
        let rest = self.time / 1_000_000_000 % 60;
        let kind = if self.real_time { "real" } else { "virtual" };
        format!(
            "{} of {} runs pass: {} operations ordered, {} messages between replicas, {minutes} min {rest} s \
             of {kind} time",
            self.passed, self.runs, self.operations, self.messages
        )
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
        // One mistake mostly shows in many scenarios, and its explanation is the same each time.
        let mut explained = Vec::new();
        for failure in &self.failures {
            let bad = style::BAD;
            writeln!(out, "\n{bad}{}{bad:#}", failure.title)?;
            for check in &failure.checks {
                let lines = if explained.contains(&check.name) { 1 } else { usize::MAX };
                write_lines(out, check, "  ", lines)?;
                explained.push(check.name);
            }
            writeln!(out, "  {}", failure.replay_command)?;
        }
        let more = self.runs - self.passed - self.failures.len() as u64;
        if more > 0 {
            writeln!(out, "\nand {}", count(more, "more failure"))?;
        }
        write!(out, "\n{}", self.in_words())?;
        match elapsed {
            Some(elapsed) => writeln!(out, " in {:.2} s", elapsed.as_secs_f64()),
            None => writeln!(out),
        }
    }
}
