//! `progress.jsonl`: the chunks that have been run.
//!
//! With it, an exploration goes on where it stopped.
//!
//! A line counts only for the build that wrote it and for the same scenario. After any change to the code under test
//! or to a scenario, everything is run again.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::fingerprint::content_of;
use crate::files::journal::{Journal, JournalError};
use simulation::explore::{Chunk, Done, around};
use simulation::scenario::Scenario;

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    /// The build that wrote it.
    build: String,
    /// The fingerprint of the scenario; see [`content_of`].
    content: String,
    #[serde(flatten)]
    done: Done,
}

/// The results of earlier explorations.
///
/// After an interruption, a chunk may have been run in part, from its first seed on.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The results; each seed is in one of them at most.
    pub pieces: Vec<Done>,
    /// The last seed with a result, by scenario and first seed of the chunk.
    reached: BTreeMap<(String, u64), u64>,
}

impl Known {
    /// Returns the part of a chunk of this scenario that has no result.
    pub fn rest(&self, scenario: &Scenario, chunk: Chunk) -> Option<Chunk> {
        match self.reached.get(&(scenario.name.clone(), chunk.first)) {
            None => Some(chunk),
            Some(&last) if last >= chunk.last => None,
            Some(&last) => Some(Chunk { first: last + 1, ..chunk }),
        }
    }
}

/// The file, and the results in it.
#[derive(Debug)]
pub struct Progress {
    journal: Journal,
    build: String,
    /// The fingerprint of each scenario, by the scenario's name.
    contents: BTreeMap<String, String>,
    known: Vec<Done>,
}

impl Progress {
    /// Opens the file, or creates it.
    ///
    /// `build` names the system under test; see [`build_of`](crate::files::fingerprint::build_of). The names of the
    /// scenarios must differ.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written.
    pub fn open(
        path: &Path,
        build: String,
        scenarios: &[Scenario],
    ) -> Result<Progress, JournalError> {
        let (journal, lines) = Journal::open::<Line>(path)?;
        let contents: BTreeMap<_, _> =
            scenarios.iter().map(|it| (it.name.clone(), content_of(it))).collect();
        let known = lines
            .into_iter()
            .filter(|line| line.build == build)
            .filter(|line| contents.get(&line.done.scenario) == Some(&line.content))
            .map(|line| line.done)
            .collect();
        Ok(Progress { journal, build, contents, known })
    }

    /// Returns the earlier results that an exploration of these seeds can use.
    ///
    /// Only results for which `counts` is true are used.
    pub fn known(&self, seeds: &Range<u64>, counts: impl Fn(&Done) -> bool) -> Known {
        let mut pieces: Vec<&Done> = self.known.iter().filter(|done| counts(done)).collect();
        // A whole chunk comes before a part of it.
        let place = |done: &Done| (done.first, Reverse(done.last));
        pieces.sort_by_key(|done| place(done));
        let mut known = Known::default();
        for done in pieces {
            let Some((begin, end)) = around(seeds, done.first) else { continue };
            let chunk = (done.scenario.clone(), begin);
            let next = known.reached.get(&chunk).map_or(Some(begin), |last| last.checked_add(1));
            if next == Some(done.first) && (done.first..=end).contains(&done.last) {
                known.reached.insert(chunk, done.last);
                known.pieces.push(done.clone());
            }
        }
        known
    }

    /// Records a finished chunk.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn note(&mut self, done: Done) -> Result<(), JournalError> {
        let content = self.contents.get(&done.scenario).cloned().unwrap_or_default();
        self.journal.note(&Line { build: self.build.clone(), content, done })
    }
}
