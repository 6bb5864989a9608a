//! `simulator suite`: runs all scenarios of a folder, and prints a line for each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::files::load_suite;
use crate::records::{
    Claim, Header, Log, Record, Run, Shard, State, is_same_work, read, same_scenario, set_aside,
};
use crate::report::ci::Results;
use crate::report::layout::{Page, Table, columns};
use crate::report::line::Line;
use crate::report::table::{self, Total};
use crate::report::{Outcome, json, text};
use simulation::evidence::Recovery;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulation::text::count;

use super::arguments::SuiteArguments;
use super::assumptions;
use super::error::{CliError, INTERRUPTED};
use super::header;
use super::interrupt::watch_for_ctrl_c;
use super::ordered_map::ordered_map;
use super::pages::Pages;
use super::real_time::RealTimeProgress;
use super::run::{run_once, seeds_of, warn, write_history, write_trace};
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
    let (mut log, known) = begin_record(arguments, &target, &scenarios, shard)?;
    let started = Instant::now();
    let longest_name = scenarios.iter().map(|it| columns(&it.name)).max().unwrap_or(0);
    let runs = arguments.seeds.as_ref().map_or(1, |seeds| seeds.end - seeds.start);
    let table = table::lay_out(out.width(), longest_name, runs);
    if !arguments.output.json {
        if let Some(environment) = target.environment() {
            text::write_environment(out, environment)?;
        }
        assumptions::write(out, &*target, &scenarios, seeds)?;
        table.write_heading(out)?;
        out.flush()?;
    }
    let tasks = Tasks {
        scenarios: &scenarios,
        seeds: arguments.seeds.clone(),
        shard,
        known: &known,
        table: &table,
    };
    let html = arguments.output.html.as_deref();
    let pages = html.map(|folder| Pages::open(folder, "suite: what failed".to_owned()));
    let mut pages = pages.transpose()?;
    let mut results = Results::new("suite");
    let files = &mut Files { pages: &mut pages, log: &mut log, results: &mut results };
    let mut sums = Sums::default();
    let mut done = run_all(arguments, &mut target, &tasks, &interrupted, files, &mut sums, out);
    let left = tasks.count().saturating_sub(sums.ended);
    let state = if left == 0 { State::Complete } else { State::Interrupted };
    let finish = |log: Log| log.finish(state, None, started.elapsed().as_secs_f64(), |_| ());
    let closed = log.map_or(Ok(()), |log| finish(log).map(drop));
    done = done.and(closed.map_err(CliError::from));
    if !arguments.output.json {
        write_end(&sums, left, known.len(), arguments, &table, started.elapsed(), out)?;
    }
    // Last, so that a file that cannot be written takes nothing from the report.
    out.flush()?;
    let pages = pages.map_or(Ok(()), |mut pages| {
        pages.index.fact(sums.total.in_words());
        pages.close().map(drop)
    });
    done.and(pages).and(arguments.ci.write(&results))?;
    Ok(if left == 0 { sums.total.worst().exit_status() } else { INTERRUPTED })
}

/// Writes the failures, the sums, and what is left.
fn write_end(
    sums: &Sums,
    left: u64,
    known: usize,
    arguments: &SuiteArguments,
    table: &Table,
    elapsed: Duration,
    out: &mut Page<'_>,
) -> Result<(), CliError> {
    sums.total.write(out, table, Some(elapsed))?;
    let Some(record) = arguments.output.record.as_deref() else {
        if left > 0 {
            writeln!(out, "interrupted: this is what was known by then")?;
        }
        return Ok(());
    };
    if known > 0 {
        let runs = count(known, "run");
        writeln!(out, "{runs} known from {}", record.display())?;
    }
    if left > 0 {
        writeln!(out, "stopped with {left} runs left; the same command goes on from here")?;
    }
    Ok(())
}

/// The runs of an earlier command that need not be made again, by the place of the scenario and the seed.
type KnownRuns = BTreeMap<(usize, u64), Run>;

