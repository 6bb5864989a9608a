//! Options about findings: how many are kept, what must be found, and what is new.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::records::{Comparison, Record, Signature, read};
use crate::report::layout::Page;
use crate::report::style;
use simulation::text::count;

use super::error::CliError;

/// The name of the record in a folder.
pub(crate) const RECORD: &str = "record.jsonl";

#[derive(Clone, Debug, Args)]
pub(crate) struct FindingArguments {
    /// Keep at most N failure files of each kind (class, check, subject), the first by seed, and at most ALL
    /// [default: ten times N]; the others are counted
    #[arg(long, value_name = "N[,ALL]", value_parser = bounds)]
    pub max_failures: Option<(u64, u64)>,
    /// First find a known failure, or fail with status 6: `built-in`, which is a system that forgets what it has
    /// acknowledged, or a failure file that must fail in the same way
    #[arg(long, value_name = "built-in|FILE")]
    pub canary: Option<PathBuf>,
    /// Compare what was found with an earlier record, or with the one in a folder: what is new, gone, ongoing
    #[arg(long, value_name = "FILE|DIR")]
    pub against: Option<PathBuf>,
    /// Stop at the first failure of a kind that the record of --against has not; without it, at the first failure
    #[arg(long)]
    pub until_new: bool,
}

/// Parses the bounds on failure files.
pub(super) fn bounds(text: &str) -> Result<(u64, u64), String> {
    let (each, all) = text.split_once(',').map_or((text, None), |(each, all)| (each, Some(all)));
    let number = |text: &str| {
        let expected =
            "expected a number such as 20, or two such as 20,100: of each kind, and in all";
        text.parse::<u64>().map_err(|_| expected.to_owned())
    };
    let each = number(each)?;
    Ok((each, all.map_or(Ok(each.saturating_mul(10)), number)?))
}

/// Reads a record, or the one in a folder.
pub(super) fn load(path: &Path) -> Result<Record, CliError> {
    let file = if path.is_dir() { path.join(RECORD) } else { path.to_owned() };
    match read(&file)? {
        Some(reading) => Ok(reading.record),
        None => Err(CliError::Usage(format!("{}: there is no record here", file.display()))),
    }
}

/// Returns the signatures of a record's findings.
pub(super) fn signatures(record: &Record) -> BTreeSet<Signature> {
    record.findings().map(|finding| finding.signature).collect()
}

/// Writes the difference between an earlier record and this one.
pub(super) fn write_comparison(
    out: &mut Page<'_>,
    old: &Record,
    new: &Record,
) -> Result<(), CliError> {
    let bold = style::BOLD;
    let comparison = Comparison::of(old, new);
    let (before, now) = (count(comparison.runs.0, "run"), count(comparison.runs.1, "run"));
    writeln!(out, "{bold}compared with the earlier record{bold:#}: {before} then, {now} now")?;
    if comparison.changes.is_empty() {
        writeln!(out, "  no failure then or now")?;
    }
    for change in &comparison.changes {
        let (then, now) = change.failed;
        let color = style::of_class(change.signature.class);
        let (kind, signature) = (change.kind.name(), change.signature.to_string());
        writeln!(out, "  {kind:<7} {color}{signature}{color:#}: {then} then, {now} now")?;
    }
    Ok(())
}
