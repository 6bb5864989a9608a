//! Errors and warnings for the author of a scenario file, with their place in the file.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a scenario file. Displayed as `file:line:column: ` followed by the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, or the name given to [`Scenario::parse`](crate::scenario::Scenario::parse).
    pub path: PathBuf,
    /// The line, from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// The column in characters, from 1; `None` for the file as a whole.
    pub column: Option<usize>,
    /// The path of the field, such as `tests.benchmarks.failures[1]`.
    pub field: Option<String>,
}

/// Returns the line and the column, in characters and from 1, at which the text `before` ends.
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

/// The reason for which a scenario could not be loaded: the value found, the value expected, and a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The place in the file.
    pub place: Place,
    /// The problem, in a sentence without the place.
    pub message: String,
}

impl ScenarioError {
    /// Returns an error about a file as a whole.
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

/// A remark for the author of a scenario whose file was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The place in the file.
    pub place: Place,
    /// The remark, in a sentence without the place.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} warning: {}", self.place, self.message)
    }
}
