//! `flicker`: the links fail for a short while, again and again.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault, OnLink};
use crate::bounds::{Bounds, PlanError};
use crate::draw::Draw;
use crate::json::ScenarioError;
use crate::rng::Stream;
use crate::seconds::seconds;
use crate::units::{Drawn, Ratio, Span};

/// The links drop messages in bursts (Gilbert, "Capacity of a burst-noise channel", 1960).
///
/// Each message may begin an outage of its link, in which the link drops all messages. The duration of the outage is
/// drawn. No message is dropped if the plan lists the losses ([`Losses::Listed`](crate::plan::Losses::Listed)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flicker {
    /// The probability that a message begins an outage of its link, and is dropped.
    pub chance: Ratio,
    /// The range of durations of an outage.
    pub outage: Span,
}

impl LinkFault for Flicker {
    const NAME: &'static str = "flicker";
    const EXAMPLE: &'static str = r#"{ "type": "flicker", "time": 5, "lasts": 9,
        "chance": 0.02, "outage_us": [1000, [9000, 500000]] }"#;
    const MARKS: &'static [&'static str] = &["link flickered"];

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        let chance = fields.chance()?;
        Ok(chance.with(fields.span("outage_us")?, |chance, outage| Flicker { chance, outage }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        let chance = Draw::draw(low.chance, high.chance, draws);
        Flicker { chance, outage: Draw::draw(low.outage, high.outage, draws) }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.span("outage", self.outage)
    }

    fn describe(self) -> String {
        let (min, max) = (seconds(self.outage.min), seconds(self.outage.max));
        format!("are lost with chance {}, and those that follow within {min} to {max}", self.chance)
    }

    fn loses(self, link: &mut OnLink<'_>) -> bool {
        let now = link.crossing.now;
        if now < *link.memory() {
            link.reach(0);
            return true;
        }
        let draws = link.draws();
        let begins = draws.chance(self.chance);
        if begins {
            let outage = draws.between(self.outage.min, self.outage.max);
            *link.memory() = now + outage;
        }
        begins
    }
}
