//! What is under test: a replicated state machine.

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::api::{Node, NodeId};

/// The assumptions that replicas may make of their clocks; a scenario with faults outside the bound says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clocks {
    /// Any two run at speeds that differ by less than 10 %, and none ever stops or jumps.
    #[default]
    Bounded,
    /// Nothing: they stop, jump and race.
    Unbounded,
}

/// What a node is told when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Its own id.
    pub id: NodeId,
    /// How many replicas the cluster has; their ids are `0..replicas`.
    pub replicas: u16,
    /// The only randomness it may use.
    pub seed: u64,
    /// Replicas of this run may crash and start again: what must survive that is to be made durable
    /// ([`Outbox::append`](crate::api::Outbox::append)). Otherwise it would never be read.
    pub durable: bool,
    /// What it may assume of its clock.
    pub clocks: Clocks,
    /// Draw unusual limits from the seed, so that rare paths become common ones (FoundationDB's
    /// "buggify"): small batches, frequent snapshots.
    pub buggify: bool,
}

impl Setup {
    /// Returns the setup of a replica that keeps nothing and may trust its clock, with zero for seeds.
    pub fn of(id: NodeId, replicas: u16) -> Self {
        let (durable, clocks, buggify) = (false, Clocks::Bounded, false);
        Setup { id, replicas, seed: 0, durable, clocks, buggify }
    }

    /// The ids of the other replicas, in order.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let id = self.id;
        (0..self.replicas).map(NodeId).filter(move |&peer| peer != id)
    }
}

/// A replicated state machine under test: how to start one of its replicas.
pub trait System {
    /// Its replicas.
    type Node: Node;

    /// What to call it in reports.
    fn name(&self) -> &str;

    /// Starts a replica at time `now`.
    fn start(&self, setup: Setup, now: Nanos) -> Self::Node;

    /// Starts a replica again after a crash. `file` is what the crash left of its file: what was
    /// durable, and perhaps some first bytes of what was being written, which it may cut off. A
    /// system that keeps nothing starts anew, which is what this does unless it is overridden.
    ///
    /// # Errors
    ///
    /// Why the replica refuses to start: its file is damaged. It takes no further part then. That
    /// is right if a fault damaged the file, and a crash of its own making otherwise.
    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<Self::Node, String> {
        let _ = file;
        Ok(self.start(setup, now))
    }

    /// Names of the rare states that a run should *sometimes* reach, in the order of the bits of
    /// [`Node::reached`]; at most 64.
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }
}
