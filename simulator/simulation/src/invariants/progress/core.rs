//! The search for a majority in which each reaches each.

use crate::api::{NodeId, NodeSet};

/// The largest number of groups to look at. Clusters of scenarios have far fewer; those of a plan may have up to 64
/// replicas, and then more groups than can be counted.
const MOST_GROUPS: u32 = 1_000_000;

/// Returns `least` replicas with `member` among them, each of which reaches all others; `None` if there are none,
/// or none among the first [`MOST_GROUPS`].
///
/// `reach` has the set of each replica, which is symmetric and contains the replica itself if it is healthy.
pub(super) fn containing(member: NodeId, reach: &[NodeSet], least: usize) -> Option<NodeSet> {
    let candidates = reach[member.index()];
    if !candidates.contains(member) {
        return None;
    }
    let mut others = candidates;
    others.remove(member);
    let mut groups_left = MOST_GROUPS;
    grow(NodeSet::from_iter([member]), others, (reach, least), &mut groups_left)
}

/// Adds candidates to a group, which all of them reach, until it is large enough.
fn grow(
    group: NodeSet,
    mut candidates: NodeSet,
    (reach, least): (&[NodeSet], usize),
    groups_left: &mut u32,
) -> Option<NodeSet> {
    if group.len() >= least {
        return Some(group);
    }
    *groups_left = groups_left.checked_sub(1)?;
    while group.len() + candidates.len() >= least {
        let next = candidates.iter().next()?;
        candidates.remove(next);
        let mut larger = group;
        larger.insert(next);
        let both = candidates.iter().filter(|&id| reach[next.index()].contains(id)).collect();
        if let Some(found) = grow(larger, both, (reach, least), groups_left) {
            return Some(found);
        }
    }
    None
}
