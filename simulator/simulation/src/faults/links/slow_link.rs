//! `delay`: messages take longer, in order or not.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault, OnLink, Passage};
use crate::api::Assumption;
use crate::bounds::{Bounds, LONGEST_DELAY, PlanError};
use crate::draw::Draw;
use crate::faults::MAX_DELAY;
use crate::json::ScenarioError;
use crate::rng::Stream;
use crate::seconds::seconds;
use crate::units::{Delay, Drawn};

/// The links delay messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowLink {
    /// The extra time, drawn for each message.
    pub delay: Delay,
    /// True if messages stay in order: those that are delayed, and those that follow before the last of them has
    /// arrived.
    pub fifo: bool,
}

impl LinkFault for SlowLink {
    const NAME: &'static str = "delay";
    const EXAMPLE: &'static str = r#"{ "type": "delay", "time": 6, "lasts": 3,
        "delay_us": [0, [100, 9000]], "tail_us": 2000, "fifo": true }"#;
    const STREAM: &'static str = "slow";

    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        let span = fields.span("delay_us")?;
        let tail = fields.drawn_or("tail_us", 0, |field| field.number_in(MAX_DELAY))?;
        let fifo = fields.flag("fifo")?;
        Ok(span.with(tail, |span, tail| SlowLink { delay: Delay { span, tail }, fifo }))
    }

    fn draw(low: Self, high: Self, draws: &mut Stream) -> Self {
        SlowLink { delay: Draw::draw(low.delay, high.delay, draws), fifo: low.fifo }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        let bounds = bounds.of("delay");
        bounds.span("span", self.delay.span)?;
        bounds.range("tail", self.delay.tail, 0, LONGEST_DELAY)
    }

    fn breaks(self) -> Option<Assumption> {
        (!self.fifo).then_some(Assumption::Fifo)
    }

    fn describe(self) -> String {
        let (min, max) = (seconds(self.delay.span.min), seconds(self.delay.span.max));
        let tail = match self.delay.tail {
            0 => String::new(),
            tail => format!(" and a tail of half-life {}", seconds(tail)),
        };
        let order = if self.fifo { ", in order," } else { "" };
        format!("are delayed by {min} to {max}{tail}{order}")
    }

    fn alter(self, link: &mut OnLink<'_>, passage: &mut Passage) {
        passage.arrival += link.draws().delay(self.delay);
        self.settle(link, passage);
    }

    /// Lets a message arrive no sooner than the one before it.
    fn settle(self, link: &mut OnLink<'_>, passage: &mut Passage) {
        if self.fifo {
            let last = link.memory();
            *last = passage.arrival.max(*last);
            passage.arrival = *last;
            *link.settled_at = passage.arrival.max(*link.settled_at);
        }
    }
}
