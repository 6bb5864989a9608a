//! What a process must not forget, in a directory: an append-only file of checksummed records.
//!
//! ```text
//! replica 1 0000\n                                     whose file it is, in which format
//! [length u64][CRC-32 of the text u32][CRC-32 of these 12 bytes u32][text, a line]     a record
//! ...                                                  (numbers are little-endian)
//! ```
//!
//! All records of one step are written at once and synced before anything that depends on them is sent. With each snapshot the
//! file is written anew, without what the snapshot stands for, and takes the place of the old one in a single rename.
//!
//! A process killed while it writes leaves a record cut short at the very end; a machine that loses power may leave zeros
//! there, which no record ends with. Such a tail was never synced, so nobody was told of it, and it is cut off. Anything
//! else that does not add up is damage to what others may count on, and starting with it could lose acknowledged puts:
//! it is refused.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use replica::{Durable, DurableState, NodeId};
use rustix::fs::{FlockOperation, flock};

/// The file of records.
const RECORDS: &str = "records";
/// The file that is to take its place.
const NEW_RECORDS: &str = "records.new";
/// Locked while a process uses the directory.
const LOCK: &str = "lock";

/// The lengths of a record's head: of the part its own checksum covers, and of all.
const COVERED: usize = 12;
const HEAD: usize = 16;

/// A replica's directory, in use by us alone.
#[derive(Debug)]
pub struct Disk {
    directory: PathBuf,
    id: NodeId,
    file: File,
    /// Held, not read: closing it releases the lock.
    _lock: File,
    /// The sum of the records in the file, from which it is written anew.
    state: DurableState,
    /// Reused.
    bytes: Vec<u8>,
}

