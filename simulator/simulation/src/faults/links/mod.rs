//! What can go wrong with links between replicas: one file a fault.
//!
//! To add a fault: write its file, which implements `LinkFault`, and name it in the list below.

mod active;
mod clog;
mod corrupt;
mod cut;
mod duplicate;
mod flicker;
mod lose;
mod passage;
mod pattern;
mod slow_link;
mod throttle;

pub(crate) use active::ActiveFaults;
pub use clog::Clog;
pub use corrupt::Corrupt;
pub use cut::Cut;
pub use duplicate::Duplicate;
pub use flicker::Flicker;
pub use lose::Lose;
pub(crate) use passage::{Crossing, Passage};
pub use pattern::LinkPattern;
pub use slow_link::SlowLink;
pub use throttle::Throttle;

use super::FaultFields;
use crate::bounds::{Bounds, PlanError};
use crate::json::ScenarioError;
use crate::rng::Stream;
use crate::units::Drawn;
use passage::OnLink;

/// Defines [`AnyLinkFault`] and lets it do what each fault does.
macro_rules! link_faults {
    ($($kind:ident,)*) => {
        super::registry::fault_registry! {
            /// A fault of links, of any kind.
            AnyLinkFault of LinkFault: $($kind,)*
        }

        impl AnyLinkFault {
            const fn stream(self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $kind::STREAM,)*
                }
            }

            /// Says what happens to messages, after a subject such as `messages from 0001 to 0002`.
            pub(crate) fn describe(self) -> String {
                match self {
                    $(Self::$kind(fault) => fault.describe(),)*
                }
            }

            fn cuts(self) -> bool {
                match self {
                    $(Self::$kind(fault) => fault.cuts(),)*
                }
            }

            fn loses(self, link: &mut OnLink<'_>) -> bool {
                match self {
                    $(Self::$kind(fault) => fault.loses(link),)*
                }
            }

            fn alter(self, link: &mut OnLink<'_>, passage: &mut Passage) {
                match self {
                    $(Self::$kind(fault) => fault.alter(link, passage),)*
                }
            }

            fn settle(self, link: &mut OnLink<'_>, passage: &mut Passage) {
                match self {
                    $(Self::$kind(fault) => fault.settle(link, passage),)*
                }
            }
        }
    };
}

link_faults! {
    Cut,
    Lose,
    SlowLink,
    Duplicate,
    Corrupt,
    Clog,
    Throttle,
    Flicker,
}

/// A fault of links: how it is written, what it does to messages, what it is called.
pub(crate) trait LinkFault: Copy {
    /// Its name in scenarios and plans.
    const NAME: &'static str;

    /// An event of a scenario that shows its fields; it may need `"clocks": "unbounded"`.
    const EXAMPLE: &'static str;

    /// The fault itself, if it has no fields.
    const UNIT: Option<Self> = None;

    /// The names of coverage marks of its own. What becomes of messages (lost, cut off, delayed,
    /// duplicated, corrupted, held back) has marks that it need not name.
    const MARKS: &'static [&'static str] = &[];

    /// The name of the random streams that it draws from, one a link. Stored plans rely on it.
    const STREAM: &'static str = Self::NAME;

    /// Reads its fields from a scenario.
    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError>;

    /// Draws each of its numbers between two ends.
    fn draw(low: Self, _high: Self, _draws: &mut Stream) -> Self {
        low
    }

    /// Checks its numbers in a plan.
    fn check(self, _bounds: &Bounds) -> Result<(), PlanError> {
        Ok(())
    }

    /// Says what happens to messages, after a subject such as `messages from 0001 to 0002`.
    fn describe(self) -> String;

    /// Whether no message gets through. Those that are cut off do not count as sent over the link.
    fn cuts(self) -> bool {
        false
    }

    /// Whether it loses this message. It is not asked where the plan lists what is lost
    /// ([`Losses::Listed`](crate::plan::Losses::Listed)).
    fn loses(self, _link: &mut OnLink<'_>) -> bool {
        false
    }

    /// Changes the way of a message that gets through.
    fn alter(self, _link: &mut OnLink<'_>, _passage: &mut Passage) {}

    /// Changes the way of a message after the fault's end, until all that it delayed has arrived.
    fn settle(self, _link: &mut OnLink<'_>, _passage: &mut Passage) {}
}
