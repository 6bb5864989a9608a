//! `duplicate`: some messages arrive twice.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault, OnLink, Passage};
use crate::api::Assumption;
use crate::bounds::{Bounds, PlanError};
use crate::draw::Draw;
use crate::json::ScenarioError;
use crate::rng::Stream;
use crate::units::{Drawn, Ratio, Span};

/// The links deliver some messages twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicate {
    /// The probability that a message is delivered twice.
    pub chance: Ratio,
    /// The range of times after which the copy arrives.
    pub delay: Span,
}

impl LinkFault for Duplicate {
    const NAME: &'static str = "duplicate";
    const EXAMPLE: &'static str = r#"{ "type": "duplicate", "time": 3, "lasts": 9,
        "chance": 0.1, "delay_us": [0, 3000000] }"#;
    const STREAM: &'static str = "repeat";

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        let chance = fields.chance()?;
        Ok(chance.with(fields.span("delay_us")?, |chance, delay| Duplicate { chance, delay }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        let chance = Draw::draw(low.chance, high.chance, draws);
        Duplicate { chance, delay: Draw::draw(low.delay, high.delay, draws) }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.span("delay", self.delay)
    }

    fn breaks(self) -> Option<Assumption> {
        Some(Assumption::NoDuplicates)
    }

    fn describe(self) -> String {
        format!("arrive twice with chance {}", self.chance)
    }

    fn alter(self, link: &mut OnLink<'_>, passage: &mut Passage) {
        let draws = link.draws();
        if draws.chance(self.chance) {
            passage.copy_after = Some(draws.between(self.delay.min, self.delay.max));
        }
    }
}
