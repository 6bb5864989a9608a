//! The ranges of a plan's numbers. A file may contain any number; the engine runs only plans within the ranges.

use std::fmt;

use crate::units::{Nanos, SECOND, Span};

/// The latest time of an event in a plan, in nanoseconds: the longest scenario (11 days) and its waits.
pub(crate) const LATEST: Nanos = 3_000_000 * SECOND;

/// The longest delay of a message, in nanoseconds.
pub(crate) const LONGEST_DELAY: Nanos = 60 * SECOND;

/// The reason for which a plan cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The path of the field in the plan's JSON, such as `faults[2].fault.order`.
    pub field: String,
    /// The value that was found and the range that was expected.
    pub message: String,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.field, self.message)
    }
}

impl std::error::Error for PlanError {}

/// Checks the fields of one object of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// The path of the object, such as `faults[2].fault`; empty for the plan itself.
    path: String,
    replicas: u16,
}

impl Bounds {
    /// Returns the bounds of a plan with this number of replicas.
    pub(crate) fn new(replicas: u16) -> Self {
        Bounds { path: String::new(), replicas }
    }

    /// Returns the bounds of an object in this one.
    pub(crate) fn of(&self, name: impl fmt::Display) -> Self {
        Bounds { path: self.path_of(name), replicas: self.replicas }
    }

    fn path_of(&self, name: impl fmt::Display) -> String {
        match self.path.as_str() {
            "" => name.to_string(),
            path => format!("{path}.{name}"),
        }
    }

    /// Returns an error about a field.
    pub(crate) fn error(&self, name: impl fmt::Display, message: String) -> PlanError {
        PlanError { field: self.path_of(name), message }
    }

    /// Checks that a number is within a range, both ends included.
    pub(crate) fn range<T: PartialOrd + fmt::Display>(
        &self,
        name: impl fmt::Display,
        value: T,
        low: T,
        high: T,
    ) -> Result<(), PlanError> {
        if low <= value && value <= high {
            return Ok(());
        }
        Err(self.error(name, format!("{value} is out of range, expected {low} to {high}")))
    }

    /// Checks a range of durations, each at most [`LONGEST_DELAY`].
    pub(crate) fn span(&self, name: impl fmt::Display, span: Span) -> Result<(), PlanError> {
        let bounds = self.of(name);
        bounds.range("max", span.max, 0, LONGEST_DELAY)?;
        bounds.range("min", span.min, 0, span.max)
    }

    /// Checks the number of a replica.
    pub(crate) fn replica(&self, name: impl fmt::Display, id: u16) -> Result<(), PlanError> {
        self.range(name, id, 0, self.replicas - 1)
    }

    /// Checks the numbers of several replicas.
    pub(crate) fn replicas(&self, name: &str, ids: &[u16]) -> Result<(), PlanError> {
        ids.iter().try_for_each(|&id| self.replica(name, id))
    }

    /// Checks the length of a list.
    pub(crate) fn length(&self, list: &str, length: usize, most: u64) -> Result<(), PlanError> {
        if length as u64 <= most {
            return Ok(());
        }
        Err(self.error(list, format!("there are {length} of them, expected {most} at most")))
    }
}
