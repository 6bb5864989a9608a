//! The cluster: the nodes, their machines, and the process state of each.

use std::cmp::Reverse;

use crate::Nanos;
use crate::api::{
    AnswerOf, DiskService, Host, Node, NodeId, NodeSet, OpOf, Outbox, OutboxOf, Role, Setup, System,
};
use crate::evidence::Crash;
use crate::faults::Selector;
use crate::faults::nodes::ActiveFaults;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::rng::{Dice, Seed};

use super::catch_panic::catch_panic;
use super::node_queue::NodeQueue;
use super::time::{Event, TimeOf};

/// All nodes, and the engine's state of them.
pub(super) struct Cluster<'p, N: Node, H> {
    /// The place where the nodes run.
    pub host: H,
    /// The function that restarts a node from its file.
    pub recover: Box<Recover<'p, N>>,
    /// The nodes, by their ids.
    pub nodes: Vec<NodeState<N>>,
    /// The nodes to which clients still send requests. As in the course, a crashed process goes unnoticed.
    pub living: NodeSet,
    /// The living nodes that the course's simulator treats as dead, because something was sent to them before their
    /// hello; with the times.
    pub mistaken: Vec<(Nanos, NodeId)>,
    /// The nodes that were stopped by a panic or a violation.
    pub crashes: Vec<Crash>,
    /// The nodes that a fault killed, or that refuse to restart from a damaged file.
    pub killed: Vec<NodeId>,
    /// The outbox of the node whose step is in progress.
    pub outbox: OutboxOf<N>,
}

type Recover<'p, N> = dyn Fn(Setup, Nanos, &mut Vec<u8>) -> Result<N, String> + 'p;

/// A node and the engine's state of it.
#[derive(Debug)]
pub(super) struct NodeState<N: Node> {
    /// The node; `None` only if its start panicked.
    pub node: Option<N>,
    /// The earliest wake-up event in the queue.
    pub wakeup: Nanos,
    /// The time of the node's next wake-up, on its own clock.
    pub next_wakeup: Nanos,
    /// The replica that the node takes for the leader.
    pub leader: Option<NodeId>,
    /// True if the node takes steps: it is not killed, crashed or stopped.
    pub running: bool,
    /// The time at which a crashed node restarts; [`Nanos::MAX`] for a node that is not crashed.
    pub restart_at: Nanos,
    /// The number of restarts.
    pub starts: u32,
    pub machine: Machine,
    /// The faults in force at the node.
    pub faults: ActiveFaults,
    pub work: NodeQueue<N::Message, OpOf<N>, AnswerOf<N>>,
    /// True if the node is a process that has not sent its hello, so nothing can be delivered to it.
    pub is_deaf: bool,
    /// The time at which it last sent anything, if no window shows its activity.
    pub last_sent: Option<Nanos>,
    /// The time of the last wake-up; below, the number of further wake-ups at the same time.
    pub woken_at: Nanos,
    pub wakeups_now: u32,
    pub role: Role,
    pub term: u64,
}

impl<N: Node> NodeState<N> {
    /// Starts a node; the second result is the message of a panic, if there was one.
    fn start<S: System<Node = N>>(
        system: &S,
        setup: Setup,
        is_process: bool,
    ) -> (Self, Option<String>) {
        let (node, panic) = match catch_panic(|| system.start(setup, 0)) {
            Ok(node) => (Some(node), None),
            Err(message) => (None, Some(message)),
        };
        let state = NodeState {
            node,
            wakeup: Nanos::MAX,
            next_wakeup: Nanos::MAX,
            leader: None,
            running: true,
            restart_at: Nanos::MAX,
            starts: 0,
            machine: Machine::default(),
            faults: ActiveFaults::default(),
            work: NodeQueue::new(),
            is_deaf: is_process,
            last_sent: None,
            woken_at: 0,
            wakeups_now: 0,
            role: Role::Follower,
            term: 0,
        };
        (state, panic)
    }

    /// Returns the time that the node reads from its clock.
    #[inline]
    pub(super) fn local_time(&mut self, now: Nanos) -> Nanos {
        let shown = self.machine.clock.local(now);
        if self.faults.is_empty() { shown } else { self.faults.reads(now, shown) }
    }

    /// Tells a process how its disk behaves during its next step.
    pub(super) fn prepare_disk<H: Host<N>>(&mut self, host: &H, now: Nanos) {
        let Some(node) = &mut self.node else { return };
        let disk = if self.faults.is_empty() {
            DiskService::default()
        } else {
            let (sync_time, is_full) = (self.faults.sync_time(now), self.faults.is_disk_full(now));
            DiskService { sync_time, is_full }
        };
        host.set_disk(node, disk);
    }

    /// Flips a bit on the node's disk; returns false if the disk is empty.
    pub(super) fn flip_bit<H: Host<N>>(&mut self, host: &H, dice: &mut Dice) -> bool {
        let of_process = self.node.as_mut().and_then(|node| host.flip_bit(node, dice));
        of_process.unwrap_or_else(|| self.machine.disk.flip_bit(dice))
    }

    /// Returns the time at which the node first reads `local` from its clock; [`Nanos::MAX`] for never.
    #[inline]
    pub(super) fn when(&mut self, now: Nanos, local: Nanos) -> Nanos {
        let local = if self.faults.is_empty() { local } else { self.faults.wakes(now, local) };
        self.machine.clock.when(local)
    }

    /// Drops the unfinished work of a node that stopped. Its disk and its faults stay.
    pub(super) fn forget_work(&mut self) {
        self.machine.busy_until = 0;
        self.work.forget();
    }
}

