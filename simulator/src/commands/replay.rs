//! `simulator replay`: a run again, as a timeline.

use std::io::Write;
use std::path::Path;

use crate::files::load_failure;
use crate::report::{Outcome, style, text, timeline};
use simulation::Nanos;
use simulation::engine::Options;
use simulation::evidence::{CutShort, Evidence};
use simulation::plan::Plan;
use simulation::seconds::seconds;
use simulation::text::shell_word;

use super::arguments::ReplayArguments;
use super::error::{CliError, is_failure};
use super::replay_report;
use super::run::{load, run_plan, run_watched, write_html};
use super::target::{Target, program};

/// Carries the command out.
pub(crate) fn run(arguments: &ReplayArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    refuse_empty_span(arguments)?;
    let options = Options {
        trace: true,
        until: arguments.until,
        inspect: arguments.inspect,
        picture: arguments.html.is_some(),
        ..Options::default()
    };
    let path = &arguments.source;
    if path.is_dir() {
        let what = "this is a folder, expected a failure file or a scenario file";
        return Err(CliError::Usage(format!("{}: {what}", path.display())));
    }
    // What is no failure is taken for a scenario, whose reader has the better words for what is wrong.
    let (target, outcome, failure) = if is_failure(path) {
        if arguments.seed.is_some() {
            let what = "--seed is for scenarios: a failure file holds its own seed";
            return Err(CliError::Usage(format!("{}: {what}", path.display())));
        }
        let failure = load_failure(path)?;
        let target = Target::of_failure(&arguments.target, &failure)?;
        target.refuse_real_time(
            "a failure is replayed to be the very same run, which real time never gives: replay it in \
             virtual time, with --clock virtual, or replay its scenario",
        )?;
        let target = target.keep_output(&arguments.keep)?;
        let outcome = replay_plan(&target, path, &failure.plan, options);
        (target, outcome, Some(failure))
    } else {
        let mut target = Target::new(&arguments.target)?.keep_output(&arguments.keep)?;
        let (scenario, seed) = load(path, arguments.seed)?;
        let outcome = run_watched(&mut target, &scenario, seed, options, false);
        (target, outcome, None)
    };
    let (messages, floods) = (arguments.messages, arguments.floods);
    let view = timeline::View { from: arguments.from.unwrap_or(0), messages, floods };
    if let Some(path) = &arguments.html {
        write_html(path, &outcome)?;
    }
    write_timeline(out, &outcome, view)?;
    if outcome.evidence.cut_short == Some(CutShort::Stopped) {
        let when = seconds(outcome.evidence.ended);
        writeln!(out, "stopped at {when}, before any verdict")?;
        return Ok(0);
    }
    text::write_title(out, &outcome)?;
    text::write_checks(out, &outcome)?;
    if let Some(failure) = failure {
        replay_report::write(out, &target, &failure, &outcome, view.from)?;
    }
    Ok(outcome.verdict.class.exit_status())
}

fn refuse_empty_span(arguments: &ReplayArguments) -> Result<(), CliError> {
    match (arguments.from, arguments.until) {
        (Some(from), Some(until)) if from > until => Err(CliError::Usage(format!(
            "--from {} is after --until {}: there would be nothing to show",
            seconds(from),
            seconds(until)
        ))),
        _ => Ok(()),
    }
}

/// Runs the plan of a failure file.
pub(crate) fn replay_plan(target: &Target, path: &Path, plan: &Plan, options: Options) -> Outcome {
    run_plan(target, plan.clone(), format!("{} replay {}", program(), shell_word(path)), options)
}

/// Writes what happened, and the replicas' state where it was asked for.
fn write_timeline(
    out: &mut dyn Write,
    outcome: &Outcome,
    view: timeline::View,
) -> Result<(), CliError> {
    let evidence = &outcome.evidence;
    writeln!(out, "{}\n", timeline::LEGEND)?;
    timeline::write(out, &evidence.trace, view)?;
    if !evidence.trace.iter().any(|event| view.shows(event)) {
        writeln!(out, "{}", why_empty(evidence, view.from))?;
    }
    if !evidence.inspection.is_empty() {
        let bold = style::BOLD;
        writeln!(out, "\n{bold}At {}{bold:#}", seconds(evidence.ended))?;
        for (node, state) in &evidence.inspection {
            writeln!(out, "  {node}  {state}")?;
        }
    }
    writeln!(out)?;
    Ok(())
}

/// Why a timeline that begins at a moment shows nothing.
fn why_empty(evidence: &Evidence, from: Nanos) -> String {
    let (begin, end) = (seconds(from), seconds(evidence.ended));
    if evidence.trace.iter().any(|event| event.at_ns >= from) {
        return format!("after {begin} there were only messages: --messages shows them");
    }
    let is_stopped = evidence.cut_short == Some(CutShort::Stopped);
    let ended = if is_stopped { "was stopped" } else { "ended" };
    format!("nothing happened after {begin}: the run {ended} at {end}")
}
