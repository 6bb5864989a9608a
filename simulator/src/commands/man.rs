//! `simulator man`: the manual pages.

use std::fs;
use std::io::Write;

use clap::CommandFactory;
use clap_mangen::{Man, generate_to};

use super::arguments::{Cli, ManArguments};
use super::error::CliError;

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
