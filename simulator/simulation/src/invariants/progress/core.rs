//! The search for a majority in which each reaches each.

use crate::api::{NodeId, NodeSet};

/// Returns `least` replicas with `member` among them, each of which reaches all others; `None` if there are none.
///
/// `reach` has the set of each replica, which is symmetric and contains the replica itself if it is healthy.
pub(super) fn containing(member: NodeId, reach: &[NodeSet], least: usize) -> Option<NodeSet> {
    let candidates = reach[member.index()];
    if !candidates.contains(member) {
        return None;
    }
    let mut others = candidates;
    others.remove(member);
    grow(NodeSet::from_iter([member]), others, reach, least)
}

/// Adds candidates to a group, which all of them reach, until it is large enough.
fn grow(
    group: NodeSet,
    mut candidates: NodeSet,
    reach: &[NodeSet],
    least: usize,
) -> Option<NodeSet> {
    if group.len() >= least {
        return Some(group);
    }
    while group.len() + candidates.len() >= least {
        let next = candidates.iter().next()?;
        candidates.remove(next);
        let mut larger = group;
        larger.insert(next);
        let both = candidates.iter().filter(|&id| reach[next.index()].contains(id)).collect();
        if let Some(found) = grow(larger, both, reach, least) {
            return Some(found);
        }
    }
    None
}
