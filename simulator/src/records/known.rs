//! The earlier results that a command can use again.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use simulation::explore::{Chunk, around};

use super::line::{Group, Header};
use super::record::Record;

/// The seeds that earlier explorations have run.
///
/// After an interruption, a chunk may have been run in part, from its first seed on.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The last seed with a result, by scenario and first seed of the chunk.
    reached: BTreeMap<(usize, u64), u64>,
}

impl Known {
    /// Returns the part of a chunk that has no result.
    pub fn rest(&self, chunk: Chunk) -> Option<Chunk> {
        match self.reached.get(&(chunk.scenario, chunk.first)) {
            None => Some(chunk),
            Some(&last) if last >= chunk.last => None,
            Some(&last) => Some(Chunk { first: last + 1, ..chunk }),
        }
    }
}

/// Returns the results of an earlier exploration that count for one with this header.
///
/// They count if the build, the system and the scenario are the same, and `is_kept` is true for the chunk.
pub fn take_up(
    old: &Record,
    header: &Header,
    is_kept: impl Fn(&Group) -> bool,
) -> (Known, Vec<Group>) {
    let (mut known, mut groups) = (Known::default(), Vec::new());
    if !is_same_work(&old.header, header) {
        return (known, groups);
    }
    let mut candidates: Vec<&Group> = old.groups.iter().filter(|group| is_kept(group)).collect();
    // A whole chunk comes before a part of it.
    candidates.sort_by_key(|group| (group.chunk.first, Reverse(group.chunk.last)));
    for group in candidates {
        let Group { failures, chunk } = group;
        let Some(scenario) = same_scenario(&old.header, header, &chunk.scenario) else { continue };
        let seeds = header.scenarios[scenario].seeds();
        let Some((begin, end)) = around(&seeds, chunk.first) else { continue };
        let count = header.scenarios.len();
        if header.shard.is_some_and(|shard| !shard.has(count, scenario, &seeds, chunk.first)) {
            continue;
        }
        let place = (scenario, begin);
        let next = known.reached.get(&place).map_or(Some(begin), |last| last.checked_add(1));
        if next == Some(chunk.first) && (chunk.first..=end).contains(&chunk.last) {
            known.reached.insert(place, chunk.last);
            let marks = header.counts(&old.header.tally(&chunk.marks));
            let chunk = super::Chunk { marks, ..chunk.clone() };
            groups.push(Group { failures: failures.clone(), chunk });
        }
    }
    (known, groups)
}

/// Returns true if results of one header count for the other: the build, the system, and how it is run are the same.
pub(crate) fn is_same_work(a: &Header, b: &Header) -> bool {
    (&a.build, &a.command, &a.system, &a.clock) == (&b.build, &b.command, &b.system, &b.clock)
        && (&a.program, &a.folder, &a.environment) == (&b.program, &b.folder, &b.environment)
        && (a.file_limit, a.limits) == (b.file_limit, b.limits)
}

/// Returns the place of a scenario in the new header, if its content is still the same.
pub(crate) fn same_scenario(old: &Header, new: &Header, name: &str) -> Option<usize> {
    let content = |header: &Header| {
        header.scenario(name).map(|place| header.scenarios[place].content.clone())
    };
    new.scenario(name).filter(|_| content(old) == content(new))
}

/// Keeps a record whose results are not all taken up under another name, and returns its new place.
///
/// The file itself stays until another one takes its place, since it is locked.
///
/// # Errors
///
/// If it cannot be copied.
pub(crate) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let named = |number: u64| path.with_file_name(format!("{stem}-{number}.jsonl"));
    let free = (1..).map(named).find(|place| !place.exists());
    let free = free.unwrap_or_else(|| named(0));
    // Not every file system has hard links.
    if fs::hard_link(path, &free).is_err() {
        fs::copy(path, &free)?;
    }
    Ok(free)
}
