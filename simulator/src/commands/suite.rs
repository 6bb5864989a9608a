//! `simulator suite`: all scenarios of a folder, a line each.

use std::fs;
use std::io::{IsTerminal, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::files::load_suite;
use crate::report::line::Line;
use crate::report::table::{self, Total};
use crate::report::{Outcome, json, text};
use simulation::plan::Plan;
use simulation::scenario::Scenario;

use super::arguments::SuiteArguments;
use super::error::CliError;
use super::ordered_map::ordered_map;
use super::pages::Pages;
use super::real_time::RealTimeProgress;
use super::run::{run_once, seeds_of, warn, write_history, write_trace};
use super::target::{KeepArguments, Target};

/// Carries the command out.
pub(crate) fn run(arguments: &SuiteArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    let mut target = Target::new(&arguments.target)?.keep_output(&arguments.keep)?;
    let scenarios = load_all(&arguments.paths)?;
    arguments.output.refuse_equal_paths(None)?;
    let folders = [&arguments.output.trace, &arguments.output.history];
    for folder in folders.into_iter().flatten() {
        fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
    }
    let interrupted = watch_for_ctrl_c();
    let started = Instant::now();
    if !arguments.output.json {
        if let Some(environment) = target.environment() {
            text::write_environment(out, environment)?;
        }
        table::write_heading(out)?;
        out.flush()?;
    }
    let tasks = Tasks { scenarios: &scenarios, seeds: arguments.seeds.clone() };
    let html = arguments.output.html.as_deref();
    let pages = html.map(|folder| Pages::open(folder, "suite: what failed".to_owned()));
    let mut pages = pages.transpose()?;
    let total = run_all(arguments, &mut target, &tasks, &interrupted, &mut pages, out)?;
    if let Some(mut pages) = pages {
        pages.index.fact(total.in_words());
        pages.close()?;
    }
    if !arguments.output.json {
        total.write(out, Some(started.elapsed()))?;
        if interrupted.load(Ordering::Relaxed) {
            writeln!(out, "interrupted: this is what was known by then")?;
        }
    }
    Ok(total.worst().exit_status())
}

/// Runs everything, and writes the line of each scenario when it and all before it are done.
fn run_all(
    arguments: &SuiteArguments,
    target: &mut Target,
    tasks: &Tasks<'_>,
    interrupted: &Arc<AtomicBool>,
    pages: &mut Option<Pages>,
    out: &mut dyn Write,
) -> Result<Total, CliError> {
    let mut total = Total::default();
    let jobs = arguments.jobs;
    // Only how long they take is of interest, which does not depend on when replicas start.
    let plans = tasks.scenarios.iter().map(|scenario| {
        let seeds = tasks.seeds_of(scenario);
        (Plan::new(scenario, seeds.start), seeds.end - seeds.start)
    });
    let company = RealTimeProgress::begin(target, plans, jobs, interrupted, false);
    let run = |(scenario, seed)| run_and_keep(arguments, target, scenario, seed);
    ordered_map(tasks.iter(), jobs, interrupted, run, |outcomes| {
        let mut write = |scenario: &Scenario| {
            let count = tasks.seeds_of(scenario).count();
            let runs = (&mut *outcomes).take(count);
            let line = take_runs(arguments, runs, &mut total, pages, out)?;
            let _room = company.make_room();
            if let Some(line) = line.filter(|_| !arguments.output.json) {
                line.write(out)?;
            }
            Ok(out.flush()?)
        };
        // A run under way whose result cannot be written is not worth waiting for.
        let written: Result<(), CliError> = tasks.scenarios.iter().try_for_each(&mut write);
        written.inspect_err(|_| interrupted.store(true, Ordering::Relaxed))
    })?;
    Ok(total)
}

/// Runs a scenario with a seed. What the executable writes goes to a folder of this run's own, if it
/// is to be kept.
fn run_and_keep(
    arguments: &SuiteArguments,
    target: &Target,
    scenario: &Scenario,
    seed: u64,
) -> Result<Outcome, CliError> {
    let options = arguments.output.options();
    let Some(folder) = &arguments.keep.folder else {
        return Ok(run_once(target, scenario, seed, options));
    };
    let folder = Some(folder.join(format!("{}-{seed}", scenario.name)));
    let target = target.clone().keep_output(&KeepArguments { folder })?;
    Ok(run_once(&target, scenario, seed, options))
}

/// What is to be run: all seeds of each scenario, in order.
struct Tasks<'s> {
    scenarios: &'s [Scenario],
    seeds: Option<Range<u64>>,
}

impl<'s> Tasks<'s> {
    fn seeds_of(&self, scenario: &Scenario) -> Range<u64> {
        seeds_of(scenario, self.seeds.as_ref())
    }

    fn iter(&self) -> impl Iterator<Item = (&'s Scenario, u64)> {
        self.scenarios
            .iter()
            .flat_map(|scenario| self.seeds_of(scenario).map(move |seed| (scenario, seed)))
    }
}

/// Loads all scenarios of files and folders, and passes their warnings on.
pub(crate) fn load_all(paths: &[PathBuf]) -> Result<Vec<Scenario>, CliError> {
    let (mut scenarios, mut warnings) = (Vec::new(), Vec::new());
    for path in paths {
        for (scenario, about) in load_suite(path)? {
            scenarios.push(scenario);
            warnings.extend(about);
        }
    }
    warn(&warnings);
    Ok(scenarios)
}

/// Writes what is to be written of each run of a scenario, and sums them up. There are fewer than there
/// should be after Ctrl-C.
fn take_runs(
    arguments: &SuiteArguments,
    outcomes: impl Iterator<Item = Result<Outcome, CliError>>,
    total: &mut Total,
    pages: &mut Option<Pages>,
    out: &mut dyn Write,
) -> Result<Option<Line>, CliError> {
    let mut line: Option<Line> = None;
    for outcome in outcomes {
        let outcome = outcome?;
        let name = format!("{}-{}.jsonl", outcome.plan.scenario, outcome.plan.seed);
        if let Some(folder) = &arguments.output.trace {
            write_trace(&folder.join(&name), &outcome)?;
        }
        if let Some(folder) = &arguments.output.history {
            write_history(&folder.join(&name), &outcome)?;
        }
        if let Some(pages) = pages {
            pages.add(&outcome)?;
        }
        if arguments.output.json {
            json::write(out, &outcome)?;
        }
        total.add(&outcome);
        match &mut line {
            Some(line) => line.add(&outcome),
            None => line = Some(Line::new(&outcome)),
        }
    }
    Ok(line)
}

/// The first Ctrl-C ends the command after what is under way; a second one ends it at once.
pub(crate) fn watch_for_ctrl_c() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    let watching = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        // On a line of its own, below a status line or the terminal's ^C.
        let line = if std::io::stderr().is_terminal() { "\n" } else { "" };
        eprintln!("{line}stopping after the runs under way; again to stop at once");
    });
    if let Err(error) = watching {
        eprintln!("warning: Ctrl-C will end this without a report: {error}");
    }
    interrupted
}
