//! `progress.jsonl`: what has been run, so that an exploration goes on where it was stopped.
//!
//! A line for each chunk, appended when it is done. A line that was torn by a crash is skipped, and
//! its chunk is run again. A line counts only for the build that wrote it and for the very scenario:
//! after any change to the code under test or to a scenario everything is run afresh.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::explore::Done;
use crate::explore::chunk::is_chunk;
use crate::scenario::Scenario;

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    /// What wrote it.
    build: String,
    /// The digest of the scenario's content.
    content: String,
    #[serde(flatten)]
    done: Done,
}

/// The file, and what is known from it.
#[derive(Debug)]
pub struct Progress {
    file: File,
    path: PathBuf,
    build: String,
    /// The digest of each scenario's content, by the scenario's name.
    contents: BTreeMap<String, String>,
    known: Vec<Done>,
}

impl Progress {
    /// Opens the file, or creates it. `build` names what is under test, see [`build_of`]; the names
    /// of the scenarios must differ.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written. Lines that make no sense are no error.
    pub fn open(
        path: &Path,
        build: String,
        scenarios: &[Scenario],
    ) -> Result<Progress, ProgressError> {
        let error = |cause| ProgressError { path: path.to_owned(), cause };
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path).map_err(error)?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(error)?;
        if bytes.last().is_some_and(|&last| last != b'\n') {
            file.write_all(b"\n").map_err(error)?;
        }
        let contents: BTreeMap<_, _> =
            scenarios.iter().map(|it| (it.name.clone(), content(it))).collect();
        let lines = bytes.split(|&byte| byte == b'\n');
        let known = lines
            .filter_map(|line| serde_json::from_slice::<Line>(line).ok())
            .filter(|line| line.build == build)
            .filter(|line| contents.get(&line.done.scenario) == Some(&line.content))
            .map(|line| line.done)
            .collect();
        Ok(Progress { file, path: path.to_owned(), build, contents, known })
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
    pub fn note(&mut self, done: Done) -> Result<(), ProgressError> {
        let content = self.contents.get(&done.scenario).cloned().unwrap_or_default();
        let line = Line { build: self.build.clone(), content, done };
        let written = serde_json::to_string(&line)
            .map_err(io::Error::from)
            .and_then(|text| self.file.write_all(format!("{text}\n").as_bytes()));
        written.map_err(|cause| ProgressError { path: self.path.clone(), cause })
    }
}

/// All that decides what a scenario's seeds mean; where its file lies does not.
fn content(scenario: &Scenario) -> String {
    let mut digest = Digest::new();
    digest.text(&serde_json::to_string(scenario).unwrap_or_default());
    digest.to_string()
}

/// Names a build by the digest of its program: a change in the code is another build.
///
/// # Errors
///
/// When the program cannot be read.
pub fn build_of(program: &Path) -> io::Result<String> {
    let bytes = std::fs::read(program)?;
    let mut digest = Digest::new();
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| digest.word(u64::from_le_bytes(*word)));
    rest.iter().for_each(|byte| digest.word(u64::from(*byte)));
    Ok(digest.to_string())
}

/// The progress could not be kept.
#[derive(Debug)]
pub struct ProgressError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub cause: io::Error,
}

impl fmt::Display for ProgressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the progress cannot be kept: {}", self.path.display(), self.cause)
    }
}

impl std::error::Error for ProgressError {}
