//! `known-bugs`: shows the effect of each known bug, and measures how fast it is found.
#![forbid(unsafe_code)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use known_bugs::hunt::{Families, Found};
use known_bugs::story::{self, Case, fails};
use known_bugs::table::Row;
use known_bugs::{Bug, all, explain_table, spending, table};
use simulation::{engine, pool};
use simulator::files::save_failure;
use simulator::report::explanation;
use simulator::report::layout::Page;

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
        /// Draw the run of the smallest plan as a page for a browser, FILE
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
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
        /// Hunt in this family only, such as network/late-votes; may be given several times
        #[arg(long, value_name = "FAMILY")]
        only: Vec<String>,
    },
    /// Write the failure of each bug to DIR/NAME.json, for `simulator test DIR`
    Save {
        /// The folder
        folder: PathBuf,
        /// The bugs' names [default: all bugs]
        names: Vec<String>,
    },
    /// Explain the failure of a bug: when it was decided, and by what
    Explain {
        /// The bug's name
        name: String,
        /// Explain what is left of the failure after shrinking
        #[arg(long)]
        shrunk: bool,
        /// How many threads [default: one for each core]
        #[arg(long)]
        jobs: Option<usize>,
        /// Draw the run with what decided it as a page for a browser, FILE
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Explain the failures of all bugs, and print what decided them: for simulator/docs/explain.md
    ExplainTable {
        /// The bugs' names [default: all bugs]
        names: Vec<String>,
    },
    /// Print the most that runs of the bundled replica spend of each budget, for each stock family
    Budgets {
        /// How many seeds to run with each family
        #[arg(long, default_value_t = 600)]
        seeds: u64,
        /// How many threads [default: one for each core]
        #[arg(long)]
        jobs: Option<usize>,
    },
    /// Hunt each bug several times, and print how many runs it took: simulator/docs/known-bugs.md
    Table {
        /// The bugs' names [default: all bugs]
        names: Vec<String>,
        /// How often each bug is hunted
        #[arg(long, default_value_t = 7)]
        hunts: u64,
        /// How many runs to try in each hunt
        #[arg(long, default_value_t = 10_000)]
        most: u64,
        /// How many threads [default: one for each core]
        #[arg(long)]
        jobs: Option<usize>,
        /// Hunt in this family only, such as network/late-votes; may be given several times
        #[arg(long, value_name = "FAMILY")]
        only: Vec<String>,
    },
}

fn main() -> ExitCode {
    engine::silence_caught_panics();
    let result = run(Cli::parse().command.unwrap_or(Command::List));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Runs a command.
fn run(command: Command) -> Result<(), String> {
    let families = Families::load().map_err(|error| error.to_string())?;
    let mut stdout = std::io::stdout().lock();
    let mut out = Page::of_stdout(&mut stdout);
    let written = match command {
        Command::List => list(&mut out),
        Command::Show { name, messages, html } => {
            let bug = named(&[name])?.remove(0);
            let case = Case::stored(&bug, &families)?;
            if let Some(path) = html {
                let drawn = story::draw(&bug, &case.shrunk.failure.plan, None, &path);
                drawn.map_err(|error| format!("{}: {error}", path.display()))?;
            }
            story::write(&mut out, &bug, &case, messages)
        }
        Command::Find { names, seed, most, only } => {
            let families = narrowed(families, &only)?;
            let found = |bug: &Bug| (bug.name, families.hunt(bug.system(), seed, most));
            named(&names)?.iter().map(found).try_for_each(|(name, found)| match found {
                Some(found) => write_found(&mut out, name, &found),
                None => writeln!(out, "{name}: not found in {most} runs\n"),
            })
        }
        Command::Save { folder, names } => {
            let bugs = named(&names)?;
            save(&bugs, &families, &folder)?;
            writeln!(out, "{} failure files in {}", bugs.len(), folder.display())
        }
        Command::ExplainTable { names } => {
            let bugs = named(&names)?;
            let measure = |bug: &Bug| explain_table::Row::measure(bug, &families);
            let rows: Result<Vec<_>, String> = bugs.iter().map(measure).collect();
            explain_table::write(&mut out, &rows?)
        }
        Command::Explain { name, shrunk, jobs, html } => {
            let bug = named(&[name])?.remove(0);
            let failure = explain_table::failure(&bug, &families, shrunk)?;
            let jobs = jobs.unwrap_or_else(pool::cores);
            let explained = explain_table::explained(&bug, &families, &failure, jobs)?;
            if let Some(path) = html {
                let drawn = story::draw(&bug, &failure.plan, Some(&explained), &path);
                drawn.map_err(|error| format!("{}: {error}", path.display()))?;
            }
            explanation::write(&mut out, &explained)
        }
        Command::Budgets { seeds, jobs } => spending::write(&mut out, &families, 0..seeds, jobs),
        Command::Table { names, hunts, most, jobs, only } => {
            let (bugs, jobs) = (named(&names)?, jobs.unwrap_or_else(pool::cores));
            let hunting = narrowed(families.clone(), &only)?;
            let progress = |row: &Row| {
                let _ = table::write_row(&mut std::io::stderr(), row);
            };
            let measure = |bug: &Bug| Row::measure(bug, &families, &hunting, hunts, most);
            let rows = table::measure(&bugs, &measure, jobs, &progress);
            table::write(
                out.verbatim().map_err(|error| error.to_string())?,
                &rows,
                hunts,
                hunting.stock().count(),
            )
        }
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("the output could not be written: {error}"))
        }
        _ => Ok(()),
    }
}

/// Writes the name and the title of each bug.
fn list(out: &mut dyn Write) -> std::io::Result<()> {
    let width = longest_name();
    all().iter().try_for_each(|bug| writeln!(out, "{:<width$}  {}", bug.name, bug.title))
}

/// Writes the failure of each bug to a file of its name.
fn save(bugs: &[Bug], families: &Families, folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    bugs.iter().try_for_each(|bug| {
        let path = folder.join(format!("{}.json", bug.name));
        save_failure(&story::stored_failure(bug, families)?, &path)
            .map_err(|error| format!("{}: {error}", path.display()))
    })
}

/// Keeps only the families that are named, if any are.
fn narrowed(families: Families, only: &[String]) -> Result<Families, String> {
    if only.is_empty() { Ok(families) } else { families.only(only) }
}

/// Writes the lines for the file of a bug about a run that shows it.
fn write_found(out: &mut dyn Write, name: &str, found: &Found) -> std::io::Result<()> {
    writeln!(out, "{name}: {} runs, {:.3} s", found.runs, found.time.as_secs_f64())?;
    let (family, seed, fails) = (&found.family, found.failure.plan.seed, fails(&found.failure));
    writeln!(out, "family: {family}\nseed: {seed}\nfails: {fails}\n")
}

fn longest_name() -> usize {
    all().iter().map(|bug| bug.name.len()).max().unwrap_or(0)
}

/// Returns the bugs of these names, or all bugs if there is no name.
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
