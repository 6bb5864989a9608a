//! `known-bugs`: shows what each known bug does, and measures how fast it is found.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use known_bugs::hunt::Families;
use known_bugs::story::{self, Case};
use known_bugs::{Bug, all, table};

/// Known Raft and store bugs, each found, shrunk and shown by the simulator.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all bugs, a line each; this is what happens without a command
    List,
    /// Show a bug: what is wrong, the smallest plan that shows it, and what happens then
    Show {
        /// The bug's name
        name: String,
        /// Show the messages between replicas, too
        #[arg(long)]
        messages: bool,
    },
    /// Look for runs of the stock families in which bugs show, and print what their files should say
    Find {
        /// The bugs' names [default: all bugs]
        names: Vec<String>,
        /// The first seed
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many runs to try with each bug
        #[arg(long, default_value_t = 10_000)]
        most: u64,
    },
    /// Hunt each bug several times, and print how many runs it took as a table in Markdown
    Table {
        /// The bugs' names [default: all bugs]
        names: Vec<String>,
        /// How often each bug is hunted
        #[arg(long, default_value_t = 9)]
        hunts: u64,
        /// How many runs to try in each hunt
        #[arg(long, default_value_t = 10_000)]
        most: u64,
        /// How many threads [default: one for each core]
        #[arg(long)]
        jobs: Option<usize>,
    },
}

fn main() -> ExitCode {
    // A replica that panics is a finding, which the reports tell; it is no business of the terminal's.
    std::panic::set_hook(Box::new(|_| {}));
    let result = run(Cli::parse().command.unwrap_or(Command::List));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Carries a command out.
fn run(command: Command) -> Result<(), String> {
    let families = Families::load().map_err(|error| error.to_string())?;
    let mut out = anstream::stdout().lock();
    let written = match command {
        Command::List => all().iter().try_for_each(|bug| {
            writeln!(out, "{:<width$}  {}", bug.name, bug.title, width = longest_name())
        }),
        Command::Show { name, messages } => {
            let bug = named(&[name])?.remove(0);
            let case = Case::stored(&bug, &families)?;
            story::write(&mut out, &bug, &case, messages)
        }
        Command::Find { names, seed, most } => named(&names)?.iter().try_for_each(|bug| {
            write!(out, "{}: ", bug.name)?;
            match families.hunt(&bug.system, seed, most) {
                Some(found) => writeln!(
                    out,
                    "{} runs, {:.3} s\nfamily: {}\nseed: {}\nfails: {}\n",
                    found.runs,
                    found.time.as_secs_f64(),
                    found.family,
                    found.failure.plan.seed,
                    story::fails(&found.failure)
                ),
                None => writeln!(out, "not found in {most} runs\n"),
            }
        }),
        Command::Table { names, hunts, most, jobs } => {
            let cores = || std::thread::available_parallelism().map_or(1, usize::from);
            let bugs = named(&names)?;
            let progress = |row: &table::Row| {
                let _ = table::write_row(&mut std::io::stderr(), row);
            };
            let jobs = jobs.unwrap_or_else(cores);
            table::write(&mut out, &table::measure(&bugs, &families, hunts, most, jobs, &progress))
        }
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("the output could not be written: {error}"))
        }
        _ => Ok(()),
    }
}

fn longest_name() -> usize {
    all().iter().map(|bug| bug.name.len()).max().unwrap_or(0)
}

/// The bugs of these names; all bugs for no name at all.
fn named(names: &[String]) -> Result<Vec<Bug>, String> {
    let bugs = all();
    if names.is_empty() {
        return Ok(bugs);
    }
    let find = |name: &String| {
        let bug = bugs.iter().find(|bug| bug.name == name).cloned();
        bug.ok_or_else(|| format!("there is no bug `{name}`; without a command all are listed"))
    };
    names.iter().map(find).collect()
}
