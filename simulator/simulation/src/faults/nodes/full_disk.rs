//! `full_disk`: the disk refuses writes.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The replica's disk is full: the replica crashes at its next write, and restarts at the end of the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullDisk;

impl NodeFault for FullDisk {
    const NAME: &'static str = "full_disk";
    const EXAMPLE: &'static str =
        r#"{ "type": "full_disk", "time": 9, "lasts": 5, "who": "candidate" }"#;
    const UNIT: Option<Self> = Some(FullDisk);
    const MARKS: &'static [&'static str] = &["disk full"];
    const NEEDS_DISK: bool = true;

    fn read(_fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(Drawn::just(FullDisk))
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        format!("{} is full until {until}", replica.part("disk"))
    }

    fn strike(self, _node: &mut FaultTarget<'_>) -> Strike {
        Strike::Lasts
    }

    fn refuses_writes(self) -> bool {
        true
    }
}
