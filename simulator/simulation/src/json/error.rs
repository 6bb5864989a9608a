//! What is said to the author of a scenario file, and where in the file it applies.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a scenario file. Displayed as `file:line:column: ` followed by the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, or the name given to [`Scenario::parse`](crate::scenario::Scenario::parse).
    pub path: PathBuf,
    /// The line, from 1; none when the file as a whole is meant.
    pub line: Option<usize>,
    /// The column in characters, from 1; none when the file as a whole is meant.
    pub column: Option<usize>,
    /// The field with the objects it is in, such as `tests.benchmarks.failures[1]`.
    pub field: Option<String>,
}

/// Where in a file a text ends that is its beginning: the line, and the column in characters, from 1.
pub(crate) fn line_and_column(before: &str) -> (usize, usize) {
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}:")?;
        }
        match &self.field {
            Some(field) => write!(f, " `{field}`:"),
            None => Ok(()),
        }
    }
}

/// Why a scenario could not be loaded: what was found, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// Where.
    pub place: Place,
    /// What is wrong, in a sentence without the place.
    pub message: String,
}

impl ScenarioError {
    /// An error about a file as a whole.
    pub fn about(path: &Path, message: impl Into<String>) -> Self {
        let place = Place { path: path.to_owned(), line: None, column: None, field: None };
        ScenarioError { place, message: message.into() }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.message)
    }
}

impl std::error::Error for ScenarioError {}

/// Something a scenario's author should know, although the file was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What is odd, in a sentence without the place.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} warning: {}", self.place, self.message)
    }
}
