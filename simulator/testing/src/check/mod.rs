//! One line in a test: many seeds of many scenarios, and the smallest failure if there is one.

mod hidden;
mod report;

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, io};

use simulation::UnderTest;
use simulation::explore::{Chunk, Finding, explore, number};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::pool;
use simulation::scenario::Scenario;
use simulation::shrink::{Effort, shrink, to_the_end};

use crate::files::{load_failure, load_suite, save_failure};

/// The variable with the seeds to run in place of those that the test names: `A..B`, or one seed.
const SEEDS: &str = "SIMULATION_SEEDS";

/// The seeds of a test that names none.
const DEFAULT_SEEDS: Range<u64> = 0..100;

/// The number of seeds of each scenario that are run twice.
const TWICE: u64 = 2;

/// A check of a system: see [`check`].
#[must_use = "nothing runs before `run` is called"]
pub struct Check<'s> {
    system: &'s dyn UnderTest,
    scenarios: Vec<Scenario>,
    plans: Vec<Plan>,
    seeds: Range<u64>,
    failures: PathBuf,
}

/// Checks a system of your own in a test.
///
/// It runs every seed of every scenario on all cores. Where one fails, it shrinks the failure, saves it, and panics
/// with the finding, the smallest plan and what happened in it. Failures that were saved before are tried first, so
/// that a test that failed once fails at once until the system is mended.
///
/// The environment variable `SIMULATION_SEEDS` (`0..5000`, or one seed) takes the place of the seeds in the test.
///
/// ```
/// use testing::simulation::bundled::Bundled;
///
/// testing::check(&Bundled::default()).scenarios("cuts").seeds(0..2).run();
/// ```
pub fn check(system: &dyn UnderTest) -> Check<'_> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let failures = package.join("simulation-failures");
    Check { system, scenarios: Vec::new(), plans: Vec::new(), seeds: DEFAULT_SEEDS, failures }
}

