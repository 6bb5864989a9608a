//! `slow_sync`: the disk takes time to make bytes durable.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::Nanos;
use crate::api::Assumption;
use crate::bounds::{Bounds, PlanError};
use crate::draw::Draw;
use crate::json::ScenarioError;
use crate::rng::{Dice, Stream};
use crate::seconds::seconds;
use crate::units::{Drawn, Span};

/// Each sync of the replica's disk takes a time that is drawn from a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowSync {
    /// The range of durations of a sync.
    pub sync: Span,
}

impl NodeFault for SlowSync {
    const NAME: &'static str = "slow_sync";
    const EXAMPLE: &'static str =
        r#"{ "type": "slow_sync", "time": 9, "lasts": 5, "who": "all", "sync_us": [100, 20000] }"#;
    const MARKS: &'static [&'static str] = &["slow sync"];
    const NEEDS_DISK: bool = true;

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(fields.span("sync_us")?.map(|sync| SlowSync { sync }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        SlowSync { sync: Draw::draw(low.sync, high.sync, draws) }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.span("sync", self.sync)
    }

    fn breaks(self) -> Option<Assumption> {
        Some(Assumption::DurableAppends)
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        let (disk, min, max) =
            (replica.part("disk"), seconds(self.sync.min), seconds(self.sync.max));
        format!("{disk} takes {min} to {max} for a sync until {until}")
    }

    fn strike(self, _node: &mut FaultTarget<'_>) -> Strike {
        Strike::Lasts
    }

    fn sync_time(self, dice: &mut Dice) -> Nanos {
        dice.between(self.sync)
    }
}
