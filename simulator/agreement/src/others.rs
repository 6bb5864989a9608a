//! Other people's replicas, as unmodified executables.
//!
//! They run in real time under the original, and in virtual time under ours.
//!
//! The tables do not name them: A is the first, and so on.

use std::path::{Path, PathBuf};

use executables::External;
use simulation::pool;
use simulation::scenario::Scenario;

use crate::{Arguments, ours, runs, table};

/// The least difference in total messages that is a disagreement, in percent.
const LIMIT_PERCENT: f64 = 10.0;

/// Compares the replicas one after the other, prints their tables, and returns the disagreements.
///
/// A table is printed as soon as it is measured.
///
/// # Errors
///
/// If a replica cannot be run at all.
pub(crate) fn compare(
    arguments: &Arguments,
    scenarios: &[Scenario],
) -> Result<Vec<String>, String> {
    let systems: Vec<External> = arguments
        .other
        .iter()
        .map(|path| External::new(path).map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    let mut disagreements = Vec::new();
    for ((letter, replica), system) in lettered(&arguments.other).zip(&systems) {
        let (runs, jobs) = (arguments.runs, arguments.jobs);
        let original =
            runs::under_original(&arguments.original, scenarios, &[replica], runs, jobs)?;
        // These runs come afterwards, so that they do not disturb the original, which runs in real time.
        let ours = ours::run_all(system, scenarios, 0..arguments.seeds, pool::cores());
        let rows = original.rows(scenarios, ours);
        println!("### {letter}\n\n{}", table::other(&rows));
        println!("{}", table::remarks(&rows, &original.problems));
        let found = rows.iter().filter_map(|row| row.disagreement(LIMIT_PERCENT));
        disagreements.extend(found.map(|it| format!("{letter}, {it}")));
    }
    Ok(disagreements)
}

/// Returns the replicas with their letters, and prints these on standard error.
pub(crate) fn lettered(replicas: &[PathBuf]) -> impl Iterator<Item = (char, &Path)> {
    ('A'..).zip(replicas).map(|(letter, path)| {
        eprintln!("{letter} is {}", path.display());
        (letter, path.as_path())
    })
}
