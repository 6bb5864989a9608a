//! `pause`: the replica stands still, as in a long garbage collection.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The replica stands still until the end of the fault.
///
/// So does a process in a long garbage collection, or a starved one. Its input waits, and its clock continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause;

impl NodeFault for Pause {
    const NAME: &'static str = "pause";
    const EXAMPLE: &'static str =
        r#"{ "type": "pause", "time": [2, 25], "lasts": 2, "who": "leader" }"#;
    const UNIT: Option<Self> = Some(Pause);
    const MARKS: &'static [&'static str] = &["replica paused"];

    fn read(_fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(Drawn::just(Pause))
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        replica.does(format_args!("is paused until {until}"))
    }

    fn strike(self, node: &mut FaultTarget<'_>) -> Strike {
        node.reach(0);
        node.suspend()
    }
}
