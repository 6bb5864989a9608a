//! The findings of the Raft monitor: a rule, the replica that broke it, and the contested item.

use std::fmt;

use crate::Nanos;
use crate::api::NodeId;

/// A violation of a rule of Raft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyViolation {
    /// The time at which it was first visible.
    pub at: Nanos,
    /// The replica that shows it.
    pub node: NodeId,
    /// The violated property.
    pub property: Property,
    /// The contested item, by which the same breach is recognised in another run.
    pub contested: Contested,
    /// The first commit of the contested entry, if it was committed.
    pub committed: Option<FirstCommit>,
    /// A description of the violation.
    pub what: String,
}

/// The first replica that knew an entry to be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstCommit {
    /// The replica.
    pub node: NodeId,
    /// When.
    pub at: Nanos,
    /// Its term then.
    pub term: u64,
}

/// The item on which two replicas, or a replica and its own past, disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contested {
    /// A term, which has two leaders.
    Term(u64),
    /// An entry of the log.
    Entry {
        /// Its position.
        index: u64,
        /// A number that depends on the entry and on all before it, as they were committed or seen first; 0 where
        /// no replica had one there before.
        chain: u64,
    },
    /// A replica's own term or commit index.
    Replica(NodeId),
}

/// The rules of Raft that the monitor watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// At most one leader in a term (§5.2).
    ElectionSafety,
    /// A leader only appends to its log (§5.3).
    LeaderAppendOnly,
    /// Logs with the same term at a position have the same prefix (§5.3).
    LogMatching,
    /// Every committed entry is in the log of every later leader (§5.4).
    LeaderCompleteness,
    /// No two replicas commit different entries at one position (§5.4.3).
    StateMachineSafety,
    /// Terms and commit indexes only grow.
    Monotonicity,
    /// Promised state is there after a restart: term, vote and entries (figure 2, persistent state).
    Durability,
    /// A replica votes once in a term, restarts included (§5.2).
    OneVote,
    /// A leader commits by counting only entries of its own term (§5.4.2).
    OwnTermCommits,
    /// At its first commit, an entry is in the logs of a majority (§5.3).
    MajorityCommits,
    /// The state machine has applied exactly what is committed, and a snapshot is of committed entries (§5.3, §7).
    AppliedCommits,
}

/// A group of rules, each of which a check of its own judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// The properties of Raft's figure 3, and the monotonicity of terms and commit indexes (§5.1, §5.3).
    Safety,
    /// The promises of replicas to others.
    Promises,
    /// The moves of commit indexes.
    Commits,
}

impl Property {
    /// Returns the group of the rule.
    pub fn rules(self) -> Rules {
        match self {
            Property::ElectionSafety
            | Property::LeaderAppendOnly
            | Property::LogMatching
            | Property::LeaderCompleteness
            | Property::StateMachineSafety
            | Property::Monotonicity => Rules::Safety,
            Property::Durability | Property::OneVote => Rules::Promises,
            Property::OwnTermCommits | Property::MajorityCommits | Property::AppliedCommits => {
                Rules::Commits
            }
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Property::ElectionSafety => "election safety",
            Property::LeaderAppendOnly => "leader append-only",
            Property::LogMatching => "log matching",
            Property::LeaderCompleteness => "leader completeness",
            Property::StateMachineSafety => "state machine safety",
            Property::Monotonicity => "monotonicity",
            Property::Durability => "durability",
            Property::OneVote => "one vote a term",
            Property::OwnTermCommits => "commits of the leader's own term",
            Property::MajorityCommits => "commits by a majority",
            Property::AppliedCommits => "application up to the commit index",
        })
    }
}
