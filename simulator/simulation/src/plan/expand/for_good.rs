//! What never comes back: at most a minority, so that a majority always can.

use crate::faults::Selector;
use crate::plan::{Fault, PlannedFault};

/// Leaves out the faults of ours, from the first that would be one too many on, that could take a
/// majority out for good together with those before them and with the course's kills. Those stay:
/// a course scenario means what it says.
///
/// Each fault counts as many victims as it can have, so a plan may spare more than it must.
pub(super) fn spare_a_majority(faults: &mut Vec<PlannedFault>, replicas: u16) {
    let minority = (replicas - 1) / 2;
    let by_course = faults
        .iter()
        .filter(|planned| matches!(planned.fault, Fault::KillLeader | Fault::KillNonLeader { .. }));
    let mut left = usize::from(minority).saturating_sub(by_course.count());
    faults.retain(|planned| {
        let victims = victims(&planned.fault, replicas);
        let spared = victims > left;
        if !spared {
            left -= victims;
        }
        !spared
    });
}

/// How many replicas a fault of ours takes out for good at most.
fn victims(fault: &Fault, replicas: u16) -> usize {
    match fault {
        Fault::Nodes { who, fault, .. } if fault.is_for_good() => {
            who.iter().map(|who: &Selector| usize::from(who.most(replicas))).sum()
        }
        _ => 0,
    }
}
