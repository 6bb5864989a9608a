//! The faults of links between replicas, one file per fault.
//!
//! To add a fault, write its file, which implements `LinkFault`, and add its name to the list below.

mod active;
mod aim;
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
pub(crate) use aim::{Aim, Unsent};
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
use crate::api::Assumption;
use crate::bounds::{Bounds, PlanError};
use crate::json::ScenarioError;
use crate::rng::Stream;
use crate::units::Drawn;
use passage::OnLink;

/// Defines [`AnyLinkFault`], which delegates to each fault.
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

            /// Returns the effect on messages, as text that follows a subject such as `messages from 0001 to 0002`.
            pub(crate) fn describe(self) -> String {
                match self {
                    $(Self::$kind(fault) => fault.describe(),)*
                }
            }

            /// Returns the assumption that the fault breaks, if it breaks one.
            pub(crate) fn breaks(self) -> Option<Assumption> {
                match self {
                    $(Self::$kind(fault) => fault.breaks(),)*
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

/// A fault of links: its form in files, its effect on messages, and its description.
pub(crate) trait LinkFault: Copy {
    /// The name in scenarios and plans.
    const NAME: &'static str;

    /// An example of a scenario event with all fields; it may need `"clocks": "unbounded"`.
    const EXAMPLE: &'static str;

    /// The fault itself, if it has no fields.
    const UNIT: Option<Self> = None;

    /// The names of the fault's own coverage marks. The general effects on messages (lost, cut off, delayed,
    /// duplicated, corrupted, held back) have marks that it need not name.
    const MARKS: &'static [&'static str] = &[];

    /// The name of the random streams that it draws from, one for each link. Stored plans depend on it.
    const STREAM: &'static str = Self::NAME;

    /// Reads the fault's fields from a scenario.
    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError>;

    /// Draws each of the fault's numbers between two ends.
    fn draw(low: Self, _high: Self, _draws: &mut Stream) -> Self {
        low
    }

    /// Checks the fault's numbers in a plan.
    fn check(self, _bounds: &Bounds) -> Result<(), PlanError> {
        Ok(())
    }

    /// Returns the effect on messages, as text that follows a subject such as `messages from 0001 to 0002`.
    fn describe(self) -> String;

    /// Returns the assumption that the fault breaks, if it breaks one, whichever messages it strikes.
    fn breaks(self) -> Option<Assumption> {
        None
    }

    /// Returns true if no message gets through. Messages that are cut off do not count as sent over the link.
    fn cuts(self) -> bool {
        false
    }

    /// Returns true if the fault drops this message. Not called if the plan lists the losses
    /// ([`Losses::Listed`](crate::plan::Losses::Listed)).
    fn loses(self, _link: &mut OnLink<'_>) -> bool {
        false
    }

    /// Changes the passage of a message that gets through.
    fn alter(self, _link: &mut OnLink<'_>, _passage: &mut Passage) {}

    /// Changes the passage of a message after the fault's end, until all delayed messages have arrived.
    fn settle(self, _link: &mut OnLink<'_>, _passage: &mut Passage) {}
}
