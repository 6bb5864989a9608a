//! What can go wrong on purpose with replicas and links: one file a fault, one line in a list.
//!
//! A fault's file holds its fields and their ranges, how it is read from a scenario, drawn for a
//! plan and put into words, what it does while it is in force, and its coverage marks. The engine
//! dispatches by an enum that is made from the list.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`nodes`] | faults of replicas: crashes, pauses, slow disks, wrong clocks |
//! | [`links`] | faults of links: cuts, losses, delays, corruption; and which links are meant |
//! | `victims` | which replicas are meant |
//! | `fields` | reading fields from a scenario |
//!
//! In a scenario a fault is a [`Drawn`](crate::units::Drawn): the least and the greatest of it. In a plan it
//! is one value between them. Partitions and kills as the course has them are events of the cluster as a
//! whole, in [`plan`](crate::plan).

mod fields;
pub mod links;
pub mod nodes;
mod registry;
mod victims;

pub(crate) use fields::{FaultFields, MAX_DELAY, SPAN};
pub use links::{AnyLinkFault, LinkPattern};
pub use nodes::AnyNodeFault;
pub(crate) use victims::{DrawnOrder, check as check_selectors, keep_below, most, names};
pub use victims::{Selector, Target};

/// The coverage marks of all faults, in a fixed order: those of nodes, then those of links.
const MARKS: [&[&[&str]]; 2] = [AnyNodeFault::MARKS, AnyLinkFault::MARKS];

const _: () = {
    let (mut marks, mut folder) = (0, 0);
    while folder < MARKS.len() {
        let mut fault = 0;
        while fault < MARKS[folder].len() {
            marks += MARKS[folder][fault].len();
            fault += 1;
        }
        folder += 1;
    }
    assert!(marks <= 64, "a bit for each mark");
};

/// Returns the names of the marks of all faults, in the order of their bits.
pub(crate) fn marks() -> impl Iterator<Item = &'static str> {
    MARKS.into_iter().flatten().copied().flatten().copied()
}

/// Returns the names of the marks of all faults, or of those that need no disk of the simulation's.
pub(crate) fn fault_marks(has_disk: bool) -> impl Iterator<Item = &'static str> {
    let is_reachable =
        move |name: &&str| has_disk || !AnyNodeFault::disk_marks().any(|of_disk| of_disk == *name);
    marks().filter(is_reachable)
}

/// Returns the bits of marks of links among those of all faults.
pub(crate) fn link_marks(reached: u64) -> u64 {
    reached << AnyNodeFault::MARKS.iter().map(|marks| marks.len()).sum::<usize>()
}
