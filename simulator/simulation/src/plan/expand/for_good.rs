//! The bound on replicas that are lost permanently: at most a minority, so that a majority can always recover.

use crate::faults::Selector;
use crate::plan::{Fault, PlannedFault};

/// Removes the extension's faults that could permanently remove a majority.
///
/// A fault is removed if its victims, with those of the faults before it that stay and of the course's kills, could be
/// more than a minority. The course's kills always stay: a course scenario means what it says.
///
/// Each fault counts as its largest possible number of victims, so more faults may be removed than necessary.
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

/// Returns the largest number of replicas that a fault of the extension can remove permanently.
fn victims(fault: &Fault, replicas: u16) -> usize {
    match fault {
        Fault::Nodes { who, fault, .. } if fault.is_for_good() => {
            who.iter().map(|who: &Selector| usize::from(who.most(replicas))).sum()
        }
        _ => 0,
    }
}
