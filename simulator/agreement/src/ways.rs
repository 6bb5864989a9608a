//! Four ways to run one replica.
//!
//! They are: under the original; under ours in this process; and under ours as a process, in virtual time and in real
//! time.

use executables::{External, RealTime};
use simulation::scenario::Scenario;

use crate::row::Row;
use crate::{Arguments, ours, table};

/// Runs the replica's program with both clocks, and returns the table.
///
/// In real time there are as many runs as under the original, and as many at a time.
///
/// # Errors
///
/// If the program cannot be run.
pub(crate) fn measure(
    arguments: &Arguments,
    scenarios: &[Scenario],
    rows: &[Row],
) -> Result<String, String> {
    let virtual_time = External::new(&arguments.replica).map_err(|error| error.to_string())?;
    let real_time = RealTime::new(&arguments.replica).map_err(|error| error.to_string())?;
    let jobs = arguments.jobs as usize;
    let virtual_time = ours::run_all(&virtual_time, scenarios, 0..arguments.seeds, 1);
    let real_time = ours::run_all(&real_time, scenarios, 0..u64::from(arguments.runs), jobs);
    Ok(table::ways(rows, &virtual_time, &real_time))
}
