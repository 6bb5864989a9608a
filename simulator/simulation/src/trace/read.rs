//! A reader of traces, event by event.

use std::fmt;
use std::io::{self, BufRead, Read};

use super::TraceEvent;
use crate::json::explain;

/// The largest length of a line in bytes; the simulator writes no longer ones.
const LONGEST_LINE: u64 = 16 << 20;

/// A reader of a trace as a stream.
#[derive(Debug)]
pub struct TraceReader<R> {
    input: R,
    line: u64,
    text: Vec<u8>,
}

impl<R: BufRead> TraceReader<R> {
    /// Returns a reader of `input`.
    pub fn new(input: R) -> Self {
        TraceReader { input, line: 0, text: Vec::new() }
    }

    /// Returns the next event; `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns an error if the input cannot be read, or if a line is not an event of a trace.
    pub fn next_event(&mut self) -> Result<Option<TraceEvent>, TraceError> {
        self.text.clear();
        self.line += 1;
        let mut line = self.input.by_ref().take(LONGEST_LINE);
        if line.read_until(b'\n', &mut self.text).map_err(TraceError::Io)? == 0 {
            return Ok(None);
        }
        let event = serde_json::from_slice(&self.text);
        event.map(Some).map_err(|error| {
            let column = error.column().max(1) as u64;
            TraceError::Malformed { line: self.line, column, message: explain(&error) }
        })
    }

    /// Returns the number of the line read last, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

/// The reason for which a trace could not be read.
#[derive(Debug)]
pub enum TraceError {
    /// The input could not be read.
    Io(io::Error),
    /// A line is not an event of a trace.
    Malformed {
        /// The line, from 1.
        line: u64,
        /// The column, in bytes from 1.
        column: u64,
        /// The problem with the line.
        message: String,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TraceError::Io(error) => write!(f, "the file cannot be read: {error}"),
            TraceError::Malformed { line, column, message } => {
                write!(
                    f,
                    "line {line}, column {column}: not an event of a trace as --trace writes them: {message}"
                )
            }
        }
    }
}

impl std::error::Error for TraceError {}
