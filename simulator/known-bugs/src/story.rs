//! The effect of a bug: its smallest failing plan, and the events in it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use simulation::check::judge;
use simulation::engine::Options;
use simulation::explain::Explanation;
use simulation::failure::Failure;
use simulation::plan::{Losses, Plan};
use simulation::shrink::{Effort, Shrunk, shrink, to_the_end};
use simulator::report::layout::Page;
use simulator::report::timeline::{LEGEND, View};
use simulator::report::{Outcome, html, plan, style, text, timeline};

use crate::bug::Bug;
use crate::hunt::Families;

/// A failing run of a bug, and the smallest plan that fails in the same way.
#[derive(Debug)]
pub struct Case {
    /// The run that failed.
    pub failure: Failure,
    /// The smallest plan, and the way there.
    pub shrunk: Shrunk,
}

impl Case {
    /// Runs the failing run that the bug's file names, and shrinks it.
    ///
    /// # Errors
    ///
    /// A sentence for users, if that run does not fail, or there is no such scenario.
    pub fn stored(bug: &Bug, families: &Families) -> Result<Case, String> {
        Case::of(bug, stored_failure(bug, families)?)
    }

    /// Shrinks a failure.
    ///
    /// # Errors
    ///
    /// A sentence for users, if the failure cannot be reproduced.
    pub fn of(bug: &Bug, failure: Failure) -> Result<Case, String> {
        let shrunk = shrink(bug.system(), &failure, Effort::default(), &mut to_the_end)
            .map_err(|error| format!("{}: {error}", bug.name))?;
        Ok(Case { failure, shrunk })
    }
}

/// The run that a bug's file names.
///
/// # Errors
///
/// In words, when that run does not fail, or there is no such scenario.
pub fn stored_failure(bug: &Bug, families: &Families) -> Result<Failure, String> {
    let scenario = families.get(&bug.family).ok_or_else(|| {
        format!("{}: there is no scenario scenarios/{}.json", bug.name, bug.family)
    })?;
    Failure::find(bug.system(), &Plan::new(scenario, bug.seed)).ok_or_else(|| {
        let (name, family, seed) = (bug.name, &bug.family, bug.seed);
        format!("{name}: {family} no longer fails with seed {seed}; `find {name}` names another")
    })
}

/// Returns the class and the check of a failure, as the key `fails` has them.
pub fn fails(failure: &Failure) -> String {
    format!("{}, {}", failure.class.name(), failure.check)
}

/// Describes the size of a plan.
pub fn size(plan: &Plan) -> String {
    let count = |number: usize, one: &str, many: &str| {
        format!("{number} {}", if number == 1 { one } else { many })
    };
    let requests = count(plan.requests.len(), "request", "requests");
    let faults = count(plan.faults.len(), "fault", "faults");
    let lost = match &plan.losses {
        Losses::Random(_) => "losses by chance".to_owned(),
        Losses::Listed(list) => count(list.len(), "lost message", "lost messages"),
    };
    format!("{requests}, {faults}, {lost}")
}

/// Writes the smallest plan, the reason it fails, and its digest.
///
/// # Errors
///
/// If writing fails.
pub fn write_plan(out: &mut Page<'_>, failure: &Failure) -> io::Result<()> {
    let (bold, class) = (style::BOLD, failure.class);
    let (color, word) = (style::of_class(class), class.name());
    writeln!(out, "{bold}{}{bold:#}", size(&failure.plan))?;
    plan::write(out, &failure.plan)?;
    writeln!(out, "{color}{word}{color:#}, {}: {}", failure.check, failure.reason)?;
    writeln!(out, "digest {}", failure.digest)
}

/// Writes everything about a bug.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut Page<'_>, bug: &Bug, case: &Case, messages: bool) -> io::Result<()> {
    let bold = style::BOLD;
    writeln!(out, "{bold}{}{bold:#}\n\n{}", bug.name, bug.title)?;
    bug.about.iter().try_for_each(|paragraph| writeln!(out, "\n{paragraph}"))?;
    writeln!(out, "\n{bold}Breaks{bold:#} {}", bug.breaks)?;
    let plan = &case.failure.plan;
    write!(out, "{bold}Found{bold:#} in {}, seed {}: {}. ", plan.scenario, plan.seed, size(plan))?;
    writeln!(out, "After {} runs this is left:\n", case.shrunk.runs)?;
    let smallest = &case.shrunk.failure;
    write_plan(out, smallest)?;
    bug.note.iter().try_for_each(|note| writeln!(out, "It takes that much: {note}"))?;
    write_run(out, bug, &smallest.plan, messages)
}

/// Draws the run of a plan as a page, with what decided it, if that is known.
///
/// # Errors
///
/// If the file cannot be written.
pub fn draw(
    bug: &Bug,
    plan: &Plan,
    explained: Option<&Explanation>,
    path: &Path,
) -> io::Result<()> {
    let options = Options { trace: true, picture: true, ..Options::default() };
    let (plan, evidence) = (plan.clone(), bug.system().run(plan, options));
    let verdict = judge(&plan, &evidence);
    let command = if explained.is_some() { "explain" } else { "show" };
    let replay_command = format!("cargo run --release -p known-bugs -- {command} {}", bug.name);
    let outcome = Outcome { plan, replay_command, environment: None, evidence, verdict };
    let mut file = BufWriter::new(File::create(path)?);
    match explained {
        None => html::write(&mut file, &outcome)?,
        Some(explained) => html::write_explained(&mut file, &outcome, explained)?,
    }
    file.flush()
}

/// Writes the events of a run, and the checks that fail.
fn write_run(out: &mut Page<'_>, bug: &Bug, plan: &Plan, messages: bool) -> io::Result<()> {
    let evidence = bug.system().run(plan, Options { trace: true, ..Options::default() });
    let verdict = judge(plan, &evidence);
    let bold = style::BOLD;
    writeln!(out, "\n{bold}What happens{bold:#}\n\n{LEGEND}\n")?;
    timeline::write(out, &evidence.trace, View { from: 0, messages, floods: false })?;
    writeln!(out)?;
    verdict.failed().try_for_each(|check| text::write_check(out, check, "  "))
}
