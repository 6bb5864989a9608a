//! `simulator check`: tests if a history is linearizable.

use std::io::Write;
use std::path::Path;

use crate::report::layout::Page;
use crate::report::{html, style};
use linearizability::{Budget, ModelName, Reading, Recording, Verdict};
use simulation::check::Class;
use simulation::text::{count, shell_word};

use super::arguments::CheckArguments;
use super::error::CliError;
use super::run::write_file;
use super::status::Patience;

/// Runs the command.
pub(crate) fn run(arguments: &CheckArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let patience = Patience::new(format!("checking {}", arguments.history.display()));
    let initial = arguments.initial.as_deref();
    let reading = Reading { format: arguments.format, initial, model: arguments.model };
    let recording = reading
        .read_path(&arguments.history)
        .map_err(|error| CliError::History { path: arguments.history.clone(), error })?;
    if recording.operations() == 0 {
        return Err(CliError::EmptyHistory(arguments.history.clone()));
    }
    let budget = Budget { steps: arguments.steps };
    let verdict = recording.check(budget);
    drop(patience);
    let hint = hint(&recording, &verdict);
    let what = describe(&arguments.history, &recording);
    if let Some(path) = &arguments.html {
        let Some(history) = recording.registers() else {
            return Err(CliError::Usage(format!(
                "--html draws registers only, and this is a history of the model {}",
                recording.model().name()
            )));
        };
        let mut report = Vec::new();
        let mut page = Page::new(&mut report);
        write_verdict(&mut page, &verdict, &what, hint.as_deref())?;
        page.flush()?;
        let report = String::from_utf8_lossy(&report);
        let name = arguments.history.display().to_string();
        write_file(path, |file| html::write_history(file, &name, history, &verdict, &report))?;
    }
    if arguments.json {
        let out = out.verbatim()?;
        serde_json::to_writer(&mut *out, &verdict).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write_verdict(out, &verdict, &what, hint.as_deref())?;
    }
    let class = match verdict {
        Verdict::Linearizable => Class::Pass,
        Verdict::NotLinearizable(_) => Class::Correctness,
        Verdict::Unknown { .. } => Class::Unknown,
    };
    Ok(class.exit_status())
}

/// Returns what was checked, in a few words.
fn describe(path: &Path, recording: &Recording) -> String {
    let operations = count(recording.operations(), "operation");
    let keys = count(recording.keys(), "key");
    let name = path.display();
    match recording.model() {
        ModelName::Register => format!("{name}: {operations} on {keys}"),
        model => format!("{name}: {operations} on {keys} of the model {}", model.name()),
    }
}

/// Returns what to try if a key may have started with a value.
fn hint(recording: &Recording, verdict: &Verdict) -> Option<String> {
    let initial = recording.likely_initial(verdict)?;
    let any = if recording.registers().is_some() { ", or --initial any" } else { "" };
    Some(format!(
        "The first read of this key found {initial}, which nothing had written by then. If keys \
         start with it, use --initial {}{any}.",
        shell_word(Path::new(&initial))
    ))
}

fn write_verdict(
    out: &mut Page<'_>,
    verdict: &Verdict,
    what: &str,
    hint: Option<&str>,
) -> Result<(), CliError> {
    let (good, fair, bad) = (style::GOOD, style::FAIR, style::BAD);
    match verdict {
        Verdict::Linearizable => writeln!(out, "{what}: {good}linearizable{good:#}")?,
        Verdict::NotLinearizable(violation) => {
            writeln!(out, "{what}: {bad}not linearizable{bad:#}")?;
            writeln!(out, "{violation}")?;
            if let Some(hint) = hint {
                writeln!(out, "{hint}")?;
            }
        }
        Verdict::Unknown { key, steps } => {
            writeln!(out, "{what}: {fair}unknown{fair:#}")?;
            let key = if key.is_empty() { String::new() } else { format!("key {key}: ") };
            writeln!(out, "{key}undecided after {steps} steps; --steps allows more")?;
        }
    }
    Ok(())
}
