//! `simulator diff`: finds the first difference of two traces.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use crate::report::layout::Page;
use crate::report::{style, timeline};
use simulation::seconds::moment;
use simulation::text::{count, unreadable};
use simulation::trace::{Comparison, TraceEvent, TraceReader, compare};

use super::arguments::DiffArguments;
use super::error::CliError;
use super::status::Patience;

/// The exit status for traces that differ.
const DIFFERENT: u8 = 1;

/// Runs the command.
pub(crate) fn run(arguments: &DiffArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let paths = [arguments.a.as_path(), arguments.b.as_path()];
    let patience = Patience::new("comparing the traces");
    let (mut a, mut b) = (open(paths[0])?, open(paths[1])?);
    let comparison = compare(&mut a, &mut b)
        .map_err(|(side, error)| CliError::Usage(format!("{}: {error}", paths[side].display())))?;
    drop(patience);
    refuse_empty(&comparison, paths)?;
    write_comparison(out, &comparison, paths)?;
    Ok(if comparison.parted.is_some() { DIFFERENT } else { 0 })
}

fn open(path: &Path) -> Result<TraceReader<BufReader<File>>, CliError> {
    let problem =
        |error| CliError::Usage(format!("{}: {}", path.display(), unreadable(&error, "a trace")));
    let file = File::open(path).map_err(problem)?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(problem(std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(TraceReader::new(BufReader::new(file)))
}

/// Refuses an empty file, which is no trace: every run leaves events.
fn refuse_empty(comparison: &Comparison, paths: [&Path; 2]) -> Result<(), CliError> {
    let is_empty = |side: usize| match &comparison.parted {
        _ if comparison.common > 0 => false,
        Some(sides) => sides[side].is_empty(),
        None => true,
    };
    match (0..2).find(|&side| is_empty(side)) {
        None => Ok(()),
        Some(side) => Err(CliError::Usage(format!(
            "{}: it holds no event, expected a trace as --trace writes them",
            paths[side].display()
        ))),
    }
}

fn write_comparison(
    out: &mut Page<'_>,
    comparison: &Comparison,
    paths: [&Path; 2],
) -> Result<(), CliError> {
    let (bold, common) = (style::BOLD, count(comparison.common, "common event"));
    let Some(sides) = &comparison.parted else {
        writeln!(out, "the traces are the same: {}", count(comparison.common, "event"))?;
        return Ok(());
    };
    match comparison.before.last() {
        None => writeln!(out, "{bold}the traces differ from the first event on{bold:#}")?,
        Some(last) => {
            let at = moment(last.at_ns);
            writeln!(out, "{bold}the traces part{bold:#} after {common}, at {at}")?;
        }
    }
    writeln!(out)?;
    write_events(out, &comparison.before)?;
    for (path, events) in paths.into_iter().zip(sides) {
        let path = path.display();
        if events.is_empty() {
            writeln!(out, "{bold}{path} ends here{bold:#}")?;
        } else {
            writeln!(out, "{bold}{path} goes on{bold:#} with line {}", comparison.common + 1)?;
            write_events(out, events)?;
        }
    }
    Ok(())
}

fn write_events(out: &mut Page<'_>, events: &[TraceEvent]) -> Result<(), CliError> {
    Ok(timeline::write(out, events, timeline::View { from: 0, messages: true, floods: true })?)
}
