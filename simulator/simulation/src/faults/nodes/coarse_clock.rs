//! `coarse_clock`: the replica's clock moves in ticks.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::Nanos;
use crate::api::{Assumption, Clocks};
use crate::bounds::{Bounds, PlanError};
use crate::draw::Draw;
use crate::json::{Range, ScenarioError};
use crate::rng::Stream;
use crate::seconds::seconds;
use crate::units::{Drawn, SECOND};

/// The longest tick, in nanoseconds.
const LONGEST_TICK: Nanos = SECOND;

/// The replica reads its clock in whole ticks until the end of the fault.
///
/// So do systems whose timer interrupts every 10 or 16 ms: time stands still, then jumps by a tick, and timeouts expire
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoarseClock {
    /// The tick in nanoseconds, from 1 ns to 1 s.
    pub tick: Nanos,
}

impl NodeFault for CoarseClock {
    const NAME: &'static str = "coarse_clock";
    const EXAMPLE: &'static str = r#"{ "type": "coarse_clock", "time": 3, "lasts": 9, "who": "any",
        "tick_us": [1000, 16000] }"#;
    const MARKS: &'static [&'static str] = &["clock coarse"];
    const NEEDS_CLOCK: bool = true;

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        if fields.clocks == Clocks::Bounded {
            return Err(fields.kind().error(
                "a clock that moves in ticks makes short times differ by more than 10 %, which \
                 replicas may rule out; set `clocks` to \"unbounded\"",
            ));
        }
        let range = Range::microseconds(1, LONGEST_TICK);
        let expected = "the steps in which the clock moves";
        let tick = fields.drawn("tick_us", expected, |field| field.number_in(range))?;
        Ok(tick.map(|tick| CoarseClock { tick }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        CoarseClock { tick: Draw::draw(low.tick, high.tick, draws) }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.range("tick", self.tick, 1, LONGEST_TICK)
    }

    fn breaks(self) -> Option<Assumption> {
        Some(Assumption::BoundedClocks)
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        format!("{} moves in ticks of {} until {until}", replica.part("clock"), seconds(self.tick))
    }

    fn strike(self, _node: &mut FaultTarget<'_>) -> Strike {
        Strike::Lasts
    }

    fn reads(self, since: Nanos, local: Nanos) -> Nanos {
        let passed = local.saturating_sub(since);
        local - passed % self.tick.max(1)
    }

    fn wakes(self, since: Nanos, wanted: Nanos) -> Nanos {
        let (passed, tick) = (wanted.saturating_sub(since), self.tick.max(1));
        wanted.saturating_add((tick - passed % tick) % tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_whole_ticks_since_it_struck_and_wakes_when_it_reads_a_time() {
        let clock = CoarseClock { tick: 10 };
        assert_eq!(
            [7, 103, 112, 113, 122].map(|local| clock.reads(103, local)),
            [7, 103, 103, 113, 113]
        );
        assert_eq!(
            [7, 103, 104, 113, 114].map(|time| clock.wakes(103, time)),
            [7, 103, 113, 113, 123]
        );
        assert!((90..200).all(|time| clock.reads(103, clock.wakes(103, time)) >= time));
    }
}
