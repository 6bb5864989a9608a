//! `simulator man`: the manual pages.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::{Man, generate_to};

use super::arguments::Cli;
use super::error::CliError;

/// Print the manual page, or write those of all commands.
///
/// To read it: simulator man | man -l -
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Write a page for each command to DIR, such as ~/.local/share/man/man1
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Carries the command out.
pub(crate) fn run(arguments: &ManArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    let command = Cli::command();
    match &arguments.folder {
        None => Man::new(command).render(out)?,
        Some(folder) => {
            fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
            generate_to(command, folder).map_err(CliError::file(folder, "filled with pages"))?;
            writeln!(out, "wrote simulator.1 and a page for each command to {}", folder.display())?;
        }
    }
    Ok(0)
}
