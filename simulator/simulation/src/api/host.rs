//! The places where nodes run: in this process, or outside of it.

use crate::Nanos;
use crate::api::{Death, DiskLoss, DiskService, DiskUse, Node, NodeId};
use crate::rng::Dice;
use crate::units::Span;

/// The place where nodes run, as the engine uses it.
///
/// Nodes in this process need none of it ([`InProcess`]). Processes can exit by themselves, and may run in real time.
pub trait Host<N: Node> {
    /// Returns true if the nodes are processes: each sends a hello first, and nothing is delivered to it before.
    fn are_processes(&self) -> bool {
        false
    }

    /// Returns the reason for which the node stopped, if it did: its process exited or violated the protocol.
    ///
    /// Called after every step. A node in this process panics instead.
    fn died<'n>(&self, node: &'n N) -> Option<&'n Death> {
        let _ = node;
        None
    }

    /// Stops a process or continues it, if it runs in real time.
    ///
    /// While it is stopped, nothing is delivered to it and nothing is received from it.
    fn pause(&self, node: &mut N, paused: bool) {
        let _ = (node, paused);
    }

    /// Tells a process how its disk behaves during its next step. Called before every step of a process.
    fn set_disk(&self, node: &mut N, disk: DiskService) {
        let _ = (node, disk);
    }

    /// Returns the use that a process made of its disk during the last step.
    fn disk_use(&self, node: &N) -> DiskUse {
        let _ = node;
        DiskUse::default()
    }

    /// Crashes the disk of a node that restarts later. The dice choose what survives of that which was not synced.
    ///
    /// Returns `None` if the node uses the simulation's disk. Called before [`Host::stop`].
    fn crash(&self, node: &mut N, dice: &mut Dice) -> Option<DiskLoss> {
        let _ = (node, dice);
        None
    }

    /// Flips a bit that a process has made durable, which the dice choose; returns false if there is none.
    ///
    /// Returns `None` if the node uses the simulation's disk.
    fn flip_bit(&self, node: &mut N, dice: &mut Dice) -> Option<bool> {
        let _ = (node, dice);
        None
    }

    /// Returns true if a bit on the disk of a process was flipped, so that it is right to refuse to start.
    fn is_damaged(&self, node: &N) -> bool {
        let _ = node;
        false
    }

    /// Releases the resources of a killed node, and returns the last lines that it printed.
    ///
    /// Called once, when the node is killed by a fault or for a violation. No step follows.
    fn stop(&self, node: &mut N) -> Vec<String> {
        let _ = node;
        Vec::new()
    }

    /// Returns what a running node reports about an error inside it, if it reports one.
    fn complaint(&self, node: &N) -> Option<String> {
        let _ = node;
        None
    }

    /// Returns true if the nodes run in real time. The engine then waits for the time and for the nodes' output
    /// ([`Host::wait`]).
    fn is_real_time(&self) -> bool {
        false
    }

    /// Returns true if the user stopped the run early. Only in real time.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Waits until the time `until`, or until one of `nodes` has output before that. Only in real time.
    fn wait<'n>(
        &mut self,
        until: Nanos,
        progress: RunProgress,
        nodes: impl Iterator<Item = (NodeId, &'n N)>,
    ) -> Waited
    where
        N: 'n,
    {
        let _ = (until, progress, nodes);
        Waited::Out
    }
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunProgress {
    /// The number of messages between replicas so far.
    pub messages: u64,
    /// The number of crashes and malformed datagrams so far.
    pub findings: u64,
}

/// The reason for which a wait ended.
#[derive(Clone, Debug)]
pub enum Waited {
    /// The time was reached.
    Out,
    /// These nodes have output, at this time, before the end of the wait.
    Heard(Nanos, Vec<NodeId>),
    /// The user stopped the run.
    Stopped,
}

/// The host of nodes in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl<N: Node> Host<N> for InProcess {}

/// The settings of replicas that are processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processes {
    /// The range of times from a process's launch to its first step, for processes in virtual time. A replica learns
    /// its own from [`Plan::start_ups`](crate::plan::Plan::start_ups).
    pub start_up: Option<Span>,
}
