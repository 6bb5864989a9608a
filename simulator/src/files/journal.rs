//! A journal: a file of JSON lines that records finished work.
//!
//! With it, a long command goes on where it stopped.
//!
//! A line is appended when something is done. A line that a crash left incomplete is skipped, and its work is done
//! again. The reader decides what a line is worth.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The open file, to which lines can be added.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the file, or creates it, and returns its lines.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written. Lines that make no sense are no error.
    pub fn open<Line: DeserializeOwned>(path: &Path) -> Result<(Journal, Vec<Line>), JournalError> {
        let error = |cause| JournalError { path: path.to_owned(), cause };
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path).map_err(error)?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(error)?;
        if bytes.last().is_some_and(|&last| last != b'\n') {
            file.write_all(b"\n").map_err(error)?;
        }
        let lines = bytes.split(|&byte| byte == b'\n');
        let known = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        Ok((Journal { file, path: path.to_owned() }, known))
    }

    /// Appends a line, whole or not at all where the disk is full.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn note(&mut self, line: &impl Serialize) -> Result<(), JournalError> {
        let written = serde_json::to_string(line).map_err(io::Error::from).and_then(|text| {
            let before = self.file.metadata()?.len();
            self.file.write_all(format!("{text}\n").as_bytes()).inspect_err(|_| {
                // A torn line would be skipped; but it takes room.
                let _ = self.file.set_len(before);
            })
        });
        written.map_err(|cause| JournalError { path: self.path.clone(), cause })
    }
}

/// Removes the file if nothing was noted in it.
impl Drop for Journal {
    fn drop(&mut self) {
        if self.file.metadata().is_ok_and(|metadata| metadata.len() == 0) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The error that the journal could not be read or written.
#[derive(Debug)]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    pub cause: io::Error,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the progress cannot be kept: {}", self.path.display(), self.cause)
    }
}

impl std::error::Error for JournalError {}
