//! `lose`: some messages are dropped, each independently.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault, OnLink};
use crate::draw::Draw;
use crate::json::ScenarioError;
use crate::rng::Stream;
use crate::units::{Drawn, Ratio};

/// The links drop some messages; none if the plan lists the losses ([`Losses::Listed`](crate::plan::Losses::Listed)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lose {
    /// The probability that a message is dropped.
    pub chance: Ratio,
}

impl LinkFault for Lose {
    const NAME: &'static str = "lose";
    const EXAMPLE: &'static str =
        r#"{ "type": "lose", "time": 5, "lasts": 1, "chance": [0.1, 0.9] }"#;

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(fields.chance()?.map(|chance| Lose { chance }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        Lose { chance: Draw::draw(low.chance, high.chance, draws) }
    }

    fn describe(self) -> String {
        format!("are lost with chance {}", self.chance)
    }

    fn loses(self, link: &mut OnLink<'_>) -> bool {
        link.draws().chance(self.chance)
    }
}
