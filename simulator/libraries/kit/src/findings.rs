//! The program of a library under test: it repeats the stored failures, or explores scenarios.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use simulation::UnderTest;
use simulation::check::{Class, judge};
use simulation::engine::{Options, silence_caught_panics};
use simulation::explore::{Counters, Finding, explore};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulation::shrink::{Effort, shrink, to_the_end};
use simulator::files::{load_failure, load_suite, save_failure};
use simulator::report::{layout::Page, plan};

type Error = Box<dyn std::error::Error>;

/// A system of the program, with the short name by which its arguments choose it.
pub type Named<'s> = (&'s str, &'s dyn UnderTest);

const USAGE: &str = "arguments: none, to repeat the findings that are stored; or
  explore SYSTEM SCENARIOS FIRST..END [FOLDER]   run scenarios, and save a failure of each kind
  table FIRST..END SCENARIOS...                  run families with all systems, and print a row for each
  shrink FILE TO                                 make a failure small
  trace FILE                                     print the events of a failure, one a line";

/// Runs the program on its arguments. `folder` has the stored failures.
///
/// The exit status is 0 if all stored failures are reproduced, or if no run of an exploration fails.
pub fn main(systems: &[Named<'_>], folder: &Path) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    silence_caught_panics();
    let done = match *arguments.as_slice() {
        [] => repeat_all(systems, folder),
        ["explore", system, scenarios, seeds] => {
            explore_all(systems, system, scenarios, seeds, None)
        }
        ["explore", system, scenarios, seeds, folder] => {
            explore_all(systems, system, scenarios, seeds, Some(Path::new(folder)))
        }
        ["table", seeds, ref families @ ..] => table(systems, seeds, families),
        ["shrink", file, to] => shrink_file(systems, Path::new(file), Path::new(to)),
        ["trace", file] => trace_file(systems, Path::new(file)),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Repeats each stored failure twice, and says whether it came out as it is stored.
fn repeat_all(systems: &[Named<'_>], folder: &Path) -> Result<bool, Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    // A library in which nothing was found has no folder.
    if folder.is_dir() {
        let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        files = entries.collect::<io::Result<_>>()?;
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut stdout = io::stdout().lock();
    let mut reproduced = 0;
    for file in &files {
        let failure = load_failure(file)?;
        let system = system_of(systems, &failure)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let mut out = Page::of_stdout(&mut stdout);
        writeln!(out, "{name}\n\n  {}\n", failure.system)?;
        plan::write(&mut out, &failure.plan)?;
        let same = twice(system, &failure.plan)
            .filter(|again| again.digest == failure.digest && again.check == failure.check);
        match same {
            Some(again) => {
                reproduced += 1;
                writeln!(out, "\n  {}\n  digest {}, as stored\n", again.finding(), again.digest)?;
            }
            None => writeln!(out, "\n  NOT REPRODUCED: {}\n", failure.finding())?,
        }
        out.flush()?;
    }
    writeln!(stdout, "{reproduced} of {} findings are reproduced", files.len())?;
    Ok(reproduced == files.len())
}

/// Returns the failure of a plan, if two runs of it fail with the same digest.
fn twice(system: &dyn UnderTest, plan: &Plan) -> Option<Failure> {
    let first = Failure::find(system, plan)?;
    let second = Failure::find(system, plan)?;
    (first.digest == second.digest).then_some(first)
}

fn system_of<'s>(systems: &[Named<'s>], failure: &Failure) -> Result<&'s dyn UnderTest, Error> {
    let found = systems.iter().find(|(_, system)| system.name() == failure.system);
    let missing = || format!("there is no system called {} in this program", failure.system);
    Ok(found.ok_or_else(missing)?.1)
}

/// Runs seeds of scenarios, prints a row for each scenario, and saves a failure of each kind.
///
/// Exceeded budgets are no findings: those of the scenarios are meant for the bundled replica.
fn explore_all(
    systems: &[Named<'_>],
    system: &str,
    scenarios: &str,
    seeds: &str,
    folder: Option<&Path>,
) -> Result<bool, Error> {
    let known = || systems.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = systems.iter().find(|(name, _)| *name == system);
    let (name, system) =
        *found.ok_or_else(|| format!("the systems are {}; expected one of them", known()))?;
    let seeds = range(seeds).ok_or("the seeds must be a range such as 0..100")?;
    let mut kinds = BTreeMap::new();
    println!("{HEAD}");
    for (scenario, _) in load_suite(scenarios)? {
        let name = format!("{name} | {}", scenario.name);
        kinds = row(&name, system, &[scenario], &seeds, kinds)?;
    }
    for (kind, failure) in &kinds {
        println!("\n{kind}: {}, seed {}", failure.plan.scenario, failure.plan.seed);
        println!("  {}", failure.reason.replace('\n', "\n  "));
        if let Some(folder) = folder {
            let file = format!("{name}-{}.json", kind.replace([',', ' '], "-").replace("--", "-"));
            save_failure(failure, &folder.join(file))?;
        }
    }
    Ok(kinds.is_empty())
}

/// Runs families with all systems, and prints a row for each.
fn table(systems: &[Named<'_>], seeds: &str, families: &[&str]) -> Result<bool, Error> {
    let seeds = range(seeds).ok_or("the seeds must be a range such as 0..100")?;
    println!("{HEAD}");
    for (_, system) in systems {
        for family in families {
            let scenarios: Vec<_> = load_suite(family)?.into_iter().map(|(it, _)| it).collect();
            let family = Path::new(family).file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("{} | {family}", system.name());
            row(&name, *system, &scenarios, &seeds, BTreeMap::new())?;
        }
    }
    Ok(true)
}

/// The first failure of each kind.
type Kinds = BTreeMap<String, Failure>;

const HEAD: &str = "| system | scenarios | runs | operations | runs with findings |
| --- | --- | --- | --- | --- |";

/// Runs seeds of scenarios, and prints a row of a table.
fn row(
    name: &str,
    system: &dyn UnderTest,
    scenarios: &[Scenario],
    seeds: &Range<u64>,
    mut kinds: Kinds,
) -> Result<Kinds, Error> {
    let (mut operations, mut tally) = (0, BTreeMap::<String, usize>::new());
    for scenario in scenarios {
        require_determinism(system, scenario, seeds.clone())?;
        let (failures, counters) = explore_one(system, scenario, seeds.clone());
        operations += counters.operations;
        for failure in failures {
            let kind = format!("{}, {}", failure.class.name(), failure.check);
            *tally.entry(kind.clone()).or_default() += 1;
            kinds.entry(kind).or_insert(failure);
        }
    }
    let tally: Vec<_> = tally.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let findings = if tally.is_empty() { "none".to_owned() } else { tally.join("; ") };
    let runs = (seeds.end - seeds.start) * scenarios.len() as u64;
    println!("| {name} | {runs} | {operations} | {findings} |");
    Ok(kinds)
}

fn range(text: &str) -> Option<Range<u64>> {
    let (first, end) = text.split_once("..")?;
    Some(first.parse().ok()?..end.parse().ok()?).filter(|seeds: &Range<u64>| !seeds.is_empty())
}

/// Runs the first seeds twice. A difference means that a clock, a hash order or a random source reaches the run.
fn require_determinism(
    system: &dyn UnderTest,
    scenario: &Scenario,
    seeds: Range<u64>,
) -> Result<(), Error> {
    for seed in seeds.take(2) {
        let plan = system.plan(scenario, seed);
        let run = || system.run(&plan, Options::default()).digest;
        if run() != run() {
            let name = &scenario.name;
            return Err(format!("{name}, seed {seed}: two runs of the plan differ").into());
        }
    }
    Ok(())
}

/// Returns the failures of a scenario's runs by seed, and the counters of all runs.
fn explore_one(
    system: &dyn UnderTest,
    scenario: &Scenario,
    seeds: Range<u64>,
) -> (Vec<Failure>, Counters) {
    let (mut failures, mut counters) = (Vec::new(), Counters::default());
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    explore(system, std::slice::from_ref(scenario), seeds, jobs, Some, |finding| {
        match finding {
            Some(Finding::Failed(failure)) if failure.class != Class::Budget => {
                failures.push(*failure);
            }
            Some(Finding::Done(done)) => counters.add(&done.counters),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    failures.sort_by_key(|failure| failure.plan.seed);
    (failures, counters)
}

/// Prints the events of a stored failure.
fn trace_file(systems: &[Named<'_>], file: &Path) -> Result<bool, Error> {
    let failure = load_failure(file)?;
    let options = Options { trace: true, ..Options::default() };
    let evidence = system_of(systems, &failure)?.run(&failure.plan, options);
    simulation::trace::write(&mut io::stdout().lock(), &evidence.trace)?;
    Ok(true)
}

/// Makes a stored failure small, and stores the result.
fn shrink_file(systems: &[Named<'_>], file: &Path, to: &Path) -> Result<bool, Error> {
    let failure = load_failure(file)?;
    let system = system_of(systems, &failure)?;
    let effort = Effort { jobs: 2, ..Effort::default() };
    let shrunk = shrink(system, &failure, effort, &mut to_the_end)?;
    save_failure(&shrunk.failure, to)?;
    let mut stdout = io::stdout().lock();
    let mut out = Page::of_stdout(&mut stdout);
    plan::write(&mut out, &shrunk.failure.plan)?;
    let evidence = system.run(&shrunk.failure.plan, Options::default());
    for check in judge(&shrunk.failure.plan, &evidence).failed() {
        writeln!(out, "\n  {}: {}", check.name, check.detail.replace('\n', "\n    "))?;
    }
    out.flush()?;
    Ok(true)
}
