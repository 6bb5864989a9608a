//! Rules of your own that all nodes together keep.

use std::fmt;

use crate::api::NodeId;

/// A rule about all nodes together, which is tested after every step of a node.
///
/// It may remember what it saw before: the function is called in the order of the steps of one run.
///
/// ```
/// use simulation::api::Invariant;
///
/// struct Replica { holds_the_lock: bool }
///
/// let one_owner = Invariant::new("one owner", |nodes| {
///     let owners = nodes.running().filter(|(_, replica): &(_, &Replica)| replica.holds_the_lock);
///     match owners.map(|(id, _)| id.to_string()).collect::<Vec<_>>() {
///         owners if owners.len() > 1 => Err(format!("{} hold the lock", owners.join(" and "))),
///         _ => Ok(()),
///     }
/// });
/// ```
pub struct Invariant<N> {
    /// The name in reports.
    pub name: &'static str,
    pub(crate) holds: Box<Holds<N>>,
}

type Holds<N> = dyn FnMut(Nodes<'_, N>) -> Result<(), String>;

impl<N> Invariant<N> {
    /// Returns a rule with a name and the function that tests it, which returns what is wrong.
    pub fn new(
        name: &'static str,
        holds: impl FnMut(Nodes<'_, N>) -> Result<(), String> + 'static,
    ) -> Self {
        Invariant { name, holds: Box::new(holds) }
    }
}

impl<N> fmt::Debug for Invariant<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invariant").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The nodes of a cluster, as an [`Invariant`] sees them.
#[derive(Clone, Copy, Debug)]
pub struct Nodes<'n, N> {
    /// The nodes by their ids; `None` for one that does not run.
    pub(crate) all: &'n [Option<&'n N>],
    pub(crate) stepped: NodeId,
}

impl<'n, N> Nodes<'n, N> {
    /// Returns the nodes that run, in the order of their ids.
    pub fn running(self) -> impl Iterator<Item = (NodeId, &'n N)> {
        (0..).map(NodeId).zip(self.all).filter_map(|(id, node)| Some((id, (*node)?)))
    }

    /// Returns a node; `None` if it does not run.
    pub fn get(self, id: NodeId) -> Option<&'n N> {
        *self.all.get(id.index())?
    }

    /// Returns the id of the node that has just made a step.
    pub fn stepped(self) -> NodeId {
        self.stepped
    }
}
