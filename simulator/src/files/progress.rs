//! `progress.jsonl`: which chunks have been run, so that an exploration goes on where it was stopped.
//!
//! A line counts only for the build that wrote it and for the very scenario: after any change to the
//! code under test or to a scenario everything is run afresh.

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
    /// What wrote it.
    build: String,
    /// See [`content_of`].
    content: String,
    #[serde(flatten)]
    done: Done,
}

/// What is known from before. An interruption may have left a part of a chunk, from its first seed on.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What was done, no seed twice.
    pub pieces: Vec<Done>,
    /// By scenario and first seed of the chunk, the last seed that is known of it.
    reached: BTreeMap<(String, u64), u64>,
}

impl Known {
    /// What is left to do of a chunk of this scenario.
    pub fn rest(&self, scenario: &Scenario, chunk: Chunk) -> Option<Chunk> {
        match self.reached.get(&(scenario.name.clone(), chunk.first)) {
            None => Some(chunk),
            Some(&last) if last >= chunk.last => None,
            Some(&last) => Some(Chunk { first: last + 1, ..chunk }),
        }
    }
}

/// The file, and what is known from it.
#[derive(Debug)]
pub struct Progress {
    journal: Journal,
    build: String,
    /// The digest of each scenario's content, by the scenario's name.
    contents: BTreeMap<String, String>,
    known: Vec<Done>,
}

impl Progress {
    /// Opens the file, or creates it. `build` names what is under test, see
    /// [`build_of`](crate::files::fingerprint::build_of); the names of the scenarios must differ.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
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

    /// What an exploration of these seeds knows from before, of what `counts`.
    pub fn known(&self, seeds: &Range<u64>, counts: impl Fn(&Done) -> bool) -> Known {
        let mut pieces: Vec<&Done> = self.known.iter().filter(|done| counts(done)).collect();
        // A whole chunk rather than a part of it.
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

    /// Notes that a chunk is done.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn note(&mut self, done: Done) -> Result<(), JournalError> {
        let content = self.contents.get(&done.scenario).cloned().unwrap_or_default();
        self.journal.note(&Line { build: self.build.clone(), content, done })
    }
}
