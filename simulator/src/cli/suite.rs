//! `simulator suite`: all scenarios of a folder, a line each.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use simulator::report::table::{self, Total};
use simulator::report::{Outcome, json};
use simulator::scenario::{Scenario, load_suite};

use super::arguments::SuiteArguments;
use super::problem::Problem;
use super::run::{run_once, seed_of, warn, write_history, write_trace};
use super::subject::Subject;

/// Carries the command out.
pub(crate) fn run(arguments: &SuiteArguments, out: &mut dyn Write) -> Result<u8, Problem> {
    let subject = Subject::new(&arguments.subject)?;
    let scenarios = load_all(&arguments.paths)?;
    arguments.output.refuse_equal_paths(None)?;
    let folders = [&arguments.output.trace, &arguments.output.history];
    for folder in folders.into_iter().flatten() {
        fs::create_dir_all(folder).map_err(Problem::file(folder, "created as a folder"))?;
    }
    let interrupted = watch_for_ctrl_c();
    let started = Instant::now();
    let mut total = Total::default();
    if !arguments.output.json {
        table::write_heading(out)?;
    }
    for scenario in &scenarios {
        let runs = run_seeds(arguments, &subject, scenario, &interrupted, out)?;
        runs.iter().for_each(|outcome| total.add(outcome));
        if !arguments.output.json {
            table::write_line(out, &runs)?;
        }
        out.flush()?;
    }
    if !arguments.output.json {
        total.write(out, Some(started.elapsed()))?;
        if interrupted.load(Ordering::Relaxed) {
            writeln!(out, "interrupted: this is what was known by then")?;
        }
    }
    Ok(total.worst().exit_status())
}

/// Loads all scenarios of files and folders, and passes their warnings on.
pub(crate) fn load_all(paths: &[PathBuf]) -> Result<Vec<Scenario>, Problem> {
    let (mut scenarios, mut warnings) = (Vec::new(), Vec::new());
    for path in paths {
        for (scenario, about) in load_suite(path)? {
            scenarios.push(scenario);
            warnings.extend(about);
        }
    }
    warn(&warnings);
    Ok(scenarios)
}

/// Runs one scenario with all its seeds; fewer after Ctrl-C.
fn run_seeds(
    arguments: &SuiteArguments,
    subject: &Subject,
    scenario: &Scenario,
    interrupted: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Vec<Outcome>, Problem> {
    let own = seed_of(scenario, None);
    let seeds = arguments.seeds.clone().unwrap_or(own..own.saturating_add(1));
    let options = arguments.output.options();
    let mut runs = Vec::new();
    for seed in seeds {
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        let mut outcome = run_once(subject, scenario, seed, options);
        let file = |folder: &Path| folder.join(format!("{}-{seed}.jsonl", scenario.name));
        if let Some(folder) = &arguments.output.trace {
            write_trace(&file(folder), &outcome)?;
        }
        if let Some(folder) = &arguments.output.history {
            write_history(&file(folder), &outcome)?;
        }
        if arguments.output.json {
            json::write(out, &outcome)?;
        }
        outcome.evidence.trace = Vec::new();
        runs.push(outcome);
    }
    Ok(runs)
}

/// The first Ctrl-C ends the command after what is under way; a second one ends it at once.
pub(crate) fn watch_for_ctrl_c() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    let watching = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    if let Err(error) = watching {
        eprintln!("warning: Ctrl-C will end this without a report: {error}");
    }
    interrupted
}
