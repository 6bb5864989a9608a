//! `simulator replay`: a run again, as a timeline.

use std::io::Write;
use std::path::Path;

use simulator::engine::Options;
use simulator::evidence::CutShort;
use simulator::failure::Failure;
use simulator::plan::Plan;
use simulator::report::{Outcome, style, text, timeline};
use simulator::seconds::{moment, seconds};
use simulator::trace::TraceEvent;

use super::arguments::ReplayArguments;
use super::problem::{Problem, is_failure};
use super::run::{load, run_plan, run_watched};
use super::subject::Subject;

/// Carries the command out.
pub(crate) fn run(arguments: &ReplayArguments, out: &mut dyn Write) -> Result<u8, Problem> {
    refuse_empty_span(arguments)?;
    let options = Options {
        trace: true,
        until: arguments.until,
        inspect: arguments.inspect,
        ..Options::default()
    };
    let path = &arguments.source;
    // What is no failure is taken for a scenario, whose reader has the better words for what is wrong.
    let (subject, outcome, failure) = if is_failure(path) {
        if arguments.seed.is_some() {
            let what = "--seed is for scenarios: a failure file holds its own seed";
            return Err(Problem::Usage(format!("{}: {what}", path.display())));
        }
        let failure = Failure::load(path)?;
        let subject = Subject::of_failure(&arguments.subject, &failure)?;
        subject.refuse_real_time(
            "a failure is replayed to be the very same run, which real time never gives: replay it in \
             virtual time, with --clock virtual, or replay its scenario",
        )?;
        let subject = subject.keep_output(&arguments.keep)?;
        let outcome = replay_plan(&subject, path, &failure.plan, options);
        (subject, outcome, Some(failure))
    } else {
        let mut subject = Subject::new(&arguments.subject)?.keep_output(&arguments.keep)?;
        let (scenario, seed) = load(path, arguments.seed)?;
        let outcome = run_watched(&mut subject, &scenario, seed, options, false);
        (subject, outcome, None)
    };
    let (messages, floods) = (arguments.messages, arguments.floods);
    let view = timeline::View { from: arguments.from.unwrap_or(0), messages, floods };
    write_timeline(out, &outcome, view)?;
    if outcome.evidence.cut_short == Some(CutShort::Stopped) {
        let when = seconds(outcome.evidence.ended);
        writeln!(out, "stopped at {when}, before any verdict")?;
        return Ok(0);
    }
    text::write_title(out, &outcome)?;
    text::write_checks(out, &outcome)?;
    if let Some(failure) = failure {
        write_comparison(out, &subject, &failure, &outcome)?;
    }
    Ok(outcome.verdict.class.exit_status())
}

fn refuse_empty_span(arguments: &ReplayArguments) -> Result<(), Problem> {
    match (arguments.from, arguments.until) {
        (Some(from), Some(until)) if from > until => Err(Problem::Usage(format!(
            "--from {} is after --until {}: there would be nothing to show",
            seconds(from),
            seconds(until)
        ))),
        _ => Ok(()),
    }
}

/// Runs the plan of a failure file.
pub(crate) fn replay_plan(
    subject: &Subject,
    path: &Path,
    plan: &Plan,
    options: Options,
) -> Outcome {
    run_plan(subject, plan.clone(), format!("simulator replay {}", path.display()), options)
}

/// Writes what happened, and the replicas' state where it was asked for.
pub(crate) fn write_timeline(
    out: &mut dyn Write,
    outcome: &Outcome,
    view: timeline::View,
) -> Result<(), Problem> {
    let evidence = &outcome.evidence;
    writeln!(out, "{}\n", timeline::LEGEND)?;
    timeline::write(out, &evidence.trace, view)?;
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

/// Writes whether this is the run that was stored, and whether it still fails in the same way.
fn write_comparison(
    out: &mut dyn Write,
    subject: &Subject,
    failure: &Failure,
    outcome: &Outcome,
) -> Result<(), Problem> {
    let (good, bad) = (style::GOOD, style::BAD);
    let (name, surroundings) = (subject.name(), subject.surroundings());
    match failure.difference(name, surroundings, outcome.evidence.digest) {
        None => writeln!(out, "\n{good}The digest is the stored one: the very same run.{good:#}")?,
        Some(difference) => {
            writeln!(out, "\n{bad}{difference}{bad:#}")?;
            write_parting(out, failure, outcome)?;
        }
    }
    if failure.shown_by(&outcome.verdict).is_none() {
        let (class, check) = (failure.class.name(), &failure.check);
        writeln!(out, "It no longer fails as it did: {class}, {check}: {}", failure.reason)?;
    }
    Ok(())
}

/// Writes between which moments this run parted from the stored one, and what happened then.
fn write_parting(out: &mut dyn Write, failure: &Failure, outcome: &Outcome) -> Result<(), Problem> {
    let evidence = &outcome.evidence;
    let Some(stored) = &failure.checkpoints else { return Ok(()) };
    let Some((from, until)) = stored.parted(&evidence.checkpoints) else {
        writeln!(out, "Where they parted cannot be told: the plan's end is another.")?;
        return Ok(());
    };
    let until = until.unwrap_or(evidence.ended).max(from);
    let (after, before) = (moment(from), moment(until));
    writeln!(out, "They are the same up to {after}, and parted before {before}. Here, then:\n")?;
    let is_there = |event: &&TraceEvent| event.at_ns >= from && event.at_ns <= until;
    let events: Vec<_> = evidence.trace.iter().filter(is_there).cloned().collect();
    timeline::write(out, &events, timeline::View { from, messages: true, floods: true })?;
    Ok(())
}