/// Begins the record, if there is to be one, with the runs of an earlier command that still count.
fn begin_record(
    arguments: &SuiteArguments,
    target: &Target,
    scenarios: &[Scenario],
    shard: Option<Shard>,
) -> Result<(Option<Log>, KnownRuns), CliError> {
    let output = &arguments.output;
    if shard.is_some() || output.record.is_some() {
        refuse_equal_names(scenarios)?;
    }
    let Some(path) = &output.record else { return Ok((None, KnownRuns::new())) };
    let _patience = Patience::new("reading what is known");
    let seeds = |scenario: &Scenario| seeds_of(scenario, arguments.seeds.as_ref());
    let mut header = Header { shard, ..header::header("suite", target, scenarios, seeds)? };
    if let Some(executable) = target.executable() {
        header.folder = Some(header::folder_of(executable, &places(arguments))?);
    }
    let (mut record, mut known) = (Record::new(header), KnownRuns::new());
    let claim = Claim::take(path)?;
    let old = read(path)?.map(|reading| reading.record);
    // A record has no history, no trace, no output and no picture of a run.
    let needs_runs = output.json
        || output.trace.is_some()
        || output.history.is_some()
        || output.html.is_some()
        || arguments.keep.folder.is_some();
    if let Some(old) = old.as_ref().filter(|_| !needs_runs) {
        take_up(old, &mut record, &mut known);
    }
    if old.is_some_and(|it| it.header != record.header && it.runs.len() > record.runs.len()) {
        set_aside(path).map_err(CliError::file(path, "copied"))?;
    }
    Ok((Some(Log::begin(claim, path, &record)?), known))
}

/// Adds earlier runs where nothing has changed since.
fn take_up(old: &Record, record: &mut Record, known: &mut KnownRuns) {
    if !is_same_work(&old.header, &record.header) {
        return;
    }
    let count = record.header.scenarios.len();
    for run in &old.runs {
        let place = same_scenario(&old.header, &record.header, &run.scenario);
        let Some(place) = place else { continue };
        let (seeds, shard) = (record.header.scenarios[place].seeds(), record.header.shard);
        let is_ours =
            seeds.contains(&run.seed) && shard::has(shard, count, place, &seeds, run.seed);
        if is_ours && known.insert((place, run.seed), run.clone()).is_none() {
            record.runs.push(run.clone());
        }
    }
}

/// Returns the files and folders that the command writes; they are no part of an executable.
fn places(arguments: &SuiteArguments) -> Vec<PathBuf> {
    let output = &arguments.output;
    let files = [&output.record, &output.trace, &output.history, &output.html];
    let others = [&arguments.keep.folder, &arguments.ci.junit];
    files.into_iter().chain(others).flatten().cloned().collect()
}

/// The files that are written besides the table.
struct Files<'f> {
    pages: &'f mut Option<Pages>,
    log: &'f mut Option<Log>,
    results: &'f mut Results,
}

/// The sums of all runs.
#[derive(Default)]
struct Sums {
    total: Total,
    /// The number of runs that came to their end. In real time, Ctrl-C ends those under way.
    ended: u64,
}

/// What the runs of a suite have in common.
struct SuiteRun<'s> {
    arguments: &'s SuiteArguments,
    target: &'s Target,
    interrupted: &'s AtomicBool,
}

impl SuiteRun<'_> {
    /// Returns true if Ctrl-C ended a run before its time.
    fn is_cut(&self, outcome: &Outcome) -> bool {
        self.interrupted.load(Ordering::Relaxed)
            && outcome.evidence.real_time
            && outcome.evidence.recovery == Recovery::NotReached
    }
}

/// A run of a suite.
enum Done {
    /// It was made.
    Now(Box<Outcome>),
    /// An earlier command made it.
    Before(Box<Run>),
}

