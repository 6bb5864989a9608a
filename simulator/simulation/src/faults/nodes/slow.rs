//! `slow`: each step of the replica takes time.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::Nanos;
use crate::api::Assumption;
use crate::bounds::{Bounds, LONGEST_DELAY, PlanError};
use crate::draw::Draw;
use crate::faults::MAX_DELAY;
use crate::json::ScenarioError;
use crate::rng::{Dice, Stream};
use crate::seconds::seconds;
use crate::units::Drawn;

/// Each step of the replica takes a fixed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    /// The time for each input in nanoseconds, up to one minute.
    pub step: Nanos,
}

impl NodeFault for Slow {
    const NAME: &'static str = "slow";
    const EXAMPLE: &'static str =
        r#"{ "type": "slow", "time": 9, "lasts": 5, "who": "0002", "step_us": [100, 20000] }"#;
    const MARKS: &'static [&'static str] = &["replica slowed"];

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        let expected = "how long each step takes";
        let step = fields.drawn("step_us", expected, |field| field.number_in(MAX_DELAY))?;
        Ok(step.map(|step| Slow { step }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        Slow { step: Draw::draw(low.step, high.step, draws) }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.range("step", self.step, 0, LONGEST_DELAY)
    }

    fn breaks(self) -> Option<Assumption> {
        Some(Assumption::DurableAppends)
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        replica.does(format_args!("takes {} for each step until {until}", seconds(self.step)))
    }

    fn strike(self, _node: &mut FaultTarget<'_>) -> Strike {
        Strike::Lasts
    }

    fn step_time(self, _dice: &mut Dice) -> Nanos {
        self.step
    }
}
