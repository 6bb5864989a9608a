//! The faults of a scenario that the course's format lacks, with their times and numbers.

use serde::{Deserialize, Serialize};

use crate::faults::{AnyLinkFault, AnyNodeFault, LinkPattern, Target};
use crate::units::{Drawn, Nanos};

/// A fault of the extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The number of times it strikes, 0 to 1000, each time with its own draws.
    pub count: Drawn<u32>,
    /// The time at which it begins, in nanoseconds from the end of `start_wait`; 0 to `lifetime`.
    pub at: Drawn<Nanos>,
    /// The end of the fault.
    pub lasts: Lasts,
    /// The kind of fault.
    pub kind: FaultKind,
}

/// The end of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Lasts {
    /// The fault has no duration.
    Once,
    /// The duration in nanoseconds. The lower bound is at least 1 ns.
    For(Drawn<Nanos>),
    /// The time of the end, counted like [`Fault::at`] and always later.
    Until(Drawn<Nanos>),
}

/// The faults that the course's format lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// A fault of some links between replicas.
    Links {
        /// The links.
        links: LinkPattern<Target, ()>,
        /// The roles and types of messages that it affects; all if empty.
        messages: Vec<String>,
        /// The range of faults from which the plan draws one.
        fault: Drawn<AnyLinkFault>,
    },
    /// A fault of some replicas.
    Nodes {
        /// The replicas.
        who: Vec<Target>,
        /// The range of faults from which the plan draws one.
        fault: Drawn<AnyNodeFault>,
    },
    /// A partition into a bare majority and the rest, as in the course; a new partition replaces the one before.
    Partition {
        /// True if the leader is put in the majority.
        keep_leader: bool,
    },
}

/// The name of [`FaultKind::Partition`] in a file.
pub(super) const PARTITION: &str = "partition";

/// Returns the names of all faults of the extension in a file.
pub(in crate::scenario) fn fault_names() -> impl Iterator<Item = &'static str> {
    let names = [AnyLinkFault::NAMES, LinkPattern::CUTS, &[PARTITION], AnyNodeFault::NAMES];
    names.into_iter().flatten().copied()
}

impl FaultKind {
    /// Returns the name in a file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Partition { .. } => PARTITION,
            Self::Nodes { fault, .. } => fault.low.name(),
            Self::Links { links, fault, .. } => links.name_with(fault.low),
        }
    }
}
