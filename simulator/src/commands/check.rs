//! `simulator check`: tests if a history is linearizable.

use std::io::Write;

use crate::report::layout::Page;
use crate::report::{html, style};
use linearizability::{Budget, Verdict, check, read_path};
use simulation::check::Class;
use simulation::text::count;

use super::arguments::CheckArguments;
use super::error::CliError;
use super::run::write_file;
use super::status::Patience;

/// Runs the command.
pub(crate) fn run(arguments: &CheckArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let patience = Patience::new(format!("checking {}", arguments.history.display()));
    let history = read_path(&arguments.history, arguments.format, arguments.initial.as_deref())
        .map_err(|error| CliError::History { path: arguments.history.clone(), error })?;
    if history.operations().is_empty() {
        return Err(CliError::EmptyHistory(arguments.history.clone()));
    }
    let budget = Budget { steps: arguments.steps };
    let verdict = check(&history, budget);
    drop(patience);
    let operations = count(history.operations().len(), "operation");
    let keys = count(history.keys(), "key");
    let name = arguments.history.display();
    let what = format!("{name}: {operations} on {keys}");
    if let Some(path) = &arguments.html {
        let mut report = Vec::new();
        let mut page = Page::new(&mut report);
        write_verdict(&mut page, &verdict, &what)?;
        page.flush()?;
        let report = String::from_utf8_lossy(&report);
        write_file(path, |file| {
            html::write_history(file, &name.to_string(), &history, &verdict, &report)
        })?;
    }
    if arguments.json {
        let out = out.verbatim()?;
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

fn write_verdict(out: &mut Page<'_>, verdict: &Verdict, what: &str) -> Result<(), CliError> {
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
