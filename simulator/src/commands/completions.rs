//! `simulator completions`: what a shell needs to complete the command line.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::arguments::{Cli, NAME};
use super::error::CliError;

/// Print the completions of a shell.
///
/// bash, in ~/.bashrc: source <(simulator completions bash)
///
/// zsh, in a folder of $fpath: simulator completions zsh > _simulator
///
/// fish: simulator completions fish > ~/.config/fish/completions/simulator.fish
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Carries the command out.
pub(crate) fn run(arguments: &CompletionsArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    // Into memory first: the generator panics when it cannot write.
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), NAME, &mut script);
    out.write_all(&script)?;
    Ok(0)
}
