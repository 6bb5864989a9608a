//! Holds our simulator against the original: do they agree?
//!
//! ```text
//! cargo build --release -p replica
//! cargo run --release --example agreement -- FOLDER_OF_THE_ORIGINAL
//! ```
//!
//! Every course scenario runs under the original, in real time and with the bundled replica as
//! processes, and under ours with many seeds. The tables go to standard output, the progress to
//! standard error. Exit status: 0 they agree, 1 they do not, 2 it could not be measured.
//!
//! ```text
//!   original ── report ──┐
//!                        ├─▶ sample ──▶ row ──▶ table
//!   ours ────────────────┘      └─────▶ calibration
//! ```
//!
//! [`original`] starts the Python script and [`report`] reads what it prints; [`ours`] runs the engine.
//! Both yield a [`sample`]. A [`row`] is one scenario under both, with the judgement. The [`floor`] is
//! what the messages are measured against besides; `ways` runs the replica's program under ours. What was measured and what it means is in
//! `simulator/docs/agreement.md`.
#![forbid(unsafe_code)]

mod calibration;
mod floor;
mod original;
mod ours;
mod parallel;
mod report;
mod row;
mod sample;
mod table;
mod ways;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clap::Parser;
use simulator::bundled::Bundled;
use simulator::scenario::{Scenario, load_suite};

use calibration::Calibration;
use original::{Original, Scratch};
use row::Row;
use sample::Sample;

/// Holds our simulator against the original one.
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
    /// Another replica, run beside the bundled one to compare latencies. May be repeated.
    #[arg(long, value_name = "FILE")]
    beside: Vec<PathBuf>,
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

/// Runs everything, prints the tables, and says whether the two agree.
fn compare(arguments: &Arguments) -> Result<ExitCode, String> {
    let scenarios = load(&arguments.scenarios)?;
    let replicas: Vec<&Path> = std::iter::once(&arguments.replica)
        .chain(&arguments.beside)
        .map(PathBuf::as_path)
        .collect();
    let measured = run_original(arguments, &scenarios, &replicas, arguments.jobs)?;
    let rows: Vec<Row> = scenarios
        .iter()
        .zip(&measured)
        .map(|(scenario, replicas)| Row {
            scenario: scenario.name.clone(),
            original: replicas[0].clone(),
            ours: ours::run(&Bundled::default(), scenario, 0..arguments.seeds),
        })
        .collect();

    println!("{}", table::agreement(&rows));
    let sound: usize = rows.iter().map(|row| ours::sound(&row.ours)).sum();
    let total: usize = rows.iter().map(|row| row.ours.len()).sum();
    println!("Sound by our own checkers: {sound} of {total} runs.\n");
    println!("{}", table::floors(&scenarios, &rows));
    if arguments.ways {
        println!("{}", ways::measure(arguments, &scenarios, &rows)?);
    }
    if !arguments.beside.is_empty() {
        print_latencies(&scenarios, &replicas, measured);
    }

    let disagreements: Vec<String> = rows.iter().filter_map(Row::disagreement).collect();
    for disagreement in &disagreements {
        eprintln!("disagreement in {disagreement}");
    }
    Ok(ExitCode::from(u8::from(!disagreements.is_empty())))
}

fn print_latencies(scenarios: &[Scenario], replicas: &[&Path], measured: Vec<Vec<Vec<Sample>>>) {
    let others = replicas[1..].iter().zip('A'..);
    let mut names = vec!["bundled".to_owned()];
    for (path, letter) in others {
        names.push(letter.to_string());
        eprintln!("{letter} is {}", path.display());
    }
    let names_of = scenarios.iter().map(|scenario| scenario.name.clone());
    let rows: Vec<_> = names_of.zip(measured).collect();
    println!("{}", table::latencies(&names, &rows));
}

/// Runs two scenarios without anything beside them, and says what they cost.
fn calibrate(arguments: &Arguments) -> Result<ExitCode, String> {
    let folder = Scratch::new().map_err(|error| format!("no temporary folder: {error}"))?;
    let scenarios = calibration::scenarios(&folder.0)?;
    let measured = run_original(arguments, &scenarios, &[&arguments.replica], 1)?;
    let [gets, puts] = measured.as_slice() else {
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

/// Samples by scenario, then by replica. Replicas that are to be compared run at about the same time.
fn run_original(
    arguments: &Arguments,
    scenarios: &[Scenario],
    replicas: &[&Path],
    jobs: u32,
) -> Result<Vec<Vec<Vec<Sample>>>, String> {
    let original = Original::open(&arguments.original)?;
    for replica in replicas {
        original::absolute(replica)?;
    }
    let mut tasks = Vec::new();
    for _ in 0..arguments.runs {
        for (place, scenario) in scenarios.iter().enumerate() {
            tasks.extend((0..replicas.len()).map(|replica| (place, scenario, replica)));
        }
    }
    let finished = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let samples = parallel::each(jobs as usize, &tasks, |&(_, scenario, replica)| {
        let run = format!("{} with {}", scenario.name, replicas[replica].display());
        if failed.load(Ordering::Relaxed) {
            return Err(format!("{run}: not started, since an earlier run failed"));
        }
        let sample = original.run(replicas[replica], scenario);
        let number = finished.fetch_add(1, Ordering::Relaxed) + 1;
        eprintln!("[{number}/{}] {run}", tasks.len());
        failed.fetch_or(sample.is_err(), Ordering::Relaxed);
        sample.map_err(|error| format!("{run}: {error}"))
    });
    let mut measured = vec![vec![Vec::new(); replicas.len()]; scenarios.len()];
    for (&(place, _, replica), sample) in tasks.iter().zip(samples) {
        measured[place][replica].push(sample?);
    }
    Ok(measured)
}
