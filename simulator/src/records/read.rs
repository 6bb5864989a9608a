//! Reading a record, with an end that a crash may have torn off.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::line::{Group, Line, VERSION};
use super::record::Record;

/// A record as it was read.
#[derive(Debug)]
pub struct Reading {
    /// The lines up to the first that makes no sense.
    pub record: Record,
    /// The number of the first line that makes no sense or is incomplete, and the problem.
    pub torn: Option<(u64, String)>,
}

/// The reason for which a record could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    pub cause: ReadCause,
}

/// The cause of a [`ReadError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadCause {
    /// The file cannot be read.
    Io(io::Error),
    /// The file does not begin with the header of a record.
    NoRecord,
    /// The format is of another version.
    Version(u32),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        match &self.cause {
            ReadCause::Io(error) => write!(f, "the record cannot be read: {error}"),
            ReadCause::NoRecord => {
                f.write_str("this is no record: it does not begin with a header")
            }
            ReadCause::Version(version) => write!(
                f,
                "this record has format {version}, and this simulator reads format {VERSION}"
            ),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            ReadCause::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Reads a record; `None` if there is no file, or an empty one.
///
/// # Errors
///
/// If the file cannot be read, or is not a record. A torn end is no error.
pub fn read(path: &Path) -> Result<Option<Reading>, ReadError> {
    let error = |cause| ReadError { path: path.to_owned(), cause };
    let file = match File::open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|cause| error(ReadCause::Io(cause)))?,
    };
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut bytes = Vec::new();
    let mut next = |bytes: &mut Vec<u8>| {
        bytes.clear();
        file.read_until(b'\n', bytes).map_err(|cause| error(ReadCause::Io(cause)))
    };
    if next(&mut bytes)? == 0 {
        return Ok(None);
    }
    let mut record = match header(&bytes) {
        Ok(record) => record,
        // It was torn off while it was written, and nothing follows.
        Err(ReadCause::NoRecord) if !bytes.ends_with(b"\n") && is_beginning(&bytes) => {
            return Ok(None);
        }
        Err(cause) => return Err(error(cause)),
    };
    let mut failures = Vec::new();
    for number in 2.. {
        if next(&mut bytes)? == 0 {
            // Failures without their chunk were torn off from it.
            let torn = (!failures.is_empty()).then(|| (number, "the chunk is missing".to_owned()));
            return Ok(Some(Reading { record, torn }));
        }
        let taken = if bytes.ends_with(b"\n") {
            take(&mut record, &mut failures, &bytes)
        } else {
            Err("the line is incomplete".to_owned())
        };
        if let Err(problem) = taken {
            record.end = None;
            return Ok(Some(Reading { record, torn: Some((number, problem)) }));
        }
    }
    unreachable!("the numbers do not end")
}

/// Returns true for the beginning of a header.
fn is_beginning(bytes: &[u8]) -> bool {
    let begin = br#"{"line":"header","#;
    bytes.starts_with(begin) || begin.starts_with(bytes)
}

/// Parses the first line.
fn header(bytes: &[u8]) -> Result<Record, ReadCause> {
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|_| ReadCause::NoRecord)?;
    if value["line"] != "header" {
        return Err(ReadCause::NoRecord);
    }
    let version = value["record"].as_u64().and_then(|version| u32::try_from(version).ok());
    if let Some(version) = version.filter(|version| *version != VERSION) {
        return Err(ReadCause::Version(version));
    }
    match serde_json::from_value(value) {
        Ok(Line::Header(header)) => Ok(Record::new(header)),
        _ => Err(ReadCause::NoRecord),
    }
}

/// Adds a line to the record.
fn take(
    record: &mut Record,
    failures: &mut Vec<super::Failed>,
    bytes: &[u8],
) -> Result<(), String> {
    let line: Line = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if !failures.is_empty() && !matches!(line, Line::Failure(_) | Line::Chunk(_)) {
        return Err("failures stand above their chunk".to_owned());
    }
    let was_over = record.end.take().is_some();
    match line {
        Line::Header(_) => return Err("a second header".to_owned()),
        Line::Failure(failure) => failures.push(failure),
        Line::Chunk(chunk) => {
            let is_whole = failures.len() as u64 == chunk.failed
                && chunk.first <= chunk.last
                && chunk.marks.len() == record.header.marks.len()
                && record.header.scenario(&chunk.scenario).is_some();
            if !is_whole {
                return Err("the chunk does not fit its header and failures".to_owned());
            }
            record.groups.push(Group { failures: std::mem::take(failures), chunk });
        }
        Line::Run(run) => record.runs.push(run),
        Line::Unfit(unfit) => record.unfit.push(unfit),
        Line::End(_) if was_over => return Err("a second end".to_owned()),
        Line::End(end) => record.end = Some(end),
    }
    Ok(())
}
