//! Overlapping partitions of the extension: each replaces the one before, and the end of one never ends another.

use crate::Nanos;
use crate::plan::{Fault, PlannedFault};

/// A partition with its beginning and its end.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    pub at: Nanos,
    pub until: Nanos,
    pub keep_leader: bool,
    pub order: Vec<u16>,
}

/// Returns the partitions, and a `Heal` at each time from which no partition is in force.
///
/// A partition that is replaced by a shorter one ends with that one.
pub(super) fn partitions(mut all: Vec<Partition>) -> impl Iterator<Item = PlannedFault> {
    all.sort_by_key(|partition| partition.at);
    let replaced = |(number, partition): (usize, &Partition)| {
        let next = all.get(number + 1);
        next.is_none_or(|next| next.at > partition.until).then_some(partition.until)
    };
    let ends: Vec<Option<Nanos>> = all.iter().enumerate().map(replaced).collect();
    all.into_iter().zip(ends).flat_map(|(Partition { at, keep_leader, order, .. }, end)| {
        let begin = PlannedFault { at, fault: Fault::Partition { keep_leader, order } };
        let heal = end.map(|at| PlannedFault { at, fault: Fault::Heal });
        [Some(begin), heal].into_iter().flatten()
    })
}
