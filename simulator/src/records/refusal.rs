//! The reasons for which records cannot be merged.

use std::fmt;
use std::path::PathBuf;

use simulation::text::count;

/// A reason, with the files that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A record is of another build than the first.
    OtherBuild(PathBuf, &'static str),
    /// A record is of other work than the first.
    OtherWork(PathBuf, String),
    /// A record does not end where it should.
    Torn(PathBuf, u64, String),
    /// Two records are of the same shard.
    Doubled(PathBuf, PathBuf, String),
    /// A record holds seeds of another shard, or seeds twice.
    Foreign(PathBuf, String),
    /// Two records say different things about the same seeds.
    Disagree(PathBuf, String),
    /// There is no record of a shard.
    Missing(String, Gap),
    /// The record of a shard lacks runs.
    Incomplete(PathBuf, String, Gap),
}

/// Runs that are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The number of runs.
    pub runs: u64,
    /// The first of them, as scenarios and seeds.
    pub first: Vec<String>,
}

/// The most ranges of seeds that are listed.
const MOST_RANGES: usize = 3;

impl Gap {
    /// Adds a range of seeds of a scenario.
    pub(super) fn add(&mut self, scenario: &str, first: u64, last: u64) {
        self.add_some(scenario, first, last, (last - first).saturating_add(1));
    }

    /// Adds some of the runs of a range.
    pub(super) fn add_some(&mut self, scenario: &str, first: u64, last: u64, runs: u64) {
        self.runs = self.runs.saturating_add(runs);
        if self.first.len() <= MOST_RANGES {
            self.first.push(format!("{scenario} {first}..{}", last.saturating_add(1)));
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.first.len() > MOST_RANGES { ", …" } else { "" };
        let shown: Vec<_> = self.first.iter().take(MOST_RANGES).map(String::as_str).collect();
        write!(f, "{}: {}{more}", count(self.runs, "run"), shown.join(", "))
    }
}

impl Refusal {
    /// Returns true if `--partial` allows it.
    pub fn is_partial(&self) -> bool {
        use Refusal::{Doubled, Incomplete, Missing, Torn};
        matches!(self, Torn(..) | Doubled(..) | Missing(..) | Incomplete(..))
    }

    /// Returns true if `--allow-different-builds` allows it.
    pub fn is_about_builds(&self) -> bool {
        matches!(self, Refusal::OtherBuild(..))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::OtherBuild(path, what) => {
                write!(f, "{}: it has another {what} than the first record", path.display())
            }
            Refusal::OtherWork(path, what) => {
                write!(f, "{}: it is other work than the first record: {what}", path.display())
            }
            Refusal::Torn(path, line, problem) => {
                write!(f, "{}:{line}: the record is torn: {problem}", path.display())
            }
            Refusal::Doubled(first, second, shard) => {
                write!(f, "{} and {} are both {shard}", first.display(), second.display())
            }
            Refusal::Foreign(path, what) => write!(f, "{}: {what}", path.display()),
            Refusal::Disagree(path, what) => write!(
                f,
                "{}: another record has other results of {what}, though equal runs have equal digests",
                path.display()
            ),
            Refusal::Missing(shard, gap) => write!(f, "shard {shard} is missing, with {gap}"),
            Refusal::Incomplete(path, shard, gap) => {
                write!(f, "{}: {shard} is incomplete, it lacks {gap}", path.display())
            }
        }
    }
}
