//! Compares this simulator, called *ours*, with the course's original.
//!
//! ```text
//! cargo build --release -p stormglass-replica
//! cargo run --release -p agreement -- FOLDER_OF_THE_ORIGINAL
//! ```
//!
//! Every course scenario runs under the original, in real time and with the bundled replica as processes, and under
//! ours with many seeds. The tables go to standard output, the progress to standard error. Exit status: 0 if they
//! agree, 1 if they do not, 2 if it could not be measured.
//!
//! With `--other FILE` the replica is another's: an executable under both, in virtual time under ours.
//!
//! ```text
//!   original ── report ──▶ runs ──┐
//!                                 ├─▶ sample ──▶ row ──▶ table
//!   ours ─────────────────────────┘      └─────▶ calibration
//! ```
//!
//! [`original`] starts the Python script, [`report`] reads its output, and [`runs`] repeats both; [`ours`] runs the
//! engine. Both yield [`sample`]s. A [`row`] is one scenario under both, with the judgement; [`chance`] says if two
//! shares of runs may be the same. The [`floor`] is another standard for messages. [`ways`] runs the replica's
//! program under ours, [`others`] other people's replicas. The results and their meaning are in
//! `simulator/docs/agreement.md` and `simulator/docs/others.md`.
#![forbid(unsafe_code)]

mod calibration;
mod chance;
mod floor;
mod original;
mod others;
mod ours;
mod parallel;
mod report;
mod row;
mod runs;
mod sample;
mod table;
#[cfg(test)]
mod tests;
mod ways;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use simulation::bundled::Bundled;
use simulation::scenario::Scenario;
use simulator::files::load_suite;

use calibration::Calibration;
use original::Scratch;

/// The least difference in total messages that is a disagreement, in percent.
///
/// It is for the bundled replica.
const LIMIT_PERCENT: f64 = 10.0;

/// Compares this simulator with the original one.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of the original simulator, which holds its script `run`.
    original: PathBuf,
    /// The bundled replica's program.
    #[arg(long, value_name = "FILE", default_value = "target/release/replica")]
    replica: PathBuf,
    /// The scenarios.
    #[arg(long, value_name = "PATH", default_value = "scenarios/course")]
    scenarios: PathBuf,
    /// How often each scenario runs under the original.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How many seeds each scenario runs with under ours.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// How many runs of the original at a time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    jobs: u32,
    /// Another replica, run as well as the bundled one to compare latencies. May be repeated.
    #[arg(long, value_name = "FILE")]
    beside: Vec<PathBuf>,
    /// Another's replica: it runs in the place of the bundled one, as an executable in virtual time under
    /// ours. May be repeated; each gets a table.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["replica", "beside", "ways", "calibrate"])]
    other: Vec<PathBuf>,
    /// Run the replica's program under ours, too, in virtual time and in real time.
    #[arg(long)]
    ways: bool,
    /// Measure what the original's router takes for a message, and nothing else.
    #[arg(long)]
    calibrate: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = if arguments.calibrate { calibrate(&arguments) } else { compare(&arguments) };
    result.unwrap_or_else(|problem| {
        eprintln!("agreement: {problem}");
        ExitCode::from(2)
    })
}

/// Runs everything, prints the tables, and returns the exit status.
fn compare(arguments: &Arguments) -> Result<ExitCode, String> {
    let scenarios = load(&arguments.scenarios)?;
    let disagreements = if arguments.other.is_empty() {
        compare_bundled(arguments, &scenarios)?
    } else {
        others::compare(arguments, &scenarios)?
    };
    for disagreement in &disagreements {
        eprintln!("disagreement in {disagreement}");
    }
    Ok(ExitCode::from(u8::from(!disagreements.is_empty())))
}

/// Compares the bundled replica and those of `--beside`, and returns the disagreements.
fn compare_bundled(arguments: &Arguments, scenarios: &[Scenario]) -> Result<Vec<String>, String> {
    let mut names = vec!["bundled".to_owned()];
    let mut replicas = vec![arguments.replica.as_path()];
    for (letter, replica) in others::lettered(&arguments.beside) {
        names.push(letter.to_string());
        replicas.push(replica);
    }
    let (runs, jobs) = (arguments.runs, arguments.jobs);
    let original = runs::under_original(&arguments.original, scenarios, &replicas, runs, jobs)?;
    let in_process = |scenario| ours::run(&Bundled::default(), scenario, 0..arguments.seeds);
    let rows = original.rows(scenarios, scenarios.iter().map(in_process).collect());

    println!("{}", table::agreement(&rows));
    println!("{}", table::remarks(&rows, &original.problems));
    println!("{}", table::floors(scenarios, &rows));
    if arguments.ways {
        println!("{}", ways::measure(arguments, scenarios, &rows)?);
    }
    if replicas.len() > 1 {
        println!("{}", table::latencies(&names, scenarios, &original.samples));
    }
    Ok(rows.iter().filter_map(|row| row.disagreement(LIMIT_PERCENT)).collect())
}

/// Runs two scenarios alone, and prints the cost of their requests.
fn calibrate(arguments: &Arguments) -> Result<ExitCode, String> {
    let folder = Scratch::new().map_err(|error| format!("no temporary folder: {error}"))?;
    let scenarios = calibration::scenarios(&folder.0)?;
    let (replica, runs) = (&arguments.replica, arguments.runs);
    let measured = runs::under_original(&arguments.original, &scenarios, &[replica], runs, 1)?;
    if let Some(problem) = measured.problems.first() {
        return Err(problem.clone());
    }
    let [gets, puts] = measured.samples.as_slice() else {
        return Err("there should be two scenarios".to_owned());
    };
    let found = Calibration::of(&gets[0], &puts[0])
        .ok_or("puts were answered faster than gets: something else kept this machine busy")?;
    let microseconds = |nanos: u64| nanos as f64 / 1e3;
    println!(
        "get {:.0} µs, put {:.0} µs (medians of {} runs): a message takes the router {:.0} µs, and a \
         request {:.0} µs besides",
        microseconds(found.get),
        microseconds(found.put),
        arguments.runs,
        microseconds(found.service),
        microseconds(found.rest),
    );
    Ok(ExitCode::SUCCESS)
}

fn load(path: &Path) -> Result<Vec<Scenario>, String> {
    let suite = load_suite(path).map_err(|error| error.to_string())?;
    Ok(suite.into_iter().map(|(scenario, _)| scenario).collect())
}
