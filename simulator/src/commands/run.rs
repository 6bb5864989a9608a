//! `simulator run`: one scenario, one seed, one report. The other commands use its functions for their runs.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::num::NonZero;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::files::load_scenario;
use crate::records::{Claim, Log, Record, Run, State};
use crate::report::ci::Results;
use crate::report::layout::Page;
use crate::report::{Outcome, html, json, text};
use simulation::check::{Class, judge};
use simulation::engine::Options;
use simulation::json::Warning;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulation::text::shell_word;
use simulation::trace;

use super::arguments::{DEFAULT_SEED, OutputArguments, RunArguments};
use super::error::CliError;
use super::header;
use super::interrupt::watch_for_ctrl_c;
use super::real_time::RealTimeProgress;
use super::status::Patience;
use super::target::Target;

/// Runs the command.
pub(crate) fn run(arguments: &RunArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let mut target = Target::new(&arguments.target)?.keep_output(&arguments.keep)?;
    let (scenario, seed) = load(&arguments.scenario, arguments.seed)?;
    arguments.output.refuse_equal_paths(Some(&arguments.scenario))?;
    let options = arguments.output.options();
    let started = Instant::now();
    let outcome = run_watched(&mut target, &scenario, seed, options, !arguments.silence);
    let elapsed = started.elapsed();
    if arguments.output.json {
        json::write(out.verbatim()?, &outcome)?;
    } else {
        text::write(out, &outcome)?;
        if arguments.output.html.is_none() && std::io::stdout().is_terminal() {
            write_how_to_draw(out, &outcome)?;
        }
    }
    // Last, so that a file that cannot be written takes nothing from the report.
    out.flush()?;
    if let Some(path) = &arguments.output.trace {
        write_trace(path, &outcome)?;
    }
    if let Some(path) = &arguments.output.history {
        write_history(path, &outcome)?;
    }
    if let Some(path) = &arguments.output.html {
        write_html(path, &outcome)?;
    }
    if let Some(path) = &arguments.output.record {
        let seeds = |_: &Scenario| seed..seed.saturating_add(1);
        let header = header::header("run", &target, std::slice::from_ref(&scenario), seeds)?;
        let mut log = Log::begin(Claim::take(path)?, path, &Record::new(header))?;
        log.run(Run::of_outcome(&outcome))?;
        log.finish(State::Complete, None, elapsed.as_secs_f64(), |_| ())?;
    }
    let mut results = Results::new("run");
    results.add(&outcome);
    arguments.ci.write(&results)?;
    Ok(outcome.verdict.class.exit_status())
}

/// Loads a scenario, prints its warnings, and chooses the seed.
pub(crate) fn load(path: &Path, seed: Option<u64>) -> Result<(Scenario, u64), CliError> {
    settle(load_scenario(path)?, seed)
}

/// The same for the text of a scenario; `path` stands for it in messages.
pub(crate) fn load_text(
    path: &Path,
    text: &str,
    seed: Option<u64>,
) -> Result<(Scenario, u64), CliError> {
    settle(Scenario::of_file(path, text.as_bytes())?, seed)
}

fn settle(
    (scenario, warnings): (Scenario, Vec<Warning>),
    seed: Option<u64>,
) -> Result<(Scenario, u64), CliError> {
    warn(&warnings);
    let seed = seed_of(&scenario, seed);
    Ok((scenario, seed))
}

/// Returns the user's seed, else the scenario's, else the default.
pub(crate) fn seed_of(scenario: &Scenario, seed: Option<u64>) -> u64 {
    seed.or(scenario.seed).unwrap_or(DEFAULT_SEED)
}

/// Returns the seeds for a scenario: the user's range, else one seed.
pub(crate) fn seeds_of(scenario: &Scenario, seeds: Option<&Range<u64>>) -> Range<u64> {
    let own = seed_of(scenario, None);
    seeds.cloned().unwrap_or(own..own.saturating_add(1))
}

/// Prints warnings to the standard error, never into the report. What is said of several files is said once.
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

/// Runs a scenario with a seed and judges it. In real time, shows the progress.
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
    let is_virtual = target.real_time().is_none();
    let _company = RealTimeProgress::begin(target, plan, NonZero::<u16>::MIN, &interrupted, prints);
    let _patience = is_virtual.then(|| patience(&scenario.name, seed));
    run_once(target, scenario, seed, options)
}

/// Says which run takes long, if it does.
pub(crate) fn patience(scenario: &str, seed: u64) -> Patience {
    Patience::new(format!("running {scenario}, seed {seed}"))
}

/// Runs a plan and judges the run; `replay_command` is the command that repeats it.
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
    let evidence = &outcome.evidence;
    write_file(path, |file| match &evidence.own {
        Some(own) => own.to_json().iter().try_for_each(|line| writeln!(file, "{line}")),
        None => linearizability::write_jsonl(&evidence.history, file),
    })
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
    /// Returns what a run must record for these files.
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
            ("--record", self.record.as_deref()),
        ];
        refuse_equal(&files)
    }
}

/// Refuses files of which two are in one place; each has a name by which the message calls it.
pub(crate) fn refuse_equal(files: &[(&str, Option<&Path>)]) -> Result<(), CliError> {
    let places =
        files.iter().filter_map(|&(name, path)| path.map(|path| (name, path, place(path))));
    let mut known: Vec<(&str, PathBuf)> = Vec::new();
    for (name, path, place) in places {
        // A pipe or `/dev/null` loses nothing when it is written twice.
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

/// Returns a path without detours, as far as it exists.
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
