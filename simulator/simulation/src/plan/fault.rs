//! The faults of a plan.
//!
//! Each fault names its victims, its effect and its end. If the victims are roles ("the leader"), the run resolves them
//! at the moment when the fault strikes. If they are drawn at random, the plan has already drawn them.

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::faults::{AnyLinkFault, AnyNodeFault, LinkPattern, Selector};

/// A fault and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// The time at which it strikes.
    pub at: Nanos,
    /// The fault.
    pub fault: Fault,
}

/// A fault of a plan. If a fault picks replicas at random, `order` is the order in which it considers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Fault {
    /// Kills the replica last named as leader; clients forget their leader. It has no effect if no leader is known.
    KillLeader,
    /// Kills a living replica that is not the leader.
    KillNonLeader {
        /// The first of these that is alive and not the leader is killed.
        order: Vec<u16>,
    },
    /// Splits the cluster into a bare majority and the rest.
    Partition {
        /// True if the leader is put in the majority (the course's `part_easy`). Otherwise it may be on either side,
        /// and clients forget it (`part_hard`).
        keep_leader: bool,
        /// The order in which replicas are put in the majority until it is full.
        order: Vec<u16>,
    },
    /// Ends the partition.
    Heal,
    /// A fault of some links.
    Links {
        /// The links.
        links: LinkPattern,
        /// The roles ([`MessageRole`](crate::api::MessageRole)) and types
        /// ([`Message::kind`](crate::api::Message::kind)) of the affected messages; all if empty. The types of the
        /// bundled replica are listed in [`bundled`](crate::bundled), and mean their roles in another system.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        messages: Vec<String>,
        /// The effect.
        #[serde(rename = "effect")]
        fault: AnyLinkFault,
        /// The time at which it ends.
        until: Nanos,
    },
    /// A fault of some replicas.
    Nodes {
        /// The replicas.
        who: Vec<Selector>,
        /// The effect.
        #[serde(rename = "effect")]
        fault: AnyNodeFault,
        /// The time at which it ends; it has no meaning for a fault without duration.
        until: Nanos,
        /// The source of the fault's random choices.
        dice: u64,
    },
}

impl Fault {
    /// Returns the time at which the fault ends, if it lasts.
    pub fn until(&self) -> Option<Nanos> {
        match self {
            Fault::Links { until, .. } | Fault::Nodes { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Returns the time at which the fault ends for modification, if it lasts.
    pub fn until_mut(&mut self) -> Option<&mut Nanos> {
        match self {
            Fault::Links { until, .. } | Fault::Nodes { until, .. } => Some(until),
            _ => None,
        }
    }
}
