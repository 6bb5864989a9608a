//! The results of a command for CI systems: a JUnit file, and what GitHub shows of a step.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::ci::{Results, github, junit};

use super::error::CliError;

#[derive(Debug, Args)]
#[command(next_help_heading = "For CI systems")]
pub(crate) struct CiArguments {
    /// Write the results to FILE as JUnit, too: a suite for each scenario, a test case for each run that failed
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write annotations for GitHub, one for each kind of failure, and a summary of the step [default: where
    /// GITHUB_ACTIONS is true]
    #[arg(long)]
    pub github: bool,
}

impl CiArguments {
    /// Returns true if the results of single runs are needed.
    pub(crate) fn is_any(&self) -> bool {
        self.junit.is_some() || self.is_for_github()
    }

    fn is_for_github(&self) -> bool {
        self.github || is_in_github()
    }

    /// Writes the results as the arguments ask for.
    pub(crate) fn write(&self, results: &Results) -> Result<(), CliError> {
        if let Some(path) = &self.junit {
            let mut written = Vec::new();
            junit::write(&mut written, results)?;
            fs::write(path, written).map_err(CliError::file(path, "written"))?;
        }
        if self.is_for_github() {
            self.write_for_github(results)?;
        }
        Ok(())
    }

    /// Writes annotations to standard error, which GitHub reads like the output, and the summary to its file.
    fn write_for_github(&self, results: &Results) -> Result<(), CliError> {
        let mut stderr = io::stderr().lock();
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|it| !it.is_empty());
        if !self.github {
            let what = if summary.is_some() { " and the step's summary" } else { "" };
            // The terminal may be gone.
            let _ = writeln!(stderr, "GITHUB_ACTIONS is true: writing annotations{what}");
        } else if summary.is_none() {
            let _ = writeln!(stderr, "GITHUB_STEP_SUMMARY names no file: there is no summary");
        }
        let _ = github::write_annotations(&mut stderr, results);
        let Some(path) = summary.map(PathBuf::from) else { return Ok(()) };
        append_summary(&path, results).map_err(CliError::file(&path, "written"))
    }
}

/// Adds the summary to what other commands of the step have written.
fn append_summary(path: &Path, results: &Results) -> io::Result<()> {
    let before = fs::metadata(path).map_or(0, |found| found.len() as usize);
    let room = github::LARGEST_SUMMARY.saturating_sub(before);
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(github::summary(results, room).as_bytes())
}

fn is_in_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
