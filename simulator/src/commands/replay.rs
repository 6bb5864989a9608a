//! `simulator replay`: shows a run again, as a timeline.

use std::io::Write;
use std::path::Path;

use crate::files::{STANDARD_INPUT, load_failure};
use crate::report::layout::Page;
use crate::report::{Outcome, style, text, timeline};
use simulation::engine::Options;
use simulation::evidence::{CutShort, Evidence};
use simulation::failure::{Failure, looks_like_failure};
use simulation::plan::Plan;
use simulation::seconds::seconds;
use simulation::trace::{Kind, TraceEvent};

use super::arguments::{FilterArguments, ReplayArguments};
use super::error::{CliError, is_failure};
use super::program_name::replay_file;
use super::replay_report;
use super::run::{load, load_text, patience, run_plan, run_watched, write_html};
use super::target::Target;

/// Runs the command.
pub(crate) fn run(arguments: &ReplayArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
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
    let input = standard_input(path)?;
    let looks_like_it = input.as_deref().map_or_else(|| is_failure(path), looks_like_failure);
    // What is no failure is taken for a scenario, whose reader has the better words for what is wrong.
    let (target, outcome, failure) = if looks_like_it {
        if arguments.seed.is_some() {
            let what = "--seed is for scenarios: a failure file holds its own seed";
            return Err(CliError::Usage(format!("{}: {what}", path.display())));
        }
        let failure = match &input {
            Some(text) => Failure::parse(path, text)?,
            None => load_failure(path)?,
        };
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
        let (scenario, seed) = match &input {
            Some(text) => load_text(path, text, arguments.seed)?,
            None => load(path, arguments.seed)?,
        };
        let outcome = run_watched(&mut target, &scenario, seed, options, false);
        (target, outcome, None)
    };
    let filter = filter(arguments);
    let messages = arguments.messages || filter.kinds.contains(&Kind::Message);
    let (from, floods) = (arguments.from.unwrap_or(0), arguments.floods);
    let view = timeline::View { from, messages, floods };
    if let Some(path) = &arguments.html {
        write_html(path, &outcome)?;
    }
    write_timeline(out, &outcome, view, &filter, arguments.columns)?;
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

/// All of the standard input, if that is what the path stands for.
fn standard_input(path: &Path) -> Result<Option<String>, CliError> {
    if path != Path::new(STANDARD_INPUT) {
        return Ok(None);
    }
    std::io::read_to_string(std::io::stdin()).map(Some).map_err(CliError::file(path, "read"))
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
    let _patience = patience(&plan.scenario, plan.seed);
    run_plan(target, plan.clone(), replay_file(path), options)
}

/// Writes the events, and the replicas' state if it is wanted.
fn write_timeline(
    out: &mut Page<'_>,
    outcome: &Outcome,
    view: timeline::View,
    filter: &timeline::Filter,
    has_columns: bool,
) -> Result<(), CliError> {
    let evidence = &outcome.evidence;
    let chosen = || evidence.trace.iter().filter(|event| filter.lets_through(event));
    writeln!(out, "{}\n", timeline::LEGEND)?;
    if has_columns {
        write_columns(out, chosen().filter(|event| view.shows(event)))?;
    } else {
        timeline::write_some(out, chosen(), view)?;
    }
    if !chosen().any(|event| view.shows(event)) {
        writeln!(out, "{}", why_empty(evidence, view, filter))?;
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

fn write_columns<'a>(
    out: &mut Page<'_>,
    events: impl Iterator<Item = &'a TraceEvent> + Clone,
) -> Result<(), CliError> {
    let columns = timeline::Columns::new(events.clone(), out.width()).map_err(|needed| {
        CliError::Usage(format!(
            "--columns: that many replicas need a terminal of {needed} columns, and this one has {}; \
             --replica-id shows some of them",
            out.width()
        ))
    })?;
    Ok(columns.write(out, events)?)
}

/// Returns the filter that the arguments describe.
fn filter(arguments: &ReplayArguments) -> timeline::Filter {
    let FilterArguments { key, client, replica_id, kind, no_output } = &arguments.filter;
    timeline::Filter {
        key: key.clone(),
        clients: client.clone(),
        replicas: replica_id.clone(),
        kinds: kind.clone(),
        no_output: *no_output,
    }
}

/// Returns the reason why a timeline shows nothing.
fn why_empty(evidence: &Evidence, view: timeline::View, filter: &timeline::Filter) -> String {
    let (begin, end) = (seconds(view.from), seconds(evidence.ended));
    let mut later = evidence.trace.iter().filter(|event| event.at_ns >= view.from).peekable();
    if later.peek().is_some() {
        if later.all(|event| !filter.lets_through(event)) {
            return format!(
                "after {begin} there was nothing that --key, --client and the like let through"
            );
        }
        return format!("after {begin} there were only messages: --messages shows them");
    }
    let is_stopped = evidence.cut_short == Some(CutShort::Stopped);
    let ended = if is_stopped { "was stopped" } else { "ended" };
    format!("nothing happened after {begin}: the run {ended} at {end}")
}