/// Why a directory cannot be used.
#[derive(Debug)]
pub enum DiskError {
    /// The system refused something.
    Io {
        /// What was being done.
        doing: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another process uses it.
    Locked(PathBuf),
    /// The file is another replica's, in another format, or none of ours.
    Foreign {
        /// The file.
        path: PathBuf,
        /// How it should begin.
        expected: String,
    },
    /// A record is not what was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the record begins, bytes.
        offset: usize,
        /// What is wrong with it.
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

/// A directory as found at the start.
#[derive(Debug)]
pub struct Opened {
    /// To persist to.
    pub disk: Disk,
    /// What was persisted before; empty in a new directory.
    pub state: DurableState,
    /// How many bytes of a record cut short at the end were cut off.
    pub torn_bytes: usize,
}

impl Disk {
    /// Takes a directory into use, creates it if need be, and reads what is there.
    ///
    /// # Errors
    /// [`DiskError`]: in use, not ours, damaged, or refused by the system. Nothing was changed then.
    pub fn open(directory: &Path, id: NodeId) -> Result<Opened, DiskError> {
        fs::create_dir_all(directory).map_err(failed("create directory", directory))?;
        let lock = lock(directory)?;
        let path = directory.join(RECORDS);
        let found = match fs::read(&path) {
            Ok(bytes) => Some(read(&bytes, id).map_err(|problem| problem.in_file(&path))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let (state, torn_bytes, file) = match found {
            Some(found) => {
                let file = cut_off(&path, found.sound_bytes as u64)?;
                (found.state, found.torn_bytes, file)
            }
            None => {
                let state = DurableState::default();
                let file = write_anew(directory, id, &state)?;
                (state, 0, file)
            }
        };
        let disk = Disk {
            directory: directory.to_owned(),
            id,
            file,
            _lock: lock,
            state: state.clone(),
            bytes: Vec::new(),
        };
        Ok(Opened { disk, state, torn_bytes })
    }

    /// Makes records durable: when this returns, they survive the end of the process and of the machine.
    ///
    /// # Errors
    /// What the system refused. What is on the disk is unknown then, so the process must end, and send nothing before.
    pub fn persist(&mut self, records: &[Durable]) -> Result<(), DiskError> {
        if records.is_empty() {
            return Ok(());
        }
        self.bytes.clear();
        let mut anew = false;
        for record in records {
            let path = || self.directory.join(RECORDS);
            let misfit = |error| failed("add to", &path())(io::Error::other(error));
            self.state.apply(record).map_err(misfit)?;
            anew |= matches!(record, Durable::Snapshot(_));
            encode(record, &mut self.bytes);
        }
        if anew {
            self.file = write_anew(&self.directory, self.id, &self.state)?;
            return Ok(());
        }
        let written = self.file.write_all(&self.bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| failed("write to", &self.directory.join(RECORDS))(error))
    }
}

/// Says what failed.
fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    move |error| DiskError::Io { doing, path: path.to_owned(), error }
}

/// Takes the lock; the system releases it with the process, however that ends.
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

/// Opens the file to add to it, without what comes after its last sound record.
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

/// Puts a file with this state in the place of the one there may be: after a crash one of them is there, whole.
fn write_anew(directory: &Path, id: NodeId, state: &DurableState) -> Result<File, DiskError> {
    let path = directory.join(NEW_RECORDS);
    let mut bytes = header(id).into_bytes();
    if !state.is_empty() {
        state.records().for_each(|record| encode(&record, &mut bytes));
    }
    let replace = || {
        let mut file = File::create(&path)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&path, directory.join(RECORDS))?;
        File::open(directory)?.sync_all()?;
        Ok(file)
    };
    replace().map_err(failed("write", &path))
}

/// How the file of a replica begins.
fn header(id: NodeId) -> String {
    format!("replica 1 {id}\n")
}

/// Adds a record, as it is in the file.
fn encode(record: &Durable, bytes: &mut Vec<u8>) {
    let mut text = String::new();
    record.encode(&mut text);
    text.push('\n');
    let begin = bytes.len();
    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(text.as_bytes()).to_le_bytes());
    let head = crc32fast::hash(&bytes[begin..]);
    bytes.extend_from_slice(&head.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    state: DurableState,
    sound_bytes: usize,
    torn_bytes: usize,
}

/// What is wrong with a file.
#[derive(Debug, PartialEq, Eq)]
enum Problem {
    Header { expected: String },
    Record { offset: usize, problem: &'static str },
}

impl Problem {
    fn in_file(self, path: &Path) -> DiskError {
        let path = path.to_owned();
        match self {
            Problem::Header { expected } => DiskError::Foreign { path, expected },
            Problem::Record { offset, problem } => DiskError::Damaged { path, offset, problem },
        }
    }
}

/// Adds up the records of a file. The header is never torn: a file gets its name only when it is whole.
fn read(bytes: &[u8], id: NodeId) -> Result<Found, Problem> {
    let expected = header(id);
    if !bytes.starts_with(expected.as_bytes()) {
        return Err(Problem::Header { expected });
    }
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let written = &bytes[..bytes.len() - zeros];
    let mut state = DurableState::default();
    let mut offset = expected.len();
    while let Some(record) = next_record(&written[offset..]) {
        let damaged = |problem| Problem::Record { offset, problem };
        let (record, length) = record.map_err(damaged)?;
        let misfit = |_| damaged("the record does not follow from those before it");
        state.apply(&record).map_err(misfit)?;
        offset += length;
    }
    Ok(Found { state, sound_bytes: offset, torn_bytes: bytes.len() - offset })
}

/// The record at the beginning, and its length; none at the end, or when it is cut short. The head has a checksum of its
/// own, so that a damaged length does not look like a record cut short.
fn next_record(bytes: &[u8]) -> Option<Result<(Durable, usize), &'static str>> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    let (head_checksum, rest) = rest.split_first_chunk()?;
    if u32::from_le_bytes(*head_checksum) != crc32fast::hash(&bytes[..COVERED]) {
        return Some(Err("the head of the record is not what was written (checksum)"));
    }
    let text = rest.get(..usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    if u32::from_le_bytes(*checksum) != crc32fast::hash(text) {
        return Some(Err("the record is not what was written (checksum)"));
    }
    let line = std::str::from_utf8(text).ok().and_then(|text| text.strip_suffix('\n'));
    let record = line.and_then(Durable::decode).ok_or("the record makes no sense");
    Some(record.map(|record| (record, HEAD + text.len())))
}

#[cfg(test)]
#[path = "disk/tests.rs"]
mod tests;
