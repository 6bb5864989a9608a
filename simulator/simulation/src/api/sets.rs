//! Sets of replicas and of links.

use std::fmt;

use crate::api::NodeId;

/// A set of replicas, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeSet(u64);

impl NodeSet {
    #[inline]
    pub(crate) fn contains(self, node: NodeId) -> bool {
        self.0 >> node.0 & 1 == 1
    }

    pub(crate) fn insert(&mut self, node: NodeId) {
        self.0 |= 1 << node.0;
    }

    pub(crate) fn remove(&mut self, node: NodeId) {
        self.0 &= !(1 << node.0);
    }

    pub(crate) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = NodeId> {
        (0..64).map(NodeId).filter(move |&node| self.contains(node))
    }
}

/// The ids, separated by spaces.
impl fmt::Display for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, node) in self.iter().enumerate() {
            let space = if number > 0 { " " } else { "" };
            write!(f, "{space}{node}")?;
        }
        Ok(())
    }
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        let mut set = NodeSet::default();
        nodes.into_iter().for_each(|node| set.insert(node));
        set
    }
}

/// A set of links, one bit each: a row of receivers for each sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkSet(Vec<NodeSet>);

impl LinkSet {
    /// Returns the links (from, to) for which `has` returns true.
    pub(crate) fn new(replicas: u16, has: impl Fn(NodeId, NodeId) -> bool) -> Self {
        let ids = || (0..replicas).map(NodeId);
        LinkSet(
            ids().map(|from| ids().filter(|&to| from != to && has(from, to)).collect()).collect(),
        )
    }

    /// Returns all links except those of a ring in which each replica reaches just enough neighbours for a majority.
    pub(crate) fn outside_ring(replicas: u16, order: &[u16]) -> Self {
        let length = order.len();
        // A majority is the replica itself and half of the others, split between both sides.
        let reach = (usize::from(replicas) / 2).div_ceil(2);
        let place = |id: NodeId| order.iter().position(|&other| other == id.0);
        LinkSet::new(replicas, |from, to| match (place(from), place(to)) {
            (Some(a), Some(b)) => {
                let apart = a.abs_diff(b);
                apart.min(length - apart) > reach
            }
            _ => false,
        })
    }

    /// Returns all links between the two halves of the replicas after the first.
    pub(crate) fn across_bridge(replicas: u16, order: &[u16]) -> Self {
        let rest = order.get(1..).unwrap_or_default();
        let (left, right) = rest.split_at(rest.len() / 2);
        LinkSet::new(replicas, |from, to| {
            left.contains(&from.0) && right.contains(&to.0)
                || right.contains(&from.0) && left.contains(&to.0)
        })
    }

    #[inline]
    pub(crate) fn contains(&self, from: NodeId, to: NodeId) -> bool {
        self.0.get(from.index()).is_some_and(|row| row.contains(to))
    }
}
