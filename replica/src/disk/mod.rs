//! Durable state in a directory: the file that [`replica::journal`] describes.
//!
//! All records of one step are written together and synced before anything that depends on them is sent. A new file
//! replaces the old one in a single rename.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use replica::journal::{Damage, Journal, Write as Change};
use replica::{Durable, DurableState, NodeId};
use rustix::fs::{FlockOperation, flock};

/// The name of the file of records.
const RECORDS: &str = "records";
/// The name of the file that replaces it.
const NEW_RECORDS: &str = "records.new";
/// The name of the file that is locked while a process uses the directory.
const LOCK: &str = "lock";

/// A replica's directory, locked by this process.
#[derive(Debug)]
pub(crate) struct Disk {
    directory: PathBuf,
    file: File,
    /// The lock, which is released when the file is closed.
    _lock: File,
    /// The content of the file.
    journal: Journal,
    /// A buffer that is reused for records.
    bytes: Vec<u8>,
}

/// The reason for which a directory cannot be used.
#[derive(Debug)]
pub(crate) enum DiskError {
    /// A failed system call.
    Io {
        /// The action that failed.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// A directory in use by another process.
    Locked(PathBuf),
    /// A file of another replica, in another format, or of another program.
    Foreign {
        /// The file.
        path: PathBuf,
        /// The beginning that was expected.
        expected: String,
    },
    /// A record that differs from what was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Offset of the record, bytes.
        offset: usize,
        /// The fault found.
        problem: &'static str,
    },
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiskError::Io { doing, path, error } => {
                write!(f, "{doing} {}: {error}", path.display())
            }
            DiskError::Locked(path) => {
                write!(f, "{} is in use by another process; stop it first", path.display())
            }
            DiskError::Foreign { path, expected } => write!(
                f,
                "{} does not begin with {expected:?}: it belongs to another replica or is no file of ours; \
                 give each replica a directory of its own",
                path.display()
            ),
            DiskError::Damaged { path, offset, problem } => write!(
                f,
                "{}, byte {offset}: {problem}. Acknowledged data may be lost if this replica starts from here. \
                 Get the file back as it was (an older copy will not do), or retire this member for good: \
                 one that forgot its votes must not come back under the same id",
                path.display()
            ),
        }
    }
}

impl std::error::Error for DiskError {}

/// An opened directory.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The directory to persist to.
    pub disk: Disk,
    /// The state persisted before; empty in a new directory.
    pub state: DurableState,
    /// Length of the torn record that was cut off, bytes.
    pub torn_bytes: usize,
}

impl Disk {
    /// Opens a directory, creates it if necessary, and reads its state.
    ///
    /// # Errors
    /// [`DiskError`] if the directory is in use, belongs to another replica, is damaged, or is refused by the system.
    /// Then nothing was changed.
    pub(crate) fn open(directory: &Path, id: NodeId) -> Result<Opened, DiskError> {
        fs::create_dir_all(directory).map_err(failed("create directory", directory))?;
        let lock = lock(directory)?;
        let path = directory.join(RECORDS);
        let found = match fs::read(&path) {
            Ok(bytes) => Some(Journal::read(&bytes, id).map_err(|damage| in_file(&path, damage))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let (journal, torn_bytes, file) = match found {
            Some(found) => {
                let file = cut_off(&path, found.sound_bytes as u64)?;
                (found.journal, found.torn_bytes, file)
            }
            None => {
                let journal = Journal::new(id);
                let mut bytes = Vec::new();
                journal.whole(&mut bytes);
                (journal, 0, write_anew(directory, &bytes)?)
            }
        };
        let state = journal.state().clone();
        let directory = directory.to_owned();
        let disk = Disk { directory, file, _lock: lock, journal, bytes: Vec::new() };
        Ok(Opened { disk, state, torn_bytes })
    }

    /// Makes records durable: when this returns, they survive the end of the process and of the machine.
    ///
    /// # Errors
    /// The error of the system. The content of the disk is then unknown, so the process must exit without sending
    /// anything.
    pub(crate) fn persist(&mut self, records: &[Durable]) -> Result<(), DiskError> {
        if records.is_empty() {
            return Ok(());
        }
        let path = || self.directory.join(RECORDS);
        let change = self.journal.add(records, &mut self.bytes);
        match change.map_err(|error| failed("add to", &path())(io::Error::other(error)))? {
            Change::Replace => self.file = write_anew(&self.directory, &self.bytes)?,
            Change::Append => {
                let written = self.file.write_all(&self.bytes).and_then(|()| self.file.sync_data());
                written.map_err(|error| failed("write to", &path())(error))?;
            }
        }
        Ok(())
    }
}

/// Returns a function that makes an error of a failed system call.
fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    move |error| DiskError::Io { doing, path: path.to_owned(), error }
}

/// Takes the lock, which the system releases when the process ends in any way.
fn lock(directory: &Path) -> Result<File, DiskError> {
    let path = directory.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(failed("open", &path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(DiskError::Locked(directory.to_owned())),
        Err(error) => Err(failed("lock", &path)(error.into())),
    }
}

/// Opens the file for appending, and removes everything after its last sound record.
fn cut_off(path: &Path, sound_bytes: u64) -> Result<File, DiskError> {
    let open = || {
        let file = OpenOptions::new().append(true).open(path)?;
        if file.metadata()?.len() > sound_bytes {
            file.set_len(sound_bytes)?;
            file.sync_all()?;
        }
        Ok(file)
    };
    open().map_err(failed("repair", path))
}

/// Replaces the file by one with this content. After a crash, the old or the new one exists completely.
fn write_anew(directory: &Path, bytes: &[u8]) -> Result<File, DiskError> {
    let path = directory.join(NEW_RECORDS);
    let replace = || {
        let mut file = File::create(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&path, directory.join(RECORDS))?;
        File::open(directory)?.sync_all()?;
        Ok(file)
    };
    replace().map_err(failed("write", &path))
}

/// Adds the file's path to a damage.
fn in_file(path: &Path, damage: Damage) -> DiskError {
    let path = path.to_owned();
    match damage {
        Damage::Foreign { expected } => DiskError::Foreign { path, expected },
        Damage::Record { offset, problem } => DiskError::Damaged { path, offset, problem },
    }
}

#[cfg(test)]
mod tests;
