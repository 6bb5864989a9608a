//! `progress.jsonl`: which chunks have been run, so that an exploration goes on where it was stopped.
//!
//! A line counts only for the build that wrote it and for the very scenario: after any change to the
//! code under test or to a scenario everything is run afresh.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::explore::Done;
use crate::explore::chunk::is_chunk;
use crate::journal::{Journal, JournalError, content_of};
use crate::scenario::Scenario;

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
    /// [`build_of`](crate::journal::build_of); the names of the scenarios must differ.
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

    /// The chunks of an exploration of these seeds that are known from before.
    pub fn known(&self, seeds: &Range<u64>) -> impl Iterator<Item = &Done> {
        self.known.iter().filter(|done| is_chunk(seeds, done.first, done.last))
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
