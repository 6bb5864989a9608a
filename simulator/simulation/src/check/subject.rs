//! What a failed check is about, where one check watches several things.

use serde::{Deserialize, Serialize};

/// The one of several things that a check watches. Two failures of such a check are the same only if this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// The course's bound on messages between replicas.
    TotalMessages,
    /// The course's bound on failures and unanswered requests.
    Failures,
    /// The course's bound on answers to requests that were complete.
    Duplicates,
    /// The course's bound on the median latency.
    MedianLatency,
    /// The scenario's limit on messages, which ends the run.
    PacketLimit,
}

/// One of several things that a check found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What it is about.
    pub subject: Subject,
    /// What is wrong, in one line.
    pub reason: String,
}
