//! The arguments of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::parsers::seed;
use super::target::TargetArguments;

/// Write a run in the format of another tool.
///
/// The run is made again, in virtual time. Exit status: 0 it was written, whatever the run's verdict; 2 bad usage or
/// input; 7 it could not be written.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// A failure file, as `explore` and `shrink` write them, or a scenario: its file or its name
    #[arg(value_name = "FAILURE|SCENARIO")]
    pub source: PathBuf,
    /// The tool's format
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub to: ExportFormat,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The key of the one register that porcupine-etcd knows; needed where the run has several keys
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// The seed of a scenario [default: the scenario's own, else 1]
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub target: TargetArguments,
}

/// A format of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// The whole run, for Perfetto or Chrome: JSON
    Chrome,
    /// Messages between replicas with vector clocks, for ShiViz
    Shiviz,
    /// The history, for Jepsen's checkers
    Edn,
    /// The history, for porcupine's key-value model
    PorcupineKv,
    /// The history of one key, for porcupine's etcd model
    PorcupineEtcd,
}
