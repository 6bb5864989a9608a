//! Many runs under the original, several at a time.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use simulation::scenario::Scenario;

use crate::original::{self, Original};
use crate::parallel;
use crate::row::Row;
use crate::sample::Sample;

/// The results of many runs.
#[derive(Debug)]
pub(crate) struct Runs {
    /// The samples by scenario, then by replica. There are fewer than planned where runs failed.
    pub samples: Vec<Vec<Vec<Sample>>>,
    /// The reasons for missing samples: a run never ended, or the original broke off.
    ///
    /// This is a result, too, since some replicas cause it now and then.
    pub problems: Vec<String>,
}

impl Runs {
    /// Returns a row for each scenario, of the first other replica.
    pub(crate) fn rows(&self, scenarios: &[Scenario], ours: Vec<Vec<Sample>>) -> Vec<Row> {
        let of = |((scenario, replicas), ours): ((&Scenario, &Vec<Vec<Sample>>), _)| Row {
            scenario: scenario.name.clone(),
            original: replicas[0].clone(),
            ours,
        };
        scenarios.iter().zip(&self.samples).zip(ours).map(of).collect()
    }
}

/// Runs each scenario with each replica `times` times.
///
/// Replicas that are to be compared run at about the same time. Each run is reported on standard error as it ends,
/// with its result, so that nothing is lost if the rest never ends.
///
/// # Errors
///
/// If the original or a replica cannot be found.
pub(crate) fn under_original(
    folder: &Path,
    scenarios: &[Scenario],
    replicas: &[&Path],
    times: u32,
    jobs: u32,
) -> Result<Runs, String> {
    let original = Original::open(folder)?;
    for replica in replicas {
        original::absolute(replica)?;
    }
    let mut tasks = Vec::new();
    for _ in 0..times {
        for (place, scenario) in scenarios.iter().enumerate() {
            tasks.extend((0..replicas.len()).map(|replica| (place, scenario, replica)));
        }
    }
    let finished = AtomicUsize::new(0);
    let results = parallel::each(jobs as usize, &tasks, |&(_, scenario, replica)| {
        let result = original.run(replicas[replica], scenario);
        let number = finished.fetch_add(1, Ordering::Relaxed) + 1;
        let run = format!("{} with {}", scenario.name, replicas[replica].display());
        let found = match &result {
            Ok(sample) => format!("{} messages, {:?}", sample.total_messages, sample.verdict),
            Err(problem) => problem.clone(),
        };
        eprintln!("[{number}/{}] {run}: {found}", tasks.len());
        result
    });

    let mut samples = vec![vec![Vec::new(); replicas.len()]; scenarios.len()];
    let mut problems = Vec::new();
    for (&(place, scenario, replica), result) in tasks.iter().zip(results) {
        match result {
            Ok(sample) => samples[place][replica].push(sample),
            Err(problem) => problems.push(format!("{}: {problem}", scenario.name)),
        }
    }
    Ok(Runs { samples, problems })
}
