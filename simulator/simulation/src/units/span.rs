//! Ranges of durations.

use serde::{Deserialize, Serialize};

use super::Nanos;

/// A range of durations, both ends included, `min <= max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The shortest.
    pub min: Nanos,
    /// The longest.
    pub max: Nanos,
}

/// The distribution of a duration: uniform within `span`, plus a tail in which each further `tail`
/// halves what is left (an exponential distribution of that half-life); no tail if 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// The body.
    pub span: Span,
    /// The half-life of the tail.
    #[serde(default)]
    pub tail: Nanos,
}
