//! `simulator merge`: the records of shards as one.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::grade::Row;
use crate::records::{
    Allowances, Finding, Record, Refusal, Signature, Source, State, merge, read, save,
};
use crate::report::layout::Page;
use crate::report::{self, confidence, grades, never_sent, style};
use simulation::check::Class;
use simulation::text::count;
use testing::report::arguments_of;

use super::error::{CliError, INTERRUPTED};
use super::findings::{RECORD, bounds, load, write_comparison};
use super::program_name::replay_file;

/// Join the records of all shards into one, and report on it.
///
/// The shards must be of the same build, scenarios and seeds, each once and complete; what is not so is listed by
/// name, with the seeds that are missing. Exit status: 2 refused; else as if one machine had made all runs, or 8 if
/// runs are missing.
#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// Records, folders with a record, or folders of such folders
    #[arg(required = true, value_name = "DIR|FILE")]
    pub paths: Vec<PathBuf>,
    /// Write the merged record and the failure files to the folder DIR, or the record only to FILE.jsonl
    #[arg(short, long, value_name = "DIR|FILE")]
    pub output: Option<PathBuf>,
    /// Merge what there is, though shards are missing, incomplete, torn, or there twice
    #[arg(long)]
    pub partial: bool,
    /// Merge records of different builds of the simulator or of the executable
    #[arg(long)]
    pub allow_different_builds: bool,
    /// Keep at most N failure files of each kind (class, check, subject), the first by seed, and at most ALL
    /// [default: ten times N]
    #[arg(long, value_name = "N[,ALL]", value_parser = bounds)]
    pub max_failures: Option<(u64, u64)>,
    /// Compare what was found with an earlier record, or with the one in a folder: what is new, gone, ongoing
    #[arg(long, value_name = "FILE|DIR")]
    pub against: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &MergeArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let mut sources = Vec::new();
    for path in
        arguments.paths.iter().map(|path| find(path)).collect::<Result<Vec<_>, _>>()?.concat()
    {
        let Some(mut reading) = read(&path)? else {
            return Err(CliError::Usage(format!("{}: there is no record here", path.display())));
        };
        if arguments.max_failures.is_some() {
            reading.record.header.max_failures = arguments.max_failures;
        }
        sources.push(Source { path, reading });
    }
    let files: Vec<PathBuf> = sources.iter().map(|source| source.path.clone()).collect();
    let allowances = Allowances {
        partial: arguments.partial,
        different_builds: arguments.allow_different_builds,
    };
    let (record, allowed) = merge(sources, allowances).map_err(|found| refused(&found))?;
    for refusal in &allowed {
        eprintln!("warning: {refusal}");
    }
    let mut folder = None;
    if let Some(path) = &arguments.output {
        folder = write(&record, path, &files)?;
    }
    let folders = folder.map_or_else(|| folders_of(&files), |folder| vec![folder]);
    write_sum(out, &record, files.len())?;
    if record.header.command == "grade" {
        write_rows(out, &record)?;
    }
    write_groups(out, &record, &folders)?;
    write_marks(out, &record)?;
    never_sent::write(out, &record.never_sent())?;
    if let Some(old) = &arguments.against {
        write_comparison(out, &load(old)?, &record)?;
    }
    let Some(end) = &record.end else { return Ok(INTERRUPTED) };
    if end.canary_found == Some(false) {
        let bad = style::BAD;
        writeln!(
            out,
            "{bad}a shard did not find the canary{bad:#}: that runs pass proves nothing"
        )?;
    }
    if end.state != State::Complete {
        writeln!(out, "runs are missing: this is what was known")?;
        return Ok(INTERRUPTED);
    }
    let class = if record.header.command == "grade" { Class::Pass } else { end.class };
    let missed = if end.canary_found == Some(false) { Class::Unknown } else { Class::Pass };
    Ok(class.max(missed).exit_status())
}

/// Returns the records that a path stands for, in order.
fn find(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    if path.join(RECORD).exists() {
        return Ok(vec![path.join(RECORD)]);
    }
    let entries = fs::read_dir(path).map_err(CliError::file(path, "read"))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    let record = |path: PathBuf| {
        if path.is_dir() {
            Some(path.join(RECORD)).filter(|path| path.exists())
        } else {
            Some(path).filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
        }
    };
    let found: Vec<PathBuf> = found.into_iter().filter_map(record).collect();
    if found.is_empty() {
        let what = "there is no record here, neither record.jsonl nor a folder with one";
        return Err(CliError::Usage(format!("{}: {what}", path.display())));
    }
    Ok(found)
}

/// Returns the error that lists why records cannot be merged.
fn refused(found: &[Refusal]) -> CliError {
    const MOST_LISTED: usize = 20;
    let listed = found.iter().take(MOST_LISTED).map(|refusal| format!("\n  {refusal}"));
    let mut all: Vec<_> = listed.collect();
    if found.len() > MOST_LISTED {
        all.push(format!("\n  and {} more", found.len() - MOST_LISTED));
    }
    let is = |allowed: fn(&Refusal) -> bool| found.iter().any(allowed);
    let mut hints = Vec::new();
    if is(Refusal::is_partial) {
        hints.push("--partial merges what there is");
    }
    if is(Refusal::is_about_builds) {
        hints.push("--allow-different-builds merges them all the same");
    }
    let hints = if hints.is_empty() { String::new() } else { format!("\n{}", hints.join("; ")) };
    CliError::Usage(format!("the records cannot be merged:{}{hints}", all.concat()))
}