/// Runs everything, and writes the lines of scenarios in order, as they are done.
fn run_all(
    arguments: &SuiteArguments,
    target: &mut Target,
    tasks: &Tasks<'_>,
    interrupted: &Arc<AtomicBool>,
    files: &mut Files<'_>,
    sums: &mut Sums,
    out: &mut Page<'_>,
) -> Result<(), CliError> {
    let jobs = arguments.jobs;
    // Only the duration of a plan matters here, which does not depend on when replicas start.
    let plans = tasks.scenarios.iter().enumerate().map(|(place, scenario)| {
        let seeds = tasks.seeds_of(scenario);
        (Plan::new(scenario, seeds.start), tasks.count_of(place) - tasks.known_of(place))
    });
    let is_virtual = target.real_time().is_none();
    let company = RealTimeProgress::begin(target, plans, jobs, interrupted, false);
    let target: &Target = target;
    let run = |(place, seed)| match tasks.known.get(&(place, seed)) {
        Some(known) => Ok(Done::Before(Box::new(known.clone()))),
        None => {
            let outcome = run_and_keep(arguments, target, &tasks.scenarios[place], seed)?;
            Ok(Done::Now(Box::new(outcome)))
        }
    };
    ordered_map(tasks.iter(), jobs, interrupted, run, |outcomes| {
        let mut write = |(place, scenario): (usize, &Scenario)| {
            let count = usize::try_from(tasks.count_of(place)).unwrap_or(usize::MAX);
            let runs = (&mut *outcomes).take(count);
            // In real time the company says how far it is.
            let patience = is_virtual.then(|| Patience::new(format!("running {}", scenario.name)));
            let suite = SuiteRun { arguments, target, interrupted };
            let line = take_runs(&suite, scenario, runs, sums, files, out)?;
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
    })
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
    known: &'s KnownRuns,
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

    /// Returns the number of runs of a scenario that an earlier command has made.
    fn known_of(&self, place: usize) -> u64 {
        self.known.range((place, 0)..=(place, u64::MAX)).count() as u64
    }

    /// Returns the number of all runs.
    fn count(&self) -> u64 {
        (0..self.scenarios.len()).map(|place| self.count_of(place)).fold(0, u64::saturating_add)
    }

    fn iter(&self) -> impl Iterator<Item = (usize, u64)> {
        (0..self.scenarios.len()).flat_map(|place| self.ours(place).map(move |seed| (place, seed)))
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
    suite: &SuiteRun<'_>,
    scenario: &Scenario,
    runs: impl Iterator<Item = Result<Done, CliError>>,
    sums: &mut Sums,
    files: &mut Files<'_>,
    out: &mut Page<'_>,
) -> Result<Option<Line>, CliError> {
    let mut line: Option<Line> = None;
    for done in runs {
        let run = match done? {
            Done::Now(outcome) => {
                let is_whole = !suite.is_cut(&outcome);
                sums.ended += u64::from(is_whole);
                sums.total.add(&outcome);
                files.results.add(&outcome);
                write_files(suite.arguments, &outcome, is_whole, files, out)?;
                Run::of_outcome(&outcome)
            }
            Done::Before(run) => {
                let path = scenario.path.as_deref().unwrap_or(Path::new(&scenario.name));
                let command = suite.target.replay_command(path, run.seed);
                sums.ended += 1;
                sums.total.add_known(&run, &command);
                files.results.add_known(&run, &command);
                *run
            }
        };
        match &mut line {
            Some(line) => line.add(&run),
            None => line = Some(Line::new(&run)),
        }
    }
    Ok(line)
}

/// Writes the files of a run that was made; the record has only those that came to their end.
fn write_files(
    arguments: &SuiteArguments,
    outcome: &Outcome,
    is_whole: bool,
    files: &mut Files<'_>,
    out: &mut Page<'_>,
) -> Result<(), CliError> {
    let name = format!("{}-{}.jsonl", outcome.plan.scenario, outcome.plan.seed);
    if let Some(log) = files.log.as_mut().filter(|_| is_whole) {
        log.run(Run::of_outcome(outcome))?;
    }
    if arguments.output.json {
        json::write(out.verbatim()?, outcome)?;
    }
    if let Some(folder) = &arguments.output.trace {
        write_trace(&folder.join(&name), outcome)?;
    }
    if let Some(folder) = &arguments.output.history {
        write_history(&folder.join(&name), outcome)?;
    }
    if let Some(pages) = files.pages {
        pages.add(outcome)?;
    }
    Ok(())
}
