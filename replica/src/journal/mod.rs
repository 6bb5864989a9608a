//! Durable state as the bytes of one file: checksummed records, appended at the end.
//!
//! ```text
//! replica 1 0000\n                                     whose file it is, in which format
//! [length u64][CRC-32 of the text u32][CRC-32 of these 12 bytes u32][text, a line]     a record
//! ...                                                  (numbers are little-endian)
//! ```
//!
//! With each snapshot the file is rewritten, without the entries that the snapshot stands for. A crash during a write
//! leaves an incomplete record at the end of the file; a loss of power may leave zeros there, with which no record
//! ends. Such a tail was never synced, so nothing that depends on it was sent, and it is cut off. Any other
//! inconsistency is damage to acknowledged state. To start with it could lose acknowledged puts, so it is refused.
//!
//! This module does no I/O: the process's `disk.rs` does it, and a simulator has its own disk.

use std::fmt;

use crate::durable::{Durable, DurableState, Misfit};
use crate::id::NodeId;

/// The length of the part of a record's head that its checksum covers, bytes; below, of the whole head.
const COVERED: usize = 12;
const HEAD: usize = 16;

/// The content of a replica's file, as a sum of its records.
///
/// ```
/// use replica::{Durable, NodeId};
/// use replica::journal::{Journal, Write};
///
/// let (mut journal, mut file, mut bytes) = (Journal::new(NodeId(0)), Vec::new(), Vec::new());
/// journal.whole(&mut file);
/// let records = [Durable::Term { term: 7, voted_for: None }];
/// assert_eq!(journal.add(&records, &mut bytes), Ok(Write::Append));
/// file.extend(bytes);
///
/// let found = Journal::read(&file[..file.len() - 1], NodeId(0))?;
/// assert_eq!(found.torn_bytes, file.len() - 1 - found.sound_bytes);
/// assert!(found.journal.state().is_empty());
/// assert_eq!(Journal::read(&file, NodeId(0))?.journal.state(), journal.state());
/// # Ok::<(), replica::journal::Damage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    id: NodeId,
    state: DurableState,
}

/// The part of the file that bytes replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Nothing: the bytes are appended at the end.
    Append,
    /// The whole file; after a crash the old or the new content exists completely.
    Replace,
}

/// The content of a file that was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The sum of the file's records.
    pub journal: Journal,
    /// Offset of the end of the last sound record, bytes.
    pub sound_bytes: usize,
    /// Length of the torn record that follows, bytes; the caller must cut it off.
    pub torn_bytes: usize,
}

/// The reason for which a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// A file of another replica, in another format, or of another program.
    Foreign {
        /// The beginning that was expected.
        expected: String,
    },
    /// A record that differs from what was written.
    Record {
        /// Offset of the record, bytes.
        offset: usize,
        /// The fault found.
        problem: &'static str,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Foreign { expected } => write!(f, "the file does not begin with {expected:?}"),
            Damage::Record { offset, problem } => write!(f, "byte {offset}: {problem}"),
        }
    }
}

impl std::error::Error for Damage {}

impl Journal {
    /// Returns the journal of a replica that has persisted nothing yet.
    pub fn new(id: NodeId) -> Self {
        Journal { id, state: DurableState::default() }
    }

    /// Reads a file and adds up its records.
    ///
    /// The first line of a file is never torn, because a file gets its name only after that line is written.
    ///
    /// # Errors
    /// [`Damage`] other than a record cut short at the end.
    pub fn read(file: &[u8], id: NodeId) -> Result<Found, Damage> {
        let expected = header(id);
        if !file.starts_with(expected.as_bytes()) {
            return Err(Damage::Foreign { expected });
        }
        let zeros = file.iter().rev().take_while(|byte| **byte == 0).count();
        let written = &file[..file.len() - zeros];
        let mut journal = Journal::new(id);
        let mut offset = expected.len();
        while let Some(record) = next_record(&written[offset..]) {
            let damaged = |problem| Damage::Record { offset, problem };
            let (record, length) = record.map_err(damaged)?;
            let misfit = |_| damaged("the record does not follow from those before it");
            journal.state.apply(&record).map_err(misfit)?;
            offset += length;
        }
        Ok(Found { journal, sound_bytes: offset, torn_bytes: file.len() - offset })
    }

    /// Returns the state that is the sum of the records.
    pub fn state(&self) -> &DurableState {
        &self.state
    }

    /// Applies records, and replaces the content of `bytes` by the bytes to write.
    ///
    /// # Errors
    /// [`Misfit`] if a record cannot come next; the journal must not be used afterwards.
    pub fn add(&mut self, records: &[Durable], bytes: &mut Vec<u8>) -> Result<Write, Misfit> {
        records.iter().try_for_each(|record| self.state.apply(record))?;
        if records.iter().any(|record| matches!(record, Durable::Snapshot(_))) {
            self.whole(bytes);
            return Ok(Write::Replace);
        }
        bytes.clear();
        records.iter().for_each(|record| encode(record, bytes));
        Ok(Write::Append)
    }

    /// Replaces the content of `bytes` by the whole file, in its shortest form.
    pub fn whole(&self, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(header(self.id).as_bytes());
        if !self.state.is_empty() {
            self.state.records().for_each(|record| encode(&record, bytes));
        }
    }
}

/// Returns the first line of a replica's file.
fn header(id: NodeId) -> String {
    format!("replica 1 {id}\n")
}

/// Appends a record in the file's form.
fn encode(record: &Durable, bytes: &mut Vec<u8>) {
    let mut text = String::with_capacity(match record {
        Durable::Append { entry, .. } => entry.encoded_size(),
        _ => 64,
    });
    record.encode(&mut text);
    text.push('\n');
    let begin = bytes.len();
    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(text.as_bytes()).to_le_bytes());
    let head = crc32fast::hash(&bytes[begin..]);
    bytes.extend_from_slice(&head.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// Returns the record at the beginning, and its length; `None` at the end, or if the record is incomplete. The head has
/// its own checksum, so that a damaged length does not look like an incomplete record.
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
mod tests;
