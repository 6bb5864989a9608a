//! `throttle`: the links carry a bounded number of bytes per second.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault, OnLink, Passage};
use crate::Nanos;
use crate::bounds::{Bounds, PlanError};
use crate::draw::Draw;
use crate::json::{Range, ScenarioError};
use crate::rng::Stream;
use crate::units::{Drawn, SECOND};

/// The largest bound, in bytes per second.
const MOST: u64 = 1_000_000_000_000;

/// The links carry a bounded number of bytes per second ([`Message::size`](crate::api::Message::size)).
///
/// Messages that exceed the bound wait, at most until the fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// The bound in bytes per second, 1 to 10^12.
    pub bytes_per_second: u64,
}

impl LinkFault for Throttle {
    const NAME: &'static str = "throttle";
    const EXAMPLE: &'static str =
        r#"{ "type": "throttle", "time": 14, "lasts": 3, "bytes_per_second": [2000, 50000] }"#;

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        let range = Range::count(1, MOST);
        let expected = "a number, 1 or more";
        let rate = fields.drawn("bytes_per_second", expected, |field| field.whole_in(range))?;
        Ok(rate.map(|bytes_per_second| Throttle { bytes_per_second }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        let bytes_per_second = Draw::draw(low.bytes_per_second, high.bytes_per_second, draws);
        Throttle { bytes_per_second }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.range("bytes_per_second", self.bytes_per_second, 1, MOST)
    }

    fn describe(self) -> String {
        format!("go through at {} bytes a second", self.bytes_per_second)
    }

    /// Delays a message until those before it got through. The end of the fault releases all.
    fn alter(self, link: &mut OnLink<'_>, passage: &mut Passage) {
        let (size, rate) = (u128::from(link.crossing.size), u128::from(self.bytes_per_second));
        let nanos = size * u128::from(SECOND) / rate.max(1);
        let nanos = Nanos::try_from(nanos).unwrap_or(Nanos::MAX);
        let (now, until, through) = (link.crossing.now, link.until, link.memory());
        *through = now.max(*through).saturating_add(nanos).min(until);
        passage.arrival += *through - now;
        passage.held = true;
    }
}
