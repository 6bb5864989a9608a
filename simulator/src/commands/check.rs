//! `simulator check`: is this history linearizable?

use std::io::Write;

use crate::report::{html, style};
use linearizability::{Budget, Verdict, check, read_path};
use simulation::check::Class;
use simulation::text::count;

use super::arguments::CheckArguments;
use super::error::CliError;
use super::run::write_file;

/// Carries the command out.
pub(crate) fn run(arguments: &CheckArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    let history = read_path(&arguments.history, arguments.format, arguments.initial.as_deref())
        .map_err(|error| CliError::History { path: arguments.history.clone(), error })?;
    if history.operations().is_empty() {
        return Err(CliError::EmptyHistory(arguments.history.clone()));
    }
    let budget = Budget { steps: arguments.steps };
    let verdict = check(&history, budget);
    let operations = count(history.operations().len(), "operation");
    let keys = count(history.keys(), "key");
    let name = arguments.history.display();
    let what = format!("{name}: {operations} on {keys}");
    if let Some(path) = &arguments.html {
        let mut report = Vec::new();
        write_verdict(&mut report, &verdict, &what)?;
        let report = String::from_utf8_lossy(&report);
        write_file(path, |file| {
            html::write_history(file, &name.to_string(), &history, &verdict, &report)
        })?;
    }
    if arguments.json {
        serde_json::to_writer(&mut *out, &verdict).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write_verdict(out, &verdict, &what)?;
    }
    let class = match verdict {
        Verdict::Linearizable => Class::Pass,
        Verdict::NotLinearizable(_) => Class::Correctness,
        Verdict::Unknown { .. } => Class::Unknown,
    };
    Ok(class.exit_status())
}

fn write_verdict(out: &mut dyn Write, verdict: &Verdict, what: &str) -> Result<(), CliError> {
    let (good, fair, bad) = (style::GOOD, style::FAIR, style::BAD);
    match verdict {
        Verdict::Linearizable => writeln!(out, "{what}: {good}linearizable{good:#}")?,
        Verdict::NotLinearizable(violation) => {
            writeln!(out, "{what}: {bad}not linearizable{bad:#}")?;
            writeln!(out, "{violation}")?;
        }
        Verdict::Unknown { key, steps } => {
            writeln!(out, "{what}: {fair}unknown{fair:#}")?;
            writeln!(out, "key {key}: undecided after {steps} steps; --steps allows more")?;
        }
    }
    Ok(())
}
