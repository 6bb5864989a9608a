//! `simulator explain`: when a failure was decided, and by what.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::files::{load_failure, load_scenario, save_failure, stock_scenario};
use crate::report::layout::Page;
use crate::report::{explanation, html, style};
use simulation::engine::Options;
use simulation::explain::{Explanation, Sibling, explain};
use simulation::failure::Failure;
use simulation::pool;
use simulation::scenario::Scenario;
use simulation::text::shell_word;

use super::arguments::ExplainArguments;
use super::error::CliError;
use super::interrupt::watch_for_ctrl_c;
use super::program_name::program;
use super::replay::replay_plan;
use super::run::{refuse_equal, write_file};
use super::status::{PATIENCE, StatusLine};
use super::target::Target;

/// Carries the command out.
pub(crate) fn run(arguments: &ExplainArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let path = &arguments.failure;
    refuse_equal(&[
        ("the failure", Some(path)),
        ("--sibling", arguments.sibling.as_deref()),
        ("--html", arguments.html.as_deref()),
    ])?;
    let failure = load_failure(path)?;
    let target = Target::of_failure(&arguments.target, &failure)?;
    target.refuse_real_time(
        "no run in real time can be repeated, so none can be explained: explain in virtual time, with \
         --clock virtual",
    )?;
    let scenario = scenario(arguments, &failure)?;
    let (mut status, started) = (StatusLine::new(), Instant::now());
    let interrupted = watch_for_ctrl_c();
    let mut observe = |done: u32, expected: u32| {
        if started.elapsed() > PATIENCE {
            status.show(done.into(), expected.into(), " runs", || "explaining".to_owned());
        }
        if interrupted.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let jobs = arguments.jobs.map_or_else(pool::cores, |jobs| usize::from(jobs.get()));
    let explained = explain(&*target, &failure, scenario.as_ref(), jobs, &mut observe);
    status.clear();
    let explained = explained.map_err(|error| {
        let path = path.display();
        CliError::Usage(format!("{path}: {error}"))
    })?;
    if let (Some(file), Some(sibling)) = (&arguments.sibling, &explained.sibling) {
        save(&target, &failure, sibling, file)?;
    }
    if let Some(file) = &arguments.html {
        draw(&target, &failure, path, &explained, file)?;
    }
    if arguments.json {
        let out = out.verbatim()?;
        serde_json::to_writer(&mut *out, &explained).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(0);
    }
    explanation::write(out, &explained)?;
    if scenario.is_none() {
        let name = &failure.plan.scenario;
        let (fair, what) =
            (style::FAIR, "The other ways to go on have the requests of the failure");
        writeln!(
            out,
            "\n{fair}{what},{fair:#} with other\n  keys and values: there is no stock scenario {name}. \
             --scenario FILE names it."
        )?;
    }
    write_hint(out, arguments, explained.sibling.is_some())?;
    Ok(0)
}

/// Says how to see the run that escapes.
fn write_hint(
    out: &mut Page<'_>,
    arguments: &ExplainArguments,
    is_there: bool,
) -> Result<(), CliError> {
    let program = program();
    match &arguments.sibling {
        Some(file) if !is_there => {
            writeln!(out, "\n  No run escapes, so {} was not written", file.display())?;
        }
        None if !is_there => {}
        Some(file) => writeln!(out, "\n  See it happen: {program} replay {}", shell_word(file))?,
        None => writeln!(out, "\n  --sibling FILE keeps this run, for `replay`")?,
    }
    Ok(())
}

/// The scenario that the failure is of, where it is known.
fn scenario(arguments: &ExplainArguments, failure: &Failure) -> Result<Option<Scenario>, CliError> {
    let name = &failure.plan.scenario;
    let Some(file) = &arguments.scenario else {
        return Ok(stock_scenario(Path::new(name))?.map(|(scenario, _)| scenario));
    };
    let (scenario, _) = load_scenario(file)?;
    if scenario.name != *name {
        let (path, other) = (file.display(), &scenario.name);
        let what = format!("{path}: this is the scenario {other}, the failure is of {name}");
        return Err(CliError::Usage(what));
    }
    Ok(Some(scenario))
}

/// Draws the failure's run with what decided it.
fn draw(
    target: &Target,
    failure: &Failure,
    path: &Path,
    explained: &Explanation,
    file: &Path,
) -> Result<(), CliError> {
    let options = Options { trace: true, picture: true, ..Options::default() };
    let outcome = replay_plan(target, path, &failure.plan, options);
    write_file(file, |out| html::write_explained(out, &outcome, explained))
}

/// Keeps the run that escapes.
fn save(
    target: &Target,
    failure: &Failure,
    sibling: &Sibling,
    file: &Path,
) -> Result<(), CliError> {
    let kept = failure.escaped(&**target, &sibling.plan);
    save_failure(&kept, file).map_err(CliError::file(file, "written"))
}
