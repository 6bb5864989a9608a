//! Many runs, a line for each scenario.

use std::io::{self, Write};

use crate::records::Run;
use crate::report::layout::{Column, Page, Table};
use crate::report::text::write_lines;
use crate::report::{Outcome, label_of_command, never_sent, style};
use simulation::Nanos;
use simulation::check::{Check, Class};
use simulation::explore::NeverSent;
use simulation::text::count;
use testing::report::arguments_of;

/// The sums over all runs of a suite.
#[derive(Debug, Default)]
pub struct Total {
    runs: u64,
    passed: u64,
    messages: u64,
    operations: u64,
    time: Nanos,
    real_time: bool,
    worst: Option<Class>,
    never_sent: NeverSent,
    /// The first failures.
    failures: Vec<Failure>,
}

/// A failed run, kept for the list below the table.
#[derive(Debug)]
struct Failure {
    title: String,
    checks: Vec<Check>,
    label: &'static str,
    replay_command: String,
}

/// The most failures that are listed: a longer list is of no help.
const MOST_FAILURES_SHOWN: usize = 10;

/// Lays out the lines of scenarios, the longest of whose names is this long, for a page of this width. The metrics of
/// several `runs` of a scenario are ranges.
pub fn lay_out(width: usize, longest_name: usize, runs: u64) -> Table {
    let runs = if runs > 1 { runs.to_string().len() } else { 0 };
    let (verdict, range) = ((2 * runs + 6).max(11), if runs > 0 { 5 } else { 0 });
    let column = |heads, widths, rank| Column { heads, widths, rank };
    // The verdict says whether the operations have an order, and the report of a failure what else is wrong.
    let columns = vec![
        column(["scenario"; 2], [longest_name.max(12); 2], 0),
        column(["verdict"; 2], [verdict; 2], 0),
        column(["messages"; 2], [12 + range, 7 + range], 2),
        column(["failures"; 2], [9, 7], 4),
        column(["duplicates", "dup."], [9, 4], 5),
        column(["median latency", "latency"], [16, 10], 3),
        column(["ordered"; 2], [7; 2], 6),
        column(["digest"; 2], [16; 2], 1),
    ];
    Table::new(columns, width)
}

/// Says what a table that was too wide for its page leaves out.
fn write_key(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    if !table.is_short() {
        return Ok(());
    }
    write!(out, "B bonus, F full credit, P partial credit, N no credit")?;
    let left_out: Vec<_> = table.left_out().collect();
    if !left_out.is_empty() {
        write!(out, "; a wider terminal also shows: {}", left_out.join(", "))?;
    }
    writeln!(out)
}

/// Returns the line above the reasons of a failure.
fn title(scenario: &str, seed: u64, class: Class) -> String {
    format!("{scenario} seed {seed}: {}", class.name())
}

impl Total {
    /// Adds a run.
    pub fn add(&mut self, outcome: &Outcome) {
        self.real_time |= outcome.evidence.real_time;
        self.sum(&Run::of_outcome(outcome), || Failure {
            title: title(&outcome.plan.scenario, outcome.plan.seed, outcome.verdict.class),
            checks: outcome.verdict.failed().cloned().collect(),
            label: outcome.label_of_command(),
            replay_command: outcome.command_to_the_place(),
        });
    }

    /// Adds a run that an earlier command has made; `replay_command` shows it again.
    pub fn add_known(&mut self, run: &Run, replay_command: &str) {
        let is_real_time = run.digest.is_none();
        self.real_time |= is_real_time;
        let reason = || run.finding.clone().unwrap_or_default();
        let check = run.signature.map(|it| Check::failing(it.check, run.class, reason()));
        self.sum(run, || Failure {
            title: title(&run.scenario, run.seed, run.class),
            checks: check.into_iter().collect(),
            label: label_of_command(is_real_time),
            replay_command: replay_command.to_owned() + &arguments_of(&run.place),
        });
    }

    fn sum(&mut self, run: &Run, failure: impl FnOnce() -> Failure) {
        self.runs += 1;
        self.passed += u64::from(run.class == Class::Pass);
        self.messages += run.counters.messages;
        self.operations += run.counters.operations;
        self.time += run.counters.time;
        self.worst = self.worst.max(Some(run.class));
        run.never_sent.iter().for_each(|name| self.never_sent.add(&run.scenario, name, 1));
        if run.class != Class::Pass && self.failures.len() < MOST_FAILURES_SHOWN {
            self.failures.push(failure());
        }
    }

    /// Returns the number of runs.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Returns the worst class of all runs.
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

    /// Writes the failures with their reasons, and the sums. `elapsed` is the real time, if it is to be shown.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(
        &self,
        out: &mut Page<'_>,
        table: &Table,
        elapsed: Option<std::time::Duration>,
    ) -> io::Result<()> {
        write_key(out, table)?;
        // A mistake often shows in many scenarios, with the same explanation each time.
        let mut explained = Vec::new();
        for failure in &self.failures {
            let bad = style::BAD;
            writeln!(out, "\n{bad}{}{bad:#}", failure.title)?;
            for check in &failure.checks {
                let lines = if explained.contains(&check.name) { 1 } else { usize::MAX };
                write_lines(out, check, "  ", lines)?;
                // What an earlier command found has one line only, and explains nothing.
                if check.detail.lines().nth(1).is_some() {
                    explained.push(check.name);
                }
            }
            out.command(&format!("  {}", failure.label), &failure.replay_command)?;
        }
        let more = self.runs - self.passed - self.failures.len() as u64;
        if more > 0 {
            writeln!(out, "\nand {}", count(more, "more failure"))?;
        }
        write!(out, "\n{}", self.in_words())?;
        match elapsed {
            Some(elapsed) => writeln!(out, " in {:.2} s", elapsed.as_secs_f64())?,
            None => writeln!(out)?,
        }
        never_sent::write(out, &self.never_sent)
    }
}
