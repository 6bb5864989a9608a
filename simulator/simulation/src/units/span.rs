//! Ranges of durations.

use serde::{Deserialize, Serialize};

use super::Nanos;

/// A range of durations in nanoseconds, including both ends, with `min <= max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The shortest duration.
    pub min: Nanos,
    /// The longest duration.
    pub max: Nanos,
}

/// The distribution of a duration: uniform within `span`, plus an exponential tail.
///
/// The tail exceeds each further multiple of its half-life `tail` half as often; there is no tail if it is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// The range of the uniform part.
    pub span: Span,
    /// The half-life of the tail, in nanoseconds.
    #[serde(default)]
    pub tail: Nanos,
}
