//! What can go wrong on purpose.
//!
//! Each fault names its victims, what it does to them, and when that ends. Where victims are roles
//! ("the leader"), the run decides who that is at the moment the fault strikes; where they are drawn
//! by chance, the plan has drawn them already.

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::faults::{AnyLinkFault, AnyNodeFault, LinkPattern, Selector};

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// When it strikes.
    pub at: Nanos,
    /// What happens.
    pub fault: Fault,
}

/// What can go wrong. Where a fault picks replicas at random, `order` is the order in which it
/// considers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Fault {
    /// Kills the replica that the network takes for the leader; clients forget their leader.
    /// Does nothing while none is known.
    KillLeader,
    /// Kills another living replica.
    KillNonLeader {
        /// The first that lives and does not lead is killed.
        order: Vec<u16>,
    },
    /// Splits the cluster in a bare majority and the rest.
    Partition {
        /// The leader is put in the majority (course: `part_easy`). Otherwise it may be
        /// on either side, and clients forget it (`part_hard`).
        keep_leader: bool,
        /// The majority is filled from the front.
        order: Vec<u16>,
    },
    /// Ends the partition.
    Heal,
    /// A fault of some links.
    Links {
        /// The links.
        links: LinkPattern,
        /// The messages it is about, by [`Message::kind`](crate::api::Message::kind); all if empty. The
        /// bundled replica's are listed in [`bundled`](crate::bundled).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        messages: Vec<String>,
        /// What is wrong.
        #[serde(rename = "effect")]
        fault: AnyLinkFault,
        /// When it ends.
        until: Nanos,
    },
    /// A fault of some replicas.
    Nodes {
        /// The replicas.
        who: Vec<Selector>,
        /// What is wrong.
        #[serde(rename = "effect")]
        fault: AnyNodeFault,
        /// When it ends; without meaning for what happens once.
        until: Nanos,
        /// Source of its choices.
        dice: u64,
    },
}

impl Fault {
    /// The time at which it ends, for one that lasts.
    pub fn until(&self) -> Option<Nanos> {
        match self {
            Fault::Links { until, .. } | Fault::Nodes { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// The time at which it ends, to be changed.
    pub fn until_mut(&mut self) -> Option<&mut Nanos> {
        match self {
            Fault::Links { until, .. } | Fault::Nodes { until, .. } => Some(until),
            _ => None,
        }
    }
}
