//! Weakening of plans, so that they keep to what a system assumes.

use serde::{Deserialize, Serialize};

use super::{Fault, Plan};
use crate::api::{Assumption, Clocks};
use crate::faults::AnyLinkFault;
use crate::units::Ratio;

/// An assumption of the system under test, as a plan treats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// The assumption.
    pub assumption: Assumption,
    /// The number of faults, and of the network's settings, that were weakened for it when the plan was made.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weakened: u32,
    /// True if the plan was not weakened, and breaks the assumption on purpose where it can.
    #[serde(default, skip_serializing_if = "is_false")]
    pub violated: bool,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Plan {
    /// Returns the plan weakened so that it keeps to assumptions, apart from those that are violated on purpose.
    ///
    /// Faults that copy messages or change bits, and those of clocks beyond their bounds, are left out. The order of
    /// messages and the bytes of an unfinished step are the engine's to keep, for as long as the run lasts.
    #[must_use]
    pub fn keep(mut self, assumptions: &[Assumption], violated: &[Assumption]) -> Plan {
        let own = Assumption::ALL.into_iter().filter(|it| assumptions.contains(it));
        for assumption in own {
            let violated = violated.contains(&assumption);
            let weakened = if violated { 0 } else { self.weaken(assumption) };
            self.assumptions.push(Assumed { assumption, weakened, violated });
        }
        self
    }

    /// Returns true if the run keeps to an assumption.
    pub fn keeps(&self, assumption: Assumption) -> bool {
        self.assumptions.iter().any(|it| it.assumption == assumption && !it.violated)
    }

    /// Weakens the plan for an assumption, and returns the number of parts that it changed.
    fn weaken(&mut self, assumption: Assumption) -> u32 {
        match assumption {
            Assumption::NoDuplicates => {
                let copies = std::mem::take(&mut self.network.duplicate) != Ratio::ZERO;
                u32::from(copies) + self.leave_out(assumption)
            }
            Assumption::Fifo => {
                let network = &self.network;
                let delays = network.delay.max > network.delay.min && !network.fifo;
                let copies = network.duplicate != Ratio::ZERO;
                u32::from(delays)
                    + u32::from(copies)
                    + self.count(Assumption::Fifo)
                    + self.count(Assumption::NoDuplicates)
            }
            Assumption::NoCorruption => self.leave_out(assumption),
            Assumption::BoundedClocks => {
                self.clocks = Clocks::Bounded;
                self.leave_out(assumption)
            }
            Assumption::DurableAppends if self.needs_durability() => self.count(assumption),
            Assumption::DurableAppends => 0,
        }
    }

    fn count(&self, assumption: Assumption) -> u32 {
        let faults = self.faults.iter();
        faults.filter(|planned| breaks(&planned.fault) == Some(assumption)).count() as u32
    }

    fn leave_out(&mut self, assumption: Assumption) -> u32 {
        let count = self.count(assumption);
        self.faults.retain(|planned| breaks(&planned.fault) != Some(assumption));
        count
    }
}

/// Returns the assumption that a fault breaks, if it breaks one.
fn breaks(fault: &Fault) -> Option<Assumption> {
    match fault {
        Fault::Links { messages, fault, .. } => {
            let delays = matches!(
                fault,
                AnyLinkFault::Clog(_) | AnyLinkFault::Throttle(_) | AnyLinkFault::SlowLink(_)
            );
            // Messages of other roles overtake those that are held back.
            let is_aimed = delays && !messages.is_empty();
            fault.breaks().or(is_aimed.then_some(Assumption::Fifo))
        }
        Fault::Nodes { fault, .. } => fault.breaks(),
        _ => None,
    }
}