impl Check<'_> {
    /// Adds the scenarios of a file, of a folder, or of the stock: a family such as `cuts`, or one such as `crash-3`.
    ///
    /// # Panics
    ///
    /// If there are none, or one cannot be read.
    pub fn scenarios(mut self, called: impl AsRef<Path>) -> Self {
        match load_suite(called) {
            Ok(loaded) => self.scenarios.extend(loaded.into_iter().map(|(scenario, _)| scenario)),
            Err(error) => panic!("{error}"),
        }
        self
    }

    /// Adds a plan of your own, such as a [`Script`](simulation::plan::Script): one run, whatever the seeds.
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plans.push(plan);
        self
    }

    /// Adds a scenario of your own, such as one from [`Scenario::builder`].
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenarios.push(scenario);
        self
    }

    /// Sets the seeds; the default is `0..100`.
    pub fn seeds(mut self, seeds: Range<u64>) -> Self {
        self.seeds = seeds;
        self
    }

    /// Sets the folder in which failures are kept; the default is `simulation-failures` in the package.
    pub fn failures(mut self, folder: impl Into<PathBuf>) -> Self {
        self.failures = folder.into();
        self
    }

    /// Runs the check.
    ///
    /// # Panics
    ///
    /// If a run fails; if two runs of one seed or plan differ; or if there is nothing to run.
    pub fn run(self) {
        if let Some(failed) = self.find() {
            panic!("{failed}");
        }
    }

    /// Runs the check, and returns the report of the first failure; `None` if all runs pass.
    ///
    /// # Panics
    ///
    /// If there is nothing to run, if a plan is out of range, or a saved failure cannot be read.
    pub fn find(self) -> Option<String> {
        let seeds = self.asked_seeds();
        assert!(
            !(self.scenarios.is_empty() && self.plans.is_empty()),
            "nothing to run was given: call `scenarios`, `scenario` or `plan`"
        );
        assert!(!seeds.is_empty(), "no seed is in {}..{}", seeds.start, seeds.end);
        simulation::engine::silence_caught_panics();
        if let Some((path, failure)) = self.kept() {
            return Some(report::of(self.system, &failure, &path, report::Kept::Before));
        }
        for plan in &self.plans {
            if let Some(found) = hidden::difference(self.system, plan) {
                return Some(found);
            }
            if let Some(failure) = Failure::find(self.system, plan) {
                return Some(self.report(failure));
            }
        }
        let twice = seeds.start..seeds.end.min(seeds.start.saturating_add(TWICE));
        for scenario in &self.scenarios {
            for seed in twice.clone() {
                let plan = self.system.plan(scenario, seed);
                if let Some(found) = hidden::difference(self.system, &plan) {
                    return Some(found);
                }
            }
        }
        self.first(seeds).map(|failure| self.report(failure))
    }

    /// Shrinks a failure, saves it, and returns its report.
    fn report(&self, failure: Failure) -> String {
        let effort = Effort { jobs: pool::cores(), ..Effort::default() };
        let smallest = shrink(self.system, &failure, effort, &mut to_the_end);
        let failure = smallest.map_or(failure, |shrunk| shrunk.failure);
        let path = self.failures.join(format!("{}.json", failure.plan.scenario.replace('/', "-")));
        let saved = fs::create_dir_all(&self.failures).and_then(|()| save_failure(&failure, &path));
        let kept = saved.map_or_else(report::Kept::Not, |()| report::Kept::Now);
        report::of(self.system, &failure, &path, kept)
    }

    /// The seeds that the environment asks for, or else the test.
    fn asked_seeds(&self) -> Range<u64> {
        let Ok(asked) = env::var(SEEDS) else { return self.seeds.clone() };
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let range = match asked.split_once("..") {
            Some((first, end)) => number(first).zip(number(end)).map(|(first, end)| first..end),
            None => number(&asked).map(|seed| seed..seed.saturating_add(1)),
        };
        range
            .unwrap_or_else(|| panic!("{SEEDS}={asked}: expected a seed or a range such as 0..100"))
    }

    /// The first failure in the folder that this system still has.
    fn kept(&self) -> Option<(PathBuf, Failure)> {
        let entries = match fs::read_dir(&self.failures) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            entries => {
                entries.unwrap_or_else(|error| panic!("{}: {error}", self.failures.display()))
            }
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let is_failure = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
        let mut paths: Vec<PathBuf> = paths.filter(is_failure).collect();
        paths.sort();
        let failures = paths.into_iter().map(|path| {
            let failure = load_failure(&path).unwrap_or_else(|error| panic!("{error}"));
            (path, failure)
        });
        let mut ours = failures.filter(|(_, failure)| failure.system == self.system.name());
        ours.find_map(|(path, failure)| Some((path, failure.again(self.system, &failure.plan)?)))
    }

    /// The failure of the first seed that fails, in the order in which they would be run one by one.
    fn first(&self, seeds: Range<u64>) -> Option<Failure> {
        let scenarios = &self.scenarios;
        let index =
            |name: &str| scenarios.iter().position(|it| it.name == name).unwrap_or_default();
        let place = |index, seed| (number(scenarios.len(), index, &seeds, seed), seed);
        // Chunks after the first one with a failure need not be run, those before it must be.
        let last = AtomicU64::new(u64::MAX);
        let rest = |chunk: Chunk| {
            let (number, _) = place(chunk.scenario, chunk.first);
            (number <= last.load(Ordering::Relaxed)).then_some(chunk)
        };
        let mut first: Option<((u64, u64), Failure)> = None;
        explore(self.system, scenarios, seeds.clone(), pool::cores(), rest, |finding| {
            if let Some(Finding::Failed(failure)) = finding {
                let place = place(index(&failure.plan.scenario), failure.plan.seed);
                last.fetch_min(place.0, Ordering::Relaxed);
                if first.as_ref().is_none_or(|(other, _)| place < *other) {
                    first = Some((place, *failure));
                }
            }
            ControlFlow::Continue(())
        });
        first.map(|(_, failure)| failure)
    }
}

impl std::fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scenarios = self.scenarios.iter().map(|scenario| &scenario.name);
        f.debug_struct("Check")
            .field("system", &self.system.name())
            .field("scenarios", &scenarios.collect::<Vec<_>>())
            .field("plans", &self.plans.iter().map(|plan| &plan.scenario).collect::<Vec<_>>())
            .field("seeds", &self.seeds)
            .field("failures", &self.failures)
            .finish()
    }
}
