//! `kill`: the replica is killed.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The replica is killed; it never returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kill;

impl NodeFault for Kill {
    const NAME: &'static str = "kill";
    const EXAMPLE: &'static str = r#"{ "type": "kill", "time": 25, "who": "newest" }"#;
    const UNIT: Option<Self> = Some(Kill);
    const IS_FOR_GOOD: bool = true;

    fn read(_fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(Drawn::just(Kill))
    }

    fn describe(self, replica: ReplicaMention<'_>, _until: &str) -> String {
        replica.does("is killed")
    }

    fn strike(self, _node: &mut FaultTarget<'_>) -> Strike {
        Strike::Kills
    }
}
