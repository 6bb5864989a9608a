//! The arguments of `grade` for what it writes besides its rows.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Files besides the rows")]
pub(crate) struct GradeOutputArguments {
    /// Write results.json for Gradescope to DIR; of several submissions, to a folder in DIR each
    #[arg(long, value_name = "DIR")]
    pub gradescope: Option<PathBuf>,
    /// What checks and tiers earn in results.json, as JSON [default: 4 points a scenario for its checks, 1 for full
    /// credit in each metric]
    #[arg(long, value_name = "FILE", requires = "gradescope")]
    pub points: Option<PathBuf>,
    /// Write a row for each run to FILE as CSV
    #[arg(long, value_name = "FILE")]
    pub runs_csv: Option<PathBuf>,
    /// Make a folder in DIR for each submission, with the report and the failure file of its worst finding; with
    /// --html, also with its page
    #[arg(long, value_name = "DIR")]
    pub folders: Option<PathBuf>,
}

impl GradeOutputArguments {
    /// Returns the files and folders that the command writes; they do not count as a part of a submission.
    pub(crate) fn places(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.gradescope, &self.runs_csv, &self.folders].into_iter().flatten()
    }

    /// Returns true if any of them is asked for.
    pub(crate) fn is_any(&self) -> bool {
        self.places().next().is_some()
    }
}
