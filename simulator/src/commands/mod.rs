//! The commands: arguments in, reports out, an exit status.

mod arguments;
mod check;
mod diff;
mod error;
mod explain;
mod explore;
mod grade;
mod ordered_map;
mod real_time;
mod replay;
mod replay_report;
mod run;
mod shrink;
mod status;
mod suite;
mod target;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;

use simulation::engine;

use arguments::{Cli, Command};
use error::CliError;

/// Parses the arguments, carries the command out, and says how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    engine::silence_caught_panics();
    let mut out = BufWriter::new(anstream::stdout().lock());
    let result = match cli.command {
        Command::Run(arguments) => run::run(&arguments, &mut out),
        Command::Suite(arguments) => suite::run(&arguments, &mut out),
        Command::Replay(arguments) => replay::run(&arguments, &mut out),
        Command::Explore(arguments) => explore::run(&arguments, &mut out),
        Command::Grade(arguments) => grade::run(&arguments, &mut out),
        Command::Diff(arguments) => diff::run(&arguments, &mut out),
        Command::Shrink(arguments) => shrink::run(&arguments, &mut out),
        Command::Explain(arguments) => explain::run(&arguments, &mut out),
        Command::Check(arguments) => check::run(&arguments, &mut out),
    };
    let result = result.and_then(|status| Ok(out.flush().map(|()| status)?));
    match result {
        Ok(status) => ExitCode::from(status),
        // The reader of a pipe has seen enough, as in `simulator replay … | head`.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(error::EXIT_STATUS)
        }
    }
}
