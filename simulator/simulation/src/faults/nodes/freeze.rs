//! `freeze`: the replica stands still, and its clock with it.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::api::{Assumption, Clocks};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The replica and its clock stand still until the end of the fault.
///
/// So does a suspended virtual machine. The clock continues when the machine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze;

impl NodeFault for Freeze {
    const NAME: &'static str = "freeze";
    const EXAMPLE: &'static str =
        r#"{ "type": "freeze", "time": [2, 25], "lasts": 2, "who": "leader" }"#;
    const UNIT: Option<Self> = Some(Freeze);
    const MARKS: &'static [&'static str] = &["replica frozen"];

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        if fields.clocks == Clocks::Bounded {
            return Err(fields.kind().error(
                "a frozen replica's clock stands still, which replicas may rule out; set \
                 `clocks` to \"unbounded\", or use `pause`",
            ));
        }
        Ok(Drawn::just(Freeze))
    }

    fn breaks(self) -> Option<Assumption> {
        Some(Assumption::BoundedClocks)
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        replica.does(format_args!("is frozen until {until}, and its clock with it"))
    }

    fn strike(self, node: &mut FaultTarget<'_>) -> Strike {
        node.reach(0);
        node.machine.clock.freeze(node.now);
        node.suspend()
    }
}
