//! `simulator suite`: runs all scenarios of a folder, and prints a line for each.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::files::load_suite;
use crate::records::{Header, Log, Record, Shard, State};
use crate::report::ci::Results;
use crate::report::layout::{Page, Table, columns};
use crate::report::line::Line;
use crate::report::table::{self, Total};
use crate::report::{Outcome, json, text};
use simulation::plan::Plan;
use simulation::scenario::Scenario;

use super::arguments::SuiteArguments;
use super::error::{CliError, INTERRUPTED};
use super::header;
use super::interrupt::watch_for_ctrl_c;
use super::ordered_map::ordered_map;
use super::pages::Pages;
use super::real_time::RealTimeProgress;
use super::run::{line_of, run_once, seeds_of, warn, write_history, write_trace};
use super::shard;
use super::status::Patience;
use super::target::{KeepArguments, Target};

/// Runs the command.
pub(crate) fn run(arguments: &SuiteArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let mut target = Target::new(&arguments.target)?.keep_output(&arguments.keep)?;
    let scenarios = load_all(&arguments.paths)?;
    arguments.output.refuse_equal_paths(None)?;
    let folders = [&arguments.output.trace, &arguments.output.history];
    for folder in folders.into_iter().flatten() {
        fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
    }
    let interrupted = watch_for_ctrl_c();
    let seeds = |scenario: &Scenario| seeds_of(scenario, arguments.seeds.as_ref());
    let shard = arguments.shard.settle(1, &header::scenario_ids(&scenarios, seeds))?;
    let mut log = begin_record(arguments, &target, &scenarios, shard)?;
    let started = Instant::now();
    let longest_name = scenarios.iter().map(|it| columns(&it.name)).max().unwrap_or(0);
    let runs = arguments.seeds.as_ref().map_or(1, |seeds| seeds.end - seeds.start);
    let table = table::lay_out(out.width(), longest_name, runs);
    if !arguments.output.json {
        if let Some(environment) = target.environment() {
            text::write_environment(out, environment)?;
        }
        table.write_heading(out)?;
        out.flush()?;
    }
    let tasks =
        Tasks { scenarios: &scenarios, seeds: arguments.seeds.clone(), shard, table: &table };
    let html = arguments.output.html.as_deref();
    let pages = html.map(|folder| Pages::open(folder, "suite: what failed".to_owned()));
    let mut pages = pages.transpose()?;
    let mut results = Results::new("suite");
    let files = &mut Files { pages: &mut pages, log: &mut log, results: &mut results };
    let total = run_all(arguments, &mut target, &tasks, &interrupted, files, out)?;
    let is_whole = total.runs() == tasks.count();
    if let Some(log) = log {
        let state = if is_whole { State::Complete } else { State::Interrupted };
        log.finish(state, None, started.elapsed().as_secs_f64(), |_| ())?;
    }
    arguments.ci.write(&results)?;
    if let Some(mut pages) = pages {
        pages.index.fact(total.in_words());
        pages.close()?;
    }
    if !arguments.output.json {
        total.write(out, &table, Some(started.elapsed()))?;
        if interrupted.load(Ordering::Relaxed) {
            writeln!(out, "interrupted: this is what was known by then")?;
        }
    }
    Ok(if is_whole { total.worst().exit_status() } else { INTERRUPTED })
}

/// Begins the record, if there is to be one. It is begun afresh each time.
fn begin_record(
    arguments: &SuiteArguments,
    target: &Target,
    scenarios: &[Scenario],
    shard: Option<Shard>,
) -> Result<Option<Log>, CliError> {
    if shard.is_some() || arguments.output.record.is_some() {
        refuse_equal_names(scenarios)?;
    }
    let Some(path) = &arguments.output.record else { return Ok(None) };
    let seeds = |scenario: &Scenario| seeds_of(scenario, arguments.seeds.as_ref());
    let header = header::header("suite", target, scenarios, seeds)?;
    Ok(Some(Log::begin(path, &Record::new(Header { shard, ..header }))?))
}

/// The files that are written besides the table.
struct Files<'f> {
    pages: &'f mut Option<Pages>,
    log: &'f mut Option<Log>,
    results: &'f mut Results,
}

