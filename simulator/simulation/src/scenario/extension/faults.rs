//! The faults of a scenario that the course's format lacks: what happens, when, and how often.

use serde::{Deserialize, Serialize};

use crate::faults::{AnyLinkFault, AnyNodeFault, LinkPattern, Target};
use crate::units::{Drawn, Nanos};

/// A fault of our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// How often it happens, 0 to 1000, each time with draws of its own.
    pub count: Drawn<u32>,
    /// When it begins, counted from the end of `start_wait`; 0 to `lifetime`.
    pub at: Drawn<Nanos>,
    /// When it ends.
    pub lasts: Lasts,
    /// What happens.
    pub kind: FaultKind,
}

/// When a fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Lasts {
    /// It happens, and that is that.
    Once,
    /// It lasts for this time. The lower bound is at least 1 ns.
    For(Drawn<Nanos>),
    /// It lasts until then, on the same clock as [`Fault::at`] and always later than it.
    Until(Drawn<Nanos>),
}

/// The faults the course's format lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// A fault of some links between replicas.
    Links {
        /// The links.
        links: LinkPattern<Target, ()>,
        /// The types of message it is about; all if empty.
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
    /// A bare majority and the rest are separated, as in the course; a new partition replaces the
    /// one before.
    Partition {
        /// The leader is put in the majority.
        keep_leader: bool,
    },
}

/// The name of the fault that separates a majority from the rest.
pub(super) const PARTITION: &str = "partition";

/// Returns the names of all these faults in a file.
pub(in crate::scenario) fn fault_names() -> impl Iterator<Item = &'static str> {
    let names = [AnyLinkFault::NAMES, LinkPattern::CUTS, &[PARTITION], AnyNodeFault::NAMES];
    names.into_iter().flatten().copied()
}

impl FaultKind {
    /// The name in a file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Partition { .. } => PARTITION,
            Self::Nodes { fault, .. } => fault.low.name(),
            Self::Links { links, fault, .. } => links.name_with(fault.low),
        }
    }
}
