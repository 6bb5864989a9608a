//! Reads traces back, event by event.

use std::fmt;
use std::io::{self, BufRead, Read};

use super::TraceEvent;

/// No line that the simulator writes is longer, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// Reads a trace as a stream.
#[derive(Debug)]
pub struct TraceReader<R> {
    input: R,
    line: u64,
    text: Vec<u8>,
}

impl<R: BufRead> TraceReader<R> {
    /// Reads from here.
    pub fn new(input: R) -> Self {
        TraceReader { input, line: 0, text: Vec::new() }
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, or a line is no event of a trace.
    pub fn next_event(&mut self) -> Result<Option<TraceEvent>, TraceError> {
        self.text.clear();
        self.line += 1;
        let mut line = self.input.by_ref().take(LONGEST_LINE);
        if line.read_until(b'\n', &mut self.text).map_err(TraceError::Io)? == 0 {
            return Ok(None);
        }
        let event = serde_json::from_slice(&self.text);
        event.map(Some).map_err(|error| {
            let message = error.to_string();
            let end = message.rfind(" at line ").unwrap_or(message.len());
            TraceError::Malformed { line: self.line, message: message[..end].to_owned() }
        })
    }

    /// The number of the line read last, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

/// Why a trace could not be read.
#[derive(Debug)]
pub enum TraceError {
    /// The input itself failed.
    Io(io::Error),
    /// A line is no event of a trace.
    Malformed {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        message: String,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TraceError::Io(error) => write!(f, "the file cannot be read: {error}"),
            TraceError::Malformed { line, message } => {
                write!(f, "line {line}: not an event of a trace as --trace writes them: {message}")
            }
        }
    }
}

impl std::error::Error for TraceError {}
