//! `flip_bit`: a bit on the disk changes.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::api::Assumption;
use crate::json::ScenarioError;
use crate::units::Drawn;

/// One bit of the durable bytes on the replica's disk changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlipBit;

impl NodeFault for FlipBit {
    const NAME: &'static str = "flip_bit";
    const EXAMPLE: &'static str = r#"{ "type": "flip_bit", "time": 11, "who": "any" }"#;
    const UNIT: Option<Self> = Some(FlipBit);
    const MARKS: &'static [&'static str] = &["bit flipped on disk"];
    const IS_FOR_GOOD: bool = true;
    const NEEDS_DISK: bool = true;
    const SALT: u64 = 2;

    fn read(_fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(Drawn::just(FlipBit))
    }

    fn breaks(self) -> Option<Assumption> {
        Some(Assumption::NoCorruption)
    }

    fn describe(self, replica: ReplicaMention<'_>, _until: &str) -> String {
        format!("a bit on {} flips", replica.part("disk"))
    }

    fn strike(self, node: &mut FaultTarget<'_>) -> Strike {
        Strike::FlipsBit(node.dice)
    }
}