/// Runs everything, and writes the lines of scenarios in order, as they are done.
fn run_all(
    arguments: &SuiteArguments,
    target: &mut Target,
    tasks: &Tasks<'_>,
    interrupted: &Arc<AtomicBool>,
    files: &mut Files<'_>,
    out: &mut Page<'_>,
) -> Result<Total, CliError> {
    let mut total = Total::default();
    let jobs = arguments.jobs;
    // Only the duration of a plan matters here, which does not depend on when replicas start.
    let plans = tasks.scenarios.iter().enumerate().map(|(place, scenario)| {
        let seeds = tasks.seeds_of(scenario);
        (Plan::new(scenario, seeds.start), tasks.count_of(place))
    });
    let is_virtual = target.real_time().is_none();
    let company = RealTimeProgress::begin(target, plans, jobs, interrupted, false);
    let run = |(scenario, seed)| run_and_keep(arguments, target, scenario, seed);
    ordered_map(tasks.iter(), jobs, interrupted, run, |outcomes| {
        let mut write = |(place, scenario): (usize, &Scenario)| {
            let count = usize::try_from(tasks.count_of(place)).unwrap_or(usize::MAX);
            let runs = (&mut *outcomes).take(count);
            // In real time the company says how far it is.
            let patience = is_virtual.then(|| Patience::new(format!("running {}", scenario.name)));
            let line = take_runs(arguments, runs, &mut total, files, out)?;
            drop(patience);
            let _room = company.make_room();
            if let Some(line) = line.filter(|_| !arguments.output.json) {
                line.write(out, tasks.table)?;
            }
            Ok(out.flush()?)
        };
        // If a result cannot be written, the runs that are left are not worth waiting for.
        let written: Result<(), CliError> =
            tasks.scenarios.iter().enumerate().try_for_each(&mut write);
        written.inspect_err(|_| interrupted.store(true, Ordering::Relaxed))
    })?;
    Ok(total)
}

/// Runs a scenario with a seed. If output is to be kept, it goes to a folder of this run's own.
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

/// The pending runs: all seeds of each scenario, in order.
struct Tasks<'s> {
    scenarios: &'s [Scenario],
    seeds: Option<Range<u64>>,
    shard: Option<Shard>,
    table: &'s Table,
}

impl<'s> Tasks<'s> {
    fn seeds_of(&self, scenario: &Scenario) -> Range<u64> {
        seeds_of(scenario, self.seeds.as_ref())
    }

    /// Returns the seeds of a scenario that are to be run here.
    fn ours(&self, place: usize) -> impl Iterator<Item = u64> + use<> {
        let seeds = self.seeds_of(&self.scenarios[place]);
        let (shard, count) = (self.shard, self.scenarios.len());
        seeds.clone().filter(move |seed| shard::has(shard, count, place, &seeds, *seed))
    }

    /// Returns the number of runs of a scenario.
    fn count_of(&self, place: usize) -> u64 {
        match self.shard {
            None => {
                let seeds = self.seeds_of(&self.scenarios[place]);
                seeds.end - seeds.start
            }
            Some(_) => self.ours(place).count() as u64,
        }
    }

    /// Returns the number of all runs.
    fn count(&self) -> u64 {
        (0..self.scenarios.len()).map(|place| self.count_of(place)).fold(0, u64::saturating_add)
    }

    fn iter(&self) -> impl Iterator<Item = (&'s Scenario, u64)> {
        self.scenarios
            .iter()
            .enumerate()
            .flat_map(|(place, scenario)| self.ours(place).map(move |seed| (scenario, seed)))
    }
}

/// Refuses scenarios with equal names, because files and records name a scenario's results after it.
pub(super) fn refuse_equal_names(scenarios: &[Scenario]) -> Result<(), CliError> {
    let mut names = BTreeSet::new();
    match scenarios.iter().find(|scenario| !names.insert(&scenario.name)) {
        None => Ok(()),
        Some(twice) => Err(CliError::Usage(format!(
            "two scenarios are named {}: run them one at a time, each with its own --out or --record",
            twice.name
        ))),
    }
}

/// Loads all scenarios of files and folders, and prints their warnings.
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

/// Writes the files of each run of a scenario, and sums the runs up.
///
/// After Ctrl-C there are fewer runs than planned.
fn take_runs(
    arguments: &SuiteArguments,
    outcomes: impl Iterator<Item = Result<Outcome, CliError>>,
    total: &mut Total,
    files: &mut Files<'_>,
    out: &mut Page<'_>,
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
        if let Some(log) = files.log {
            log.run(line_of(&outcome))?;
        }
        if let Some(pages) = files.pages {
            pages.add(&outcome)?;
        }
        files.results.add(&outcome);
        if arguments.output.json {
            json::write(out.verbatim()?, &outcome)?;
        }
        total.add(&outcome);
        match &mut line {
            Some(line) => line.add(&outcome),
            None => line = Some(Line::new(&outcome)),
        }
    }
    Ok(line)
}
