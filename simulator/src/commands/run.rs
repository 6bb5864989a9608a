//! `simulator run`: one scenario, one seed, one report. The other commands run theirs through here.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::num::NonZero;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::load_scenario;
use crate::report::{Outcome, html, json, text};
use simulation::check::{Class, judge};
use simulation::engine::Options;
use simulation::plan::Plan;
use simulation::scenario::{Scenario, Warning};
use simulation::text::shell_word;
use simulation::trace;

use super::arguments::{DEFAULT_SEED, OutputArguments, RunArguments};
use super::error::CliError;
use super::real_time::RealTimeProgress;
use super::suite::watch_for_ctrl_c;
use super::target::Target;

/// Carries the command out.
pub(crate) fn run(arguments: &RunArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    let mut target = Target::new(&arguments.target)?.keep_output(&arguments.keep)?;
    let (scenario, seed) = load(&arguments.scenario, arguments.seed)?;
    arguments.output.refuse_equal_paths(Some(&arguments.scenario))?;
    let options = arguments.output.options();
    let outcome = run_watched(&mut target, &scenario, seed, options, !arguments.silence);
    if let Some(path) = &arguments.output.trace {
        write_trace(path, &outcome)?;
    }
    if let Some(path) = &arguments.output.history {
        write_history(path, &outcome)?;
    }
    if let Some(path) = &arguments.output.html {
        write_html(path, &outcome)?;
    }
    if arguments.output.json {
        json::write(out, &outcome)?;
    } else {
        text::write(out, &outcome)?;
        if arguments.output.html.is_none() && std::io::stdout().is_terminal() {
            write_how_to_draw(out, &outcome)?;
        }
    }
    Ok(outcome.verdict.class.exit_status())
}

/// Loads a scenario, passes its warnings on, and settles the seed.
pub(crate) fn load(path: &Path, seed: Option<u64>) -> Result<(Scenario, u64), CliError> {
    let (scenario, warnings) = load_scenario(path)?;
    warn(&warnings);
    let seed = seed_of(&scenario, seed);
    Ok((scenario, seed))
}

/// What the user says, else what the scenario says, else the default.
pub(crate) fn seed_of(scenario: &Scenario, seed: Option<u64>) -> u64 {
    seed.or(scenario.seed).unwrap_or(DEFAULT_SEED)
}

/// The seeds that a scenario is run with: those that the user says, else one.
pub(crate) fn seeds_of(scenario: &Scenario, seeds: Option<&Range<u64>>) -> Range<u64> {
    let own = seed_of(scenario, None);
    seeds.cloned().unwrap_or(own..own.saturating_add(1))
}

/// Warnings go beside the report, never into it. What is said of several files is said once.
pub(crate) fn warn(warnings: &[Warning]) {
    let mut said: Vec<(&Warning, usize)> = Vec::new();
    for warning in warnings {
        let same = |(first, _): &&mut (&Warning, usize)| {
            first.place.field == warning.place.field && first.message == warning.message
        };
        match said.iter_mut().find(same) {
            Some((_, more)) => *more += 1,
            None => said.push((warning, 0)),
        }
    }
    for (warning, more) in said {
        match more {
            0 => eprintln!("{warning}"),
            1 => eprintln!("{warning} (and in 1 more file)"),
            _ => eprintln!("{warning} (and in {more} more files)"),
        }
    }
}

/// Runs a scenario with a seed and judges it.
pub(crate) fn run_once(
    target: &Target,
    scenario: &Scenario,
    seed: u64,
    options: Options,
) -> Outcome {
    let path = scenario.path.as_deref().unwrap_or(Path::new(&scenario.name));
    run_plan(target, target.plan(scenario, seed), target.replay_command(path, seed), options)
}

/// Runs a scenario with a seed and judges it; in real time with some company.
pub(crate) fn run_watched(
    target: &mut Target,
    scenario: &Scenario,
    seed: u64,
    options: Options,
    prints: bool,
) -> Outcome {
    let interrupted = match target.real_time() {
        Some(_) => watch_for_ctrl_c(),
        None => Arc::default(),
    };
    let plan = std::iter::once((target.plan(scenario, seed), 1));
    let _company = RealTimeProgress::begin(target, plan, NonZero::<u16>::MIN, &interrupted, prints);
    run_once(target, scenario, seed, options)
}

/// Runs a plan and judges the run; `again` is the command that shows it again.
pub(crate) fn run_plan(
    target: &Target,
    plan: Plan,
    replay_command: String,
    options: Options,
) -> Outcome {
    let evidence = target.run(&plan, options);
    let verdict = judge(&plan, &evidence);
    let environment = target.environment().map(str::to_owned);
    Outcome { plan, replay_command, environment, evidence, verdict }
}

/// Writes the trace as JSON lines.
pub(crate) fn write_trace(path: &Path, outcome: &Outcome) -> Result<(), CliError> {
    write_file(path, |file| trace::write(file, &outcome.evidence.trace))
}

/// Writes the history as JSON lines.
pub(crate) fn write_history(path: &Path, outcome: &Outcome) -> Result<(), CliError> {
    write_file(path, |file| linearizability::write_jsonl(&outcome.evidence.history, file))
}

/// Writes the page of a run.
pub(crate) fn write_html(path: &Path, outcome: &Outcome) -> Result<(), CliError> {
    write_file(path, |file| html::write(file, outcome))
}

/// Says which command draws a run that failed.
fn write_how_to_draw(out: &mut dyn Write, outcome: &Outcome) -> Result<(), CliError> {
    if outcome.verdict.class != Class::Pass && !outcome.evidence.real_time {
        let name = format!("{}-{}.html", outcome.plan.scenario, outcome.plan.seed);
        let name = shell_word(Path::new(&name));
        writeln!(out, "  Draw it: {} --html {name}", outcome.replay_command)?;
    }
    Ok(())
}

pub(super) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), CliError> {
    let file = File::create(path).map_err(CliError::file(path, "created"))?;
    let mut file = BufWriter::new(file);
    write(&mut file).and_then(|()| file.flush()).map_err(CliError::file(path, "written"))
}

impl OutputArguments {
    /// What a run has to record for it.
    pub(crate) fn options(&self) -> Options {
        let (trace, history) = (self.trace.is_some(), self.history.is_some());
        Options { trace, history, picture: self.html.is_some(), ..Options::default() }
    }

    /// Refuses to write two things to one place, or over the input.
    pub(crate) fn refuse_equal_paths(&self, input: Option<&Path>) -> Result<(), CliError> {
        let files = [
            ("the scenario", input),
            ("--trace", self.trace.as_deref()),
            ("--history", self.history.as_deref()),
            ("--html", self.html.as_deref()),
        ];
        let places = files.map(|(name, path)| path.map(|path| (name, path, place(path))));
        let mut known: Vec<(&str, PathBuf)> = Vec::new();
        for (name, path, place) in places.into_iter().flatten() {
            // Nothing is lost on a pipe or on /dev/null.
            if place.exists() && !place.is_file() && !place.is_dir() {
                continue;
            }
            if let Some((other, _)) = known.iter().find(|(_, known)| *known == place) {
                return Err(CliError::Usage(format!(
                    "{other} and {name} are both {}: each needs a place of its own",
                    path.display()
                )));
            }
            known.push((name, place));
        }
        Ok(())
    }
}

/// A path without detours, as far as it exists.
fn place(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    path.canonicalize().unwrap_or_else(|_| {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        folder.join(path.file_name().unwrap_or_default())
    })
}
