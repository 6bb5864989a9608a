//! Where nodes live: in this program, or outside of it.

use crate::Nanos;
use crate::api::{Death, Node, NodeId};
use crate::units::Span;

/// What the engine asks of the place where nodes live. Nodes in this program need nothing of it
/// ([`InProcess`]); processes have an end of their own, and may live in real time.
pub trait Host<N: Node> {
    /// Whether the nodes are processes: they say hello, and nothing reaches one before.
    fn are_processes(&self) -> bool {
        false
    }

    /// If the node has stopped, the reason: its process exited or violated the protocol. Asked after every
    /// step; a node in this program panics instead.
    fn died<'n>(&self, node: &'n N) -> Option<&'n Death> {
        let _ = node;
        None
    }

    /// Stops a process or lets it go on, where it lives in real time. Nothing reaches it meanwhile, and
    /// nothing is heard of it.
    fn pause(&self, node: &mut N, paused: bool) {
        let _ = (node, paused);
    }

    /// Called once when the node is killed, by a fault or for a violation; no step follows. Gives back what it
    /// occupies outside of this program, and returns the lines that it printed last.
    fn stop(&self, node: &mut N) -> Vec<String> {
        let _ = node;
        Vec::new()
    }

    /// What a node that runs says of something that went wrong inside it, if it does.
    fn complaint(&self, node: &N) -> Option<String> {
        let _ = node;
        None
    }

    /// Whether the nodes live in real time. The engine then waits for it ([`Host::wait`]), and for what the
    /// nodes have to say.
    fn is_real_time(&self) -> bool {
        false
    }

    /// Whether the run was told to end before its time. In real time only.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Waits until a time, or until one of these nodes has something to say before that. In real time only.
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

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunProgress {
    /// The messages between replicas so far.
    pub messages: u64,
    /// The crashes and malformed datagrams so far.
    pub findings: u64,
}

/// How a wait ended.
#[derive(Clone, Debug)]
pub enum Waited {
    /// The time has come.
    Out,
    /// These nodes have something to say, at this time, before that.
    Heard(Nanos, Vec<NodeId>),
    /// The run is to end.
    Stopped,
}

/// The host of nodes in this program.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl<N: Node> Host<N> for InProcess {}

/// How replicas live that are processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processes {
    /// How long each takes from its launch to its first step in virtual time, where the time is ours: the plan
    /// draws it ([`Plan::start_ups`](crate::plan::Plan::start_ups)).
    pub start_up: Option<Span>,
}
