//! Descriptions of faults, as timelines and plans show them.

use std::fmt;

use crate::faults::names;
use crate::faults::nodes::ReplicaMention;
use crate::plan::Fault;
use crate::seconds::seconds;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::KillLeader => f.write_str("the leader is killed"),
            Fault::KillNonLeader { .. } => f.write_str("a replica that does not lead is killed"),
            Fault::Partition { keep_leader: true, .. } => {
                f.write_str("a partition begins, the leader in the majority")
            }
            Fault::Partition { keep_leader: false, .. } => f.write_str("a partition begins"),
            Fault::Heal => f.write_str("the partition ends"),
            Fault::Links { links, messages, fault, until } => {
                let what = match messages.as_slice() {
                    [] => "messages".to_owned(),
                    kinds => format!("{} messages", kinds.join(" and ")),
                };
                let (links, fault) = (links.describe(), fault.describe());
                write!(f, "{what} {links} {fault} until {}", seconds(*until))
            }
            Fault::Nodes { who, fault, until, .. } => {
                f.write_str(&fault.describe(ReplicaMention::Named(&names(who)), &seconds(*until)))
            }
        }
    }
}
