//! The commands: they take arguments, write reports, and return an exit status.

mod arguments;
mod assumptions;
mod canary;
mod check;
mod ci;
mod completions;
mod diff;
mod error;
mod explain;
mod explore;
mod export;
mod export_arguments;
mod findings;
mod grade;
mod grade_arguments;
mod grade_header;
mod grade_outputs;
mod header;
mod interrupt;
mod limits;
mod man;
mod merge;
mod new;
mod ordered_map;
mod pager;
mod pages;
mod parsers;
mod program_name;
mod real_time;
mod replay;
mod replay_report;
mod run;
mod scenarios;
mod shard;
mod shrink;
mod status;
mod suite;
mod target;
mod test;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::report::layout::Page;
use simulation::{UnderTest, engine};

use arguments::{Cli, Command};
use error::CliError;
use pager::Output;

/// Runs the command line for a system of one's own: every command that needs no executable, with this system in place
/// of the bundled replica. Returns the exit status.
pub fn main_of(system: impl UnderTest + 'static) -> ExitCode {
    // It lives as long as the program.
    target::test_only(Box::leak(Box::new(system)));
    main()
}

/// Parses the arguments, runs the command, and returns its exit status.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    engine::silence_caught_panics();
    let output = if cli.is_for_pager() { Output::paged() } else { Output::plain() };
    let mut output = BufWriter::new(output);
    let mut out = Page::of_stdout(&mut output);
    let result = match cli.command {
        Command::Run(arguments) => run::run(&arguments, &mut out),
        Command::Suite(arguments) => suite::run(&arguments, &mut out),
        Command::Replay(arguments) => replay::run(&arguments, &mut out),
        Command::Explore(arguments) => explore::run(&arguments, &mut out),
        Command::Test(arguments) => test::run(&arguments, &mut out),
        Command::Grade(arguments) => grade::run(&arguments, &mut out),
        Command::Merge(arguments) => merge::run(&arguments, &mut out),
        Command::Diff(arguments) => diff::run(&arguments, &mut out),
        Command::Shrink(arguments) => shrink::run(&arguments, &mut out),
        Command::Explain(arguments) => explain::run(&arguments, &mut out),
        Command::Export(arguments) => export::run(&arguments, &mut out),
        Command::Check(arguments) => check::run(&arguments, &mut out),
        Command::New(arguments) => new::run(&arguments, &mut out),
        Command::Scenarios(arguments) => scenarios::run(&arguments, &mut out),
        Command::Completions(arguments) => completions::run(&arguments, &mut out),
        Command::Man(arguments) => man::run(&arguments, &mut out),
    };
    // What is known is shown also where an error ends the command.
    let flushed = out.flush();
    let result = result.and_then(|status| Ok(flushed.map(|()| status)?));
    output.into_parts().0.finish();
    match result {
        Ok(status) => ExitCode::from(status),
        // The reader of a pipe may close it early, as in `simulator replay … | head`.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(problem) => {
            // The terminal may be gone.
            let _ = writeln!(std::io::stderr(), "error: {problem}");
            ExitCode::from(problem.exit_status())
        }
    }
}
