//! `crash`: the replica crashes, and restarts from its disk.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The replica crashes, and restarts at the end of the fault with its durable state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash;

impl NodeFault for Crash {
    const NAME: &'static str = "crash";
    const EXAMPLE: &'static str =
        r#"{ "type": "crash", "count": [1, 9], "time": [2, 25], "lasts": [0.2, 4], "who": "any" }"#;
    const UNIT: Option<Self> = Some(Crash);
    const NEEDS_DISK: bool = true;
    const SALT: u64 = 0;

    fn read(_fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(Drawn::just(Crash))
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        replica.does(format_args!("crashes, and starts again at {until}"))
    }

    fn strike(self, node: &mut FaultTarget<'_>) -> Strike {
        Strike::Crashes(node.dice)
    }
}
