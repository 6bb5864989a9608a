//! Four ways to run one replica: under the original; under ours in this process; and under ours as a
//! process, in virtual time and in real time.

use std::sync::atomic::{AtomicUsize, Ordering};

use simulator::external::{External, RealTime};
use simulator::node::System;
use simulator::scenario::Scenario;

use crate::row::Row;
use crate::sample::Sample;
use crate::{Arguments, ours, parallel, table};

/// Runs the replica's program under ours in both clocks, and returns the table of all four ways. In
/// real time there are as many runs as under the original, as many at a time.
///
/// # Errors
///
/// When the program cannot be run.
pub fn measure(
    arguments: &Arguments,
    scenarios: &[Scenario],
    rows: &[Row],
) -> Result<String, String> {
    let virtual_time = External::new(&arguments.replica).map_err(|error| error.to_string())?;
    let real_time = RealTime::new(&arguments.replica).map_err(|error| error.to_string())?;
    let jobs = arguments.jobs as usize;
    let virtual_time = run(&virtual_time, scenarios, arguments.seeds, 1);
    let real_time = run(&real_time, scenarios, u64::from(arguments.runs), jobs);
    Ok(table::ways(rows, &virtual_time, &real_time))
}

/// Samples by scenario.
fn run<S: System + Sync>(
    system: &S,
    scenarios: &[Scenario],
    seeds: u64,
    jobs: usize,
) -> Vec<Vec<Sample>> {
    let tasks: Vec<_> =
        (0..seeds).flat_map(|seed| scenarios.iter().map(move |it| (it, seed))).collect();
    let finished = AtomicUsize::new(0);
    let samples = parallel::each(jobs, &tasks, |&(scenario, seed)| {
        let sample = ours::run_seed(system, scenario, seed);
        let number = finished.fetch_add(1, Ordering::Relaxed) + 1;
        eprintln!("[{number}/{}] {} under ours", tasks.len(), scenario.name);
        sample
    });
    let of = |place: usize| samples.iter().skip(place).step_by(scenarios.len()).cloned().collect();
    (0..scenarios.len()).map(of).collect()
}
