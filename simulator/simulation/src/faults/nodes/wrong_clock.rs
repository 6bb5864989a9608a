//! `clock`: the replica's clock runs at a wrong rate or jumps.

use serde::{Deserialize, Serialize};

use super::{FaultFields, FaultTarget, NodeFault, ReplicaMention, Strike};
use crate::Nanos;
use crate::api::{Assumption, Clocks};
use crate::bounds::{Bounds, LATEST, PlanError};
use crate::draw::Draw;
use crate::json::{Field, Range, ScenarioError, drawn};
use crate::machine::Machine;
use crate::rng::Stream;
use crate::seconds::seconds;
use crate::units::{Drawn, SECOND};

/// The largest rate error in parts per million under [`Clocks::Bounded`]: two such clocks differ by less than 10 %.
const BOUNDED_PPM: i32 = 45_000;

/// The lowest and the highest rate, in parts per million.
const RATES: (i32, i32) = (-900_000, 1_000_000);

/// The range of a jump, in seconds.
const JUMP: Range = Range::seconds(0, 1_000_000 * SECOND);

/// The replica's clock has a wrong rate or a jump until the fault's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongClock {
    /// The error of the rate in parts per million, negative for a slow clock; -900,000 to 1,000,000.
    pub rate_ppm: i32,
    /// The jump ahead when the fault strikes, in nanoseconds.
    pub jump: Nanos,
}

impl NodeFault for WrongClock {
    const NAME: &'static str = "clock";
    const EXAMPLE: &'static str = r#"{ "type": "clock", "time": 3, "lasts": 9, "who": "0001",
        "rate_ppm": [-200000, 200000], "jump_s": [0, 2] }"#;
    const MARKS: &'static [&'static str] = &["clock rate wrong", "clock jumped"];
    const NEEDS_CLOCK: bool = true;

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        let (rate, jump) = (fields.take("rate_ppm"), fields.take("jump_s"));
        if rate.is_none() && jump.is_none() {
            let message = "nothing is wrong with it without `rate_ppm` or `jump_s`";
            return Err(fields.kind().error(message));
        }
        let is_bounded = fields.clocks == Clocks::Bounded;
        if let Some(jump) = jump.as_ref().filter(|_| is_bounded) {
            return Err(jump.error(
                "a clock that jumps is one that replicas may rule out; set `clocks` to \"unbounded\"",
            ));
        }
        let rate_ppm = rate.map(|rate| drawn(&rate, |field| read_rate(field, is_bounded)));
        let jump = jump.map(|jump| drawn(&jump, |field| field.number_in(JUMP)));
        let (rate_ppm, jump) = (rate_ppm.transpose()?, jump.transpose()?);
        let make = |rate_ppm, jump| WrongClock { rate_ppm, jump };
        Ok(rate_ppm.unwrap_or_default().with(jump.unwrap_or_default(), make))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        let rate_ppm = Draw::draw(low.rate_ppm, high.rate_ppm, draws);
        WrongClock { rate_ppm, jump: Draw::draw(low.jump, high.jump, draws) }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.range("rate_ppm", self.rate_ppm, RATES.0, RATES.1)?;
        bounds.range("jump", self.jump, 0, LATEST)
    }

    fn breaks(self) -> Option<Assumption> {
        let is_beyond = self.jump > 0 || self.rate_ppm.abs() > BOUNDED_PPM;
        is_beyond.then_some(Assumption::BoundedClocks)
    }

    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
        let (clock, rate) = (replica.part("clock"), self.rate_ppm);
        let ahead = match self.jump {
            0 => String::new(),
            jump => format!("jumps {} ahead and ", seconds(jump)),
        };
        format!("{clock} {ahead}runs {rate:+} ppm off until {until}")
    }

    fn strike(self, node: &mut FaultTarget<'_>) -> Strike {
        if self.rate_ppm != 0 {
            node.reach(0);
        }
        if self.jump != 0 {
            node.reach(1);
        }
        node.machine.clock.set(node.now, self.rate_ppm, self.jump);
        // If a plan has no time between the strike and the end, the clock is wrong until the next fault of the machine
        // ends. Stored plans depend on this.
        node.until = node.until.max(node.now + 1);
        Strike::Lasts
    }

    fn end(self, now: Nanos, machine: &mut Machine) {
        machine.clock.set(now, 0, 0);
    }
}

fn read_rate(field: &Field<'_>, is_bounded: bool) -> Result<i32, ScenarioError> {
    let rate = field.signed_in(RATES.0, RATES.1)?;
    if is_bounded && rate.abs() > BOUNDED_PPM {
        return Err(field.error(format!(
            "{rate} lets clocks differ by 10 % or more, which replicas may rule out; stay \
             within ±{BOUNDED_PPM}, or set `clocks` to \"unbounded\""
        )));
    }
    Ok(rate)
}
