//! `simulator completions`: what a shell needs to complete the command line.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::generate;

use super::arguments::{Cli, CompletionsArguments};
use super::error::CliError;
use super::program_name::NAME;

/// Carries the command out.
pub(crate) fn run(arguments: &CompletionsArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    // Into memory first: the generator panics when it cannot write.
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), NAME, &mut script);
    out.write_all(&script)?;
    Ok(0)
}
