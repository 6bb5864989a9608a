//! The hunt for a bug: runs of the stock families until one fails.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use simulation::UnderTest;
use simulation::check::Class;
use simulation::failure::Failure;
use simulation::json::ScenarioError;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulator::files::load_suite;

/// All scenarios of this repository, by their folder below `scenarios`.
#[derive(Clone, Debug)]
pub struct Families(Vec<(String, Scenario)>);

/// The folder of the course's own scenarios, which hunts leave out.
///
/// No two clients share a key there.
const COURSE: &str = "course/";

/// The result of a hunt.
#[derive(Debug)]
pub struct Found {
    /// The scenario, as in [`Bug::family`](crate::Bug::family).
    pub family: String,
    /// The first run that failed.
    pub failure: Failure,
    /// The number of runs, with the one that failed.
    pub runs: u64,
    /// The processor time of the runs.
    pub time: Duration,
}

impl Families {
    /// Loads the scenarios of all folders in `scenarios`.
    ///
    /// # Errors
    ///
    /// If one of them cannot be loaded.
    pub fn load() -> Result<Self, ScenarioError> {
        let mut all = Vec::new();
        for folder in folders() {
            let group = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for (scenario, _) in load_suite(&folder)? {
                all.push((format!("{group}/{}", scenario.name), scenario));
            }
        }
        Ok(Families(all))
    }

    /// Returns the scenario of that name.
    pub fn get(&self, family: &str) -> Option<&Scenario> {
        self.0.iter().find(|(name, _)| name == family).map(|(_, scenario)| scenario)
    }

    /// Keeps only the scenarios with these names.
    ///
    /// # Errors
    ///
    /// Names the first one that does not exist.
    pub fn only(mut self, names: &[String]) -> Result<Self, String> {
        let missing = names.iter().find(|name| self.get(name).is_none());
        if let Some(name) = missing {
            return Err(format!("there is no scenario scenarios/{name}.json"));
        }
        self.0.retain(|(name, _)| names.contains(name));
        Ok(self)
    }

    /// Returns the stock families: all scenarios but the course's, with their names.
    pub fn stock(&self) -> impl Iterator<Item = (&str, &Scenario)> {
        let ours = self.0.iter().filter(|(name, _)| !name.starts_with(COURSE));
        ours.map(|(name, scenario)| (name.as_str(), scenario))
    }

    /// Runs seed after seed until a run fails or there were `most`.
    ///
    /// Each seed runs on all stock families.
    pub fn hunt(&self, system: &dyn UnderTest, first_seed: u64, most: u64) -> Option<Found> {
        let started = time_of_thread();
        let runs = (first_seed..).flat_map(|seed| self.stock().map(move |family| (seed, family)));
        (1..=most).zip(runs).find_map(|(runs, (seed, (family, scenario)))| {
            let failure = Failure::find(system, &Plan::new(scenario, seed))?;
            // A run on which the checker gave up does not count as found.
            if failure.class == Class::Unknown {
                return None;
            }
            let time = time_of_thread().saturating_sub(started);
            Some(Found { family: family.to_owned(), failure, runs, time })
        })
    }
}

/// Returns the processor time of this thread, which does not depend on other programs.
fn time_of_thread() -> Duration {
    processor_time(ClockId::ThreadCPUTime)
}

/// How long a clock of processor time has run.
pub(crate) fn processor_time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let part = |number: i64| number.unsigned_abs();
    Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))
}

/// Returns the folders of scenarios, by name.
fn folders() -> Vec<PathBuf> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|it| it.is_dir()).collect();
    folders.sort();
    folders
}
