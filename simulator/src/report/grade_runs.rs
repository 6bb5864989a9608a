//! The runs of many submissions as CSV, a row each.

use std::io::{self, Write};

use crate::grade::Graded;
use crate::report::grades::no_formula;

/// The columns of the file.
const COLUMNS: [&str; 17] = [
    "submission",
    "scenario",
    "seed",
    "verdict",
    "check",
    "reason",
    "course_passes",
    "total_messages",
    "messages_tier",
    "failures",
    "failures_tier",
    "duplicates",
    "duplicates_tier",
    "median_latency_s",
    "latency_tier",
    "digest",
    "command",
];

/// A run, and where it belongs.
#[derive(Clone, Copy, Debug)]
pub struct RunRow<'a> {
    /// The name of the submission.
    pub submission: &'a str,
    /// The name of the scenario.
    pub scenario: &'a str,
    /// The seed.
    pub seed: u64,
    /// The result.
    pub graded: &'a Graded,
    /// The command that shows the run.
    pub command: &'a str,
}

/// A writer of runs as CSV (RFC 4180), with a line of column names.
#[derive(Debug)]
pub struct RunsCsv<W: Write>(csv::Writer<W>);

impl<W: Write> RunsCsv<W> {
    /// Writes the column names.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn new(out: W) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        Ok(RunsCsv(writer))
    }

    /// Writes a run.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(&mut self, row: RunRow<'_>) -> io::Result<()> {
        let RunRow { submission, scenario, seed, graded, command } = row;
        let (tiers, values) = (&graded.tiers, &graded.values);
        let cells: [String; 17] = [
            submission.to_owned(),
            scenario.to_owned(),
            seed.to_string(),
            graded.class.name().to_owned(),
            graded.check.map(|check| check.to_string()).unwrap_or_default(),
            graded.reason.clone(),
            graded.course_passes.to_string(),
            values.total_messages.to_string(),
            tiers.total_messages.short_name().to_lowercase(),
            values.failures.to_string(),
            tiers.failures.short_name().to_lowercase(),
            values.duplicates.to_string(),
            tiers.duplicates.short_name().to_lowercase(),
            (values.median_latency_ns as f64 / 1e9).to_string(),
            tiers.median_latency.short_name().to_lowercase(),
            graded.digest.map_or_else(String::new, |digest| format!("{digest:016x}")),
            command.to_owned(),
        ];
        Ok(self.0.write_record(cells.into_iter().map(no_formula))?)
    }

    /// Writes what is still in a buffer.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
