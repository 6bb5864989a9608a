//! The faults of replicas and links: each has one file and one line in a list.
//!
//! A fault's file holds its fields and their ranges, its reading from a scenario, its drawing for a plan, its
//! description, its effect while it is in force, and its coverage marks. The engine dispatches by an enum that a macro
//! makes from the list.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`nodes`] | faults of replicas: crashes, pauses, slow disks, wrong clocks |
//! | [`links`] | faults of links: cuts, losses, delays, corruption; and patterns of links |
//! | `victims` | selectors of replicas |
//! | `fields` | reading fields from a scenario |
//!
//! In a scenario a fault is a [`Drawn`](crate::units::Drawn): a range with the fault's least and greatest values. In a
//! plan it is one value of that range. The course's partitions and kills are events of the cluster as a whole, in
//! [`plan`](crate::plan).

mod fields;
pub mod links;
pub mod nodes;
mod registry;
mod victims;

pub(crate) use fields::{FaultFields, MAX_DELAY, SPAN};
pub use links::{AnyLinkFault, LinkPattern};
pub use nodes::AnyNodeFault;
pub(crate) use victims::{
    DrawnOrder, check as check_selectors, most, names, renumber, renumber_order,
};
pub use victims::{Selector, Target};

/// The coverage marks of all faults, in a fixed order: first the faults of nodes, then those of links.
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

/// Returns the bits of link faults' marks, shifted to their place among the marks of all faults.
pub(crate) fn link_marks(reached: u64) -> u64 {
    reached << AnyNodeFault::MARKS.iter().map(|marks| marks.len()).sum::<usize>()
}
