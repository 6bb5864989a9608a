//! The errors of reading a history, with their places.

use std::{error, fmt, io};

/// The reason for which a history could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// A failure of the input itself.
    Io(io::Error),
    /// An input that is not a history.
    Malformed {
        /// The line, from 1.
        line: u64,
        /// The column in characters, from 1.
        column: u64,
        /// The content expected there.
        expected: String,
        /// The content found instead.
        found: String,
    },
    /// A wish that no history of this model can have fulfilled.
    Unsuited {
        /// The wish, as the subject of a sentence.
        wish: &'static str,
        /// The name of the model.
        model: &'static str,
    },
}

impl ReadError {
    pub(super) fn new(
        line: u64,
        column: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        ReadError::Malformed { line, column, expected: expected.into(), found: found.into() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Io(error) => f.write_str(&unreadable(error)),
            ReadError::Unsuited { wish, model } => {
                write!(
                    f,
                    "{wish} is for registers only, and this is a history of the model {model}"
                )
            }
            ReadError::Malformed { line, column, expected, found } => {
                write!(f, "line {line}, column {column}: expected {expected}, found {found}")
            }
        }
    }
}

/// Returns the message for a file that cannot be read.
fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder, expected a history".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8, so it is not a history".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}

impl error::Error for ReadError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            ReadError::Io(error) => Some(error),
            ReadError::Malformed { .. } | ReadError::Unsuited { .. } => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        ReadError::Io(error)
    }
}

/// Returns a part of the input as it is quoted in errors: short, and in one line.
pub(super) fn quoted(text: &str) -> String {
    const WIDEST: usize = 40;
    let shown: String =
        text.chars().take(WIDEST).map(|c| if c.is_control() { '·' } else { c }).collect();
    let more = if text.chars().nth(WIDEST).is_some() { "…" } else { "" };
    format!("`{shown}{more}`")
}
