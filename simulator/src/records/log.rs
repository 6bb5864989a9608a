//! The open record of a command: lines are appended as work is done, and brought into order at the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::claim::{Claim, WriteError, lock};
use super::line::{Group, State};
use super::read::read;
use super::record::{Record, write_group, write_line};
use super::{Line, ReadError, Run, Unfit};

/// A record that is being written.
///
/// A line is appended when something is done. After a crash the lines that are complete count, and the rest is done
/// again.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Begins a record with what is known already, in the place of an earlier one.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn begin(claim: Claim, path: &Path, known: &Record) -> Result<Log, WriteError> {
        let file = replace(known, path)?;
        // The new file is locked.
        drop(claim);
        Ok(Log { file, path: path.to_owned() })
    }

    /// Appends a chunk and its failures.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn chunk(&mut self, group: &Group) -> Result<(), WriteError> {
        self.append(|out| write_group(out, group))
    }

    /// Appends a run.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn run(&mut self, run: Run) -> Result<(), WriteError> {
        self.append(|out| write_line(out, &Line::Run(run)))
    }

    /// Appends a submission that could not be run.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn unfit(&mut self, unfit: Unfit) -> Result<(), WriteError> {
        self.append(|out| write_line(out, &Line::Unfit(unfit)))
    }

    /// Appends whole lines, or nothing where the disk is full.
    fn append(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let mut lines = Vec::new();
        let written = write(&mut lines).and_then(|()| {
            let before = self.file.metadata()?.len();
            self.file.write_all(&lines).inspect_err(|_| {
                // A torn line would be skipped; but it takes room.
                let _ = self.file.set_len(before);
            })
        });
        written.map_err(|cause| WriteError { path: self.path.clone(), cause })
    }

    /// Brings the lines into the one order, adds the last line, and returns the record.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written.
    pub fn finish(
        self,
        state: State,
        canary_found: Option<bool>,
        elapsed_s: f64,
        change: impl FnOnce(&mut Record),
    ) -> Result<Record, LogError> {
        let reading = read(&self.path).map_err(LogError::Read)?;
        let gone = || io::Error::new(io::ErrorKind::NotFound, "the file is gone");
        let reading = reading.ok_or_else(|| WriteError { path: self.path.clone(), cause: gone() });
        let mut record = reading.map_err(LogError::Write)?.record;
        record.sort();
        change(&mut record);
        record.sum_up(state, canary_found, elapsed_s);
        save(&record, &self.path).map_err(LogError::Write)?;
        Ok(record)
    }
}

/// The error that a record could not be read or written.
#[derive(Debug)]
pub enum LogError {
    /// It could not be read.
    Read(ReadError),
    /// It could not be written.
    Write(WriteError),
}

/// Writes a record, completely or not at all.
///
/// # Errors
///
/// If the file cannot be written.
pub fn save(record: &Record, path: &Path) -> Result<(), WriteError> {
    replace(record, path).map(drop)
}

/// Writes a record in the place of another one, and returns the new file, which is locked.
fn replace(record: &Record, path: &Path) -> Result<File, WriteError> {
    let unfinished = path.with_extension("jsonl.tmp");
    let write = || {
        // A process that was killed may have left it.
        let _ = fs::remove_file(&unfinished);
        let file = OpenOptions::new().append(true).create_new(true).open(&unfinished)?;
        let mut out = BufWriter::new(file);
        record.write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_data()?;
        lock(&file)?;
        fs::rename(&unfinished, path)?;
        Ok(file)
    };
    write().map_err(|cause| {
        // On a full disk its beginning takes room from others.
        let _ = fs::remove_file(&unfinished);
        WriteError { path: path.to_owned(), cause }
    })
}
