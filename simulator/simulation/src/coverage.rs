//! The marks that runs of a scenario can reach. That they were never reached tells something; of the others it does
//! not.
//!
//! What is left out cannot be reached, for lack of the fault that it takes. That all others can be is not promised.

use crate::faults::{AnyLinkFault, AnyNodeFault};
use crate::marks::Mark;
use crate::scenario::{EventKind, FaultKind, Scenario};
use crate::units::Ratio;

/// The properties of a scenario on which the marks depend.
#[derive(Debug)]
struct Causes<'s> {
    scenario: &'s Scenario,
    /// The names of its faults, those of links being named by what they do.
    faults: Vec<&'static str>,
}

impl<'s> Causes<'s> {
    fn of(scenario: &'s Scenario) -> Self {
        let names = scenario.extension.faults.iter().map(|fault| match &fault.kind {
            FaultKind::Links { fault, .. } => fault.low.name(),
            other => other.name(),
        });
        Causes { scenario, faults: names.collect() }
    }

    fn has(&self, fault: &str) -> bool {
        self.faults.contains(&fault)
    }

    fn has_event(&self, kinds: &[EventKind]) -> bool {
        self.scenario.events.iter().any(|event| kinds.contains(&event.kind))
    }

    fn splits(&self) -> bool {
        self.has("partition") || self.has_event(&[EventKind::PartEasy, EventKind::PartHard])
    }

    fn crashes(&self) -> bool {
        self.has("crash") || self.has("full_disk") || self.has("flip_bit")
    }

    fn could_reach(&self, mark: Mark) -> bool {
        let network = &self.scenario.extension.network;
        let clients = &network.clients;
        match mark {
            Mark::MessageLost => {
                self.scenario.drops != Ratio::ZERO
                    || ["lose", "flicker", "corrupt"].iter().any(|fault| self.has(fault))
            }
            Mark::MessageCut => self.splits() || self.has("cut") || self.has("flicker"),
            Mark::MessageDelayed => {
                network.delay.max > 0
                    || ["delay", "clog", "throttle"].iter().any(|fault| self.has(fault))
            }
            Mark::MessageDuplicated => network.duplicate != Ratio::ZERO || self.has("duplicate"),
            Mark::MessageCorrupted | Mark::CorruptionNoticed => self.has("corrupt"),
            Mark::MessageHeld => self.has("clog") || self.has("throttle"),
            Mark::ClientMessageLost => clients.loss != Ratio::ZERO,
            // A copy comes late, too.
            Mark::ClientMessageDelayed => clients.delay.max > 0 || clients.duplicate != Ratio::ZERO,
            Mark::RequestDuplicated => clients.duplicate != Ratio::ZERO,
            Mark::Partitioned | Mark::LeaderInMinority => self.splits(),
            Mark::Killed => self.has_event(&[EventKind::KillNonLeader]) || self.has("kill"),
            Mark::LeaderKilled => self.has_event(&[EventKind::KillLeader]) || self.has("kill"),
            Mark::Crashed | Mark::Restarted | Mark::UnsyncedLost | Mark::RecordTorn => {
                self.crashes()
            }
            Mark::RestartRefused => self.has("flip_bit"),
            Mark::SplitVote
            | Mark::DeposedWithUncommitted
            | Mark::LogTruncated
            | Mark::OldTermCommitted
            | Mark::SnapshotInstalled => true,
        }
    }
}

/// Returns true if a mark of the harness can be reached in runs of a scenario.
pub(crate) fn could_reach(scenario: &Scenario, mark: &str) -> bool {
    let causes = Causes::of(scenario);
    if let Some(own) = Mark::ALL.iter().find(|own| own.name() == mark) {
        return causes.could_reach(*own);
    }
    let mut of_faults = of_all_faults().filter(|(_, marks)| marks.contains(&mark)).peekable();
    of_faults.peek().is_none() || of_faults.any(|(fault, _)| causes.has(fault))
}

/// The names of all faults, and their marks.
fn of_all_faults() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let nodes = AnyNodeFault::NAMES.iter().zip(AnyNodeFault::MARKS);
    let links = AnyLinkFault::NAMES.iter().zip(AnyLinkFault::MARKS);
    nodes.chain(links).map(|(name, marks)| (*name, *marks))
}
