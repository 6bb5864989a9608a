//! The subjects of checks that have several.

use serde::{Deserialize, Serialize};

/// The subject of a finding. Two failures of a check with several subjects are the same only if their subjects are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// The course's bound on messages between replicas.
    TotalMessages,
    /// The course's bound on failures and unanswered requests.
    Failures,
    /// The course's bound on answers to requests that were already complete.
    Duplicates,
    /// The course's bound on the median latency.
    MedianLatency,
    /// The scenario's limit on messages, which ends the run.
    PacketLimit,
    /// The scenario's budget of time without a leader.
    Leaderless,
    /// The scenario's budget of terms.
    Terms,
    /// The scenario's budget of elections for each fault.
    Elections,
    /// The scenario's budget of the median time from a put to its answer.
    PutLatency,
    /// The scenario's budget of messages that repeat the one before on their link.
    Repeats,
    /// A rule of the system, by its place in the list.
    Rule(u16),
    /// A check of one's own, by its place in the list.
    OwnCheck(u16),
}

/// The finding of a check about one of its subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The subject.
    pub subject: Subject,
    /// The finding in one line.
    pub reason: String,
}