fn folders_of(files: &[PathBuf]) -> Vec<PathBuf> {
    files.iter().filter_map(|file| file.parent()).map(Path::to_owned).collect()
}

/// Writes the merged record, and in a folder the failure files, too; returns the folder.
fn write(record: &Record, path: &Path, files: &[PathBuf]) -> Result<Option<PathBuf>, CliError> {
    if path.extension().is_some_and(|extension| extension == "jsonl") {
        save(record, path)?;
        return Ok(None);
    }
    fs::create_dir_all(path).map_err(CliError::file(path, "created as a folder"))?;
    let folders = folders_of(files);
    for name in record.failures().filter_map(|failed| failed.file.as_deref()) {
        let Some(source) = place_of(name, &folders) else {
            eprintln!("warning: the failure file {name} is in no folder of a shard");
            continue;
        };
        let copy = path.join(name);
        if source != copy {
            fs::copy(&source, &copy).map_err(CliError::file(&copy, "written"))?;
        }
    }
    save(record, &path.join(RECORD))?;
    Ok(Some(path.to_owned()))
}

/// Returns the path of a failure file in one of these folders. A name with a folder in it is refused.
fn place_of(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let is_name = Path::new(name).file_name() == Some(name.as_ref());
    folders.iter().map(|folder| folder.join(name)).find(|path| is_name && path.is_file())
}

fn write_sum(out: &mut Page<'_>, record: &Record, files: usize) -> Result<(), CliError> {
    let Some(end) = &record.end else { return Ok(()) };
    let (records, runs) = (count(files, "record"), count(end.runs, "run"));
    let minutes = end.counters.time / 60_000_000_000;
    let seconds = end.counters.time / 1_000_000_000 % 60;
    writeln!(
        out,
        "{records} of {}: {runs}, digest {}; {} operations, {} messages between replicas, {minutes} min \
         {seconds} s of {} time",
        record.header.command,
        end.digest,
        end.counters.operations,
        end.counters.messages,
        record.header.clock
    )?;
    Ok(())
}

/// Writes the rows of a grading.
fn write_rows(out: &mut Page<'_>, record: &Record) -> Result<(), CliError> {
    let header = &record.header;
    let runs = header.scenarios.iter().map(|it| it.until - it.first);
    let runs = runs.fold(0, u64::saturating_add);
    let names = header.submissions.iter().map(|it| it.name.as_str());
    let table = grades::lay_out(out.width(), names, runs);
    grades::write_heading(out, &table)?;
    for id in &header.submissions {
        let mut row = Row::default();
        let is_its = |name: Option<&str>| name == Some(id.name.as_str());
        for run in &record.runs {
            if is_its(run.submission.as_ref().map(|it| it.name.as_str())) {
                let scenario = header.scenario(&run.scenario).unwrap_or(0);
                row.add(scenario, run.seed, run.graded());
            }
        }
        let mut unfit = record.unfit.iter();
        row.unfit = unfit.find(|it| it.submission.name == id.name).map(|it| it.reason.clone());
        grades::write_row(out, &table, &id.name, &row, "")?;
    }
    writeln!(out)?;
    Ok(())
}

/// Writes the failures by kind, the worst first.
fn write_groups(out: &mut Page<'_>, record: &Record, folders: &[PathBuf]) -> Result<(), CliError> {
    let mut groups: std::collections::BTreeMap<Signature, Vec<Finding<'_>>> = Default::default();
    for finding in record.findings() {
        groups.entry(finding.signature).or_default().push(finding);
    }
    let (good, bad) = (style::GOOD, style::BAD);
    let failed: usize = groups.values().map(Vec::len).sum();
    // The runs of a grading are of different programs, and so no sample of anything.
    let end = record.end.as_ref().filter(|_| record.header.command != "grade");
    let sample = end.map(|end| end.runs);
    match failed {
        0 => {
            let meaning = sample.map(confidence::if_none_failed).unwrap_or_default();
            writeln!(out, "{good}no run failed{good:#}{meaning}")?;
        }
        _ => {
            let (failed, kinds) = (count(failed, "run"), count(groups.len(), "kind"));
            writeln!(out, "{bad}{failed} failed{bad:#}, of {kinds}")?;
        }
    }
    if let Some(runs) = sample.filter(|_| failed > 0) {
        writeln!(out, "  {}", confidence::rate(failed as u64, runs))?;
    }
    for (signature, findings) in groups.iter().rev() {
        let color = style::of_class(signature.class);
        writeln!(out, "  {color}{signature}{color:#}: {}", findings.len())?;
        let Some(first) = findings.iter().min_by_key(|finding| (finding.seed, finding.scenario))
        else {
            continue;
        };
        let submission = first.submission.map(|name| format!("{name}, ")).unwrap_or_default();
        let Finding { scenario, seed, reason, .. } = first;
        writeln!(out, "    first: {submission}{scenario}, seed {seed}: {reason}")?;
        if let Some(path) = first.file.and_then(|name| place_of(name, folders)) {
            out.command("    ", &(replay_file(&path) + &arguments_of(first.place)))?;
        }
    }
    Ok(())
}

fn write_marks(out: &mut Page<'_>, record: &Record) -> Result<(), CliError> {
    let (header, Some(end)) = (&record.header, &record.end) else { return Ok(()) };
    if !header.marks.is_empty() {
        let names: Vec<&str> = header.marks.iter().map(String::as_str).collect();
        report::marks::write(out, &header.tally(&end.marks), &names, end.runs)?;
    }
    report::receipts::write(out, &end.received)?;
    Ok(())
}