impl<'p, N: Node, H: Host<N>> Cluster<'p, N, H> {
    /// Starts all nodes, and returns the messages of those that panicked.
    pub(super) fn start<S: System<Node = N>>(
        system: &'p S,
        host: H,
        plan: &'p Plan,
    ) -> (Self, Vec<(NodeId, String)>) {
        let ids = || (0..plan.replicas).map(NodeId);
        let mut panics = Vec::new();
        let start = |id| {
            let (state, panic) =
                NodeState::start(system, setup(plan, Seed(plan.seed), id, 0), host.are_processes());
            panics.extend(panic.map(|message| (id, message)));
            state
        };
        let nodes = ids().map(start).collect();
        let cluster = Cluster {
            host,
            recover: Box::new(|setup, now, file| system.recover(setup, now, file)),
            nodes,
            living: ids().collect(),
            mistaken: Vec::new(),
            crashes: Vec::new(),
            killed: Vec::new(),
            outbox: Outbox::new(),
        };
        (cluster, panics)
    }

    /// Returns true if any node offers a window.
    pub(super) fn is_raft(&self) -> bool {
        let nodes = || self.nodes.iter().filter_map(|state| state.node.as_ref());
        nodes().any(|node| node.raft().is_some())
    }

    /// Returns true if no node offers a window for Raft, and one shows its decided log.
    pub(super) fn shows_decided_logs(&self) -> bool {
        let mut nodes = self.nodes.iter().filter_map(|state| state.node.as_ref());
        !self.is_raft() && nodes.any(|node| node.decided_log().is_some())
    }

    /// Returns the running nodes.
    pub(super) fn running(&self) -> impl Iterator<Item = NodeId> + use<'_, 'p, N, H> {
        (0..).map(NodeId).zip(&self.nodes).filter(|(_, state)| state.running).map(|(id, _)| id)
    }

    /// Returns true if no node is alive, and none will restart.
    pub(super) fn is_extinct(&self) -> bool {
        self.living.is_empty() && self.nodes.iter().all(|state| state.restart_at == Nanos::MAX)
    }

    /// Returns the nodes to which clients send requests: the living ones, if `like_the_original` without those that the
    /// course's simulator treats as dead. If that leaves none, where the course's clients would stop, returns the
    /// living ones.
    pub(super) fn askable(&self, like_the_original: bool) -> NodeSet {
        let mut askable = self.living;
        if like_the_original {
            self.mistaken.iter().for_each(|&(_, id)| askable.remove(id));
        }
        if askable.is_empty() { self.living } else { askable }
    }

    /// Returns true if a node was killed: its socket is closed, and datagrams that wait there are dropped. The socket
    /// of a crashed node stays open.
    pub(super) fn is_killed(&self, id: NodeId) -> bool {
        !self.nodes[id.index()].running && !self.living.contains(id)
    }

    /// Returns the nodes that selectors select now; `leader` is the one last named as leader.
    pub(super) fn select(&self, selectors: &[Selector], leader: Option<NodeId>) -> NodeSet {
        let (candidate, newest) = (self.candidate(), self.newest(leader));
        let picks = |selector: &Selector, id: NodeId| match selector {
            Selector::Replica(number) => id.0 == *number,
            Selector::Leader => leader == Some(id),
            Selector::Candidate => candidate == Some(id),
            Selector::Newest => newest == Some(id),
            Selector::Followers => leader != Some(id),
            Selector::All => true,
        };
        let ids = (0..self.nodes.len() as u16).map(NodeId);
        ids.filter(|&id| selectors.iter().any(|selector| picks(selector, id))).collect()
    }

    /// Returns the candidate of the highest term.
    fn candidate(&self) -> Option<NodeId> {
        let nodes = (0..).map(NodeId).zip(&self.nodes);
        let candidates = nodes.filter(|(_, state)| state.running && state.role == Role::Candidate);
        candidates.max_by_key(|(id, state)| (state.term, Reverse(*id))).map(|(id, _)| id)
    }

    /// Returns the follower with the most up-to-date log (Raft §5.4.1).
    fn newest(&self, leader: Option<NodeId>) -> Option<NodeId> {
        let nodes = (0..).map(NodeId).zip(&self.nodes);
        let followers = nodes.filter(|(id, state)| state.running && leader != Some(*id));
        let logs = followers.filter_map(|(id, state)| {
            let window = state.node.as_ref()?.raft()?;
            Some(((window.last_term(), window.last_index(), Reverse(id)), id))
        });
        logs.max().map(|(_, id)| id)
    }

    /// Makes sure that the queue has a wake-up event for the time of the node's next wake-up.
    #[inline]
    pub(super) fn arm(&mut self, id: NodeId, time: &mut TimeOf<'_, N>) {
        let state = &mut self.nodes[id.index()];
        let wanted = state.when(time.now, state.next_wakeup);
        if wanted < state.wakeup && state.running {
            let at = wanted.max(time.now);
            state.wakeup = at;
            time.queue.push(at, Event::Wakeup(id));
        }
    }
}

/// Returns the setup of a node that starts, or restarts.
pub(super) fn setup(plan: &Plan, seed: Seed, id: NodeId, starts: u32) -> Setup {
    let stream = match starts {
        0 => format!("node {id}"),
        _ => format!("node {id} start {starts}"),
    };
    Setup {
        id,
        replicas: plan.replicas,
        seed: seed.stream(&stream).bits(),
        durable: plan.needs_durability(),
        clocks: plan.clocks,
        buggify: plan.buggify,
    }
}
