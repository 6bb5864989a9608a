//! `corrupt`: bits of some messages change on the way.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault, OnLink, Passage};
use crate::api::Assumption;
use crate::draw::Draw;
use crate::json::ScenarioError;
use crate::rng::Stream;
use crate::units::{Drawn, Ratio};

/// The links change bits of some messages. The message type determines what the receiver reads
/// ([`Message::corrupted`](crate::api::Message::corrupted)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrupt {
    /// The probability that a message is changed.
    pub chance: Ratio,
}

impl LinkFault for Corrupt {
    const NAME: &'static str = "corrupt";
    const EXAMPLE: &'static str =
        r#"{ "type": "corrupt", "time": 12, "lasts": 3, "chance": 0.2, "from": "any" }"#;

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(fields.chance()?.map(|chance| Corrupt { chance }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        Corrupt { chance: Draw::draw(low.chance, high.chance, draws) }
    }

    fn breaks(self) -> Option<Assumption> {
        Some(Assumption::NoCorruption)
    }

    fn describe(self) -> String {
        format!("are corrupted with chance {}", self.chance)
    }

    fn alter(self, link: &mut OnLink<'_>, passage: &mut Passage) {
        let draws = link.draws();
        if draws.chance(self.chance) {
            passage.corruption = Some(draws.bits());
        }
    }
}
