//! The cluster: the nodes, the machines they run on, and which of them run.

use std::cmp::Reverse;

use crate::Nanos;
use crate::api::{Host, Node, NodeId, NodeSet, Outbox, Role, Setup, System};
use crate::evidence::Crash;
use crate::faults::Selector;
use crate::faults::nodes::ActiveFaults;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::rng::Seed;

use super::catch_panic::catch_panic;
use super::node_queue::NodeQueue;
use super::time::{Event, Time};

/// All nodes, and what the engine knows of them.
pub(super) struct Cluster<'p, N: Node, H> {
    /// The place where the nodes live.
    pub host: H,
    /// Starts a node again from its file.
    pub recover: Box<Recover<'p, N>>,
    /// The nodes, by their ids.
    pub slots: Vec<NodeState<N>>,
    /// The nodes that clients still ask. As in the course, a crashed process goes unnoticed.
    pub living: NodeSet,
    /// The nodes that the course's simulator takes for dead, for good, though they live: something was sent to them
    /// before their hello.
    pub mistaken: Vec<(Nanos, NodeId)>,
    /// The nodes that ended by a panic or a violation.
    pub crashes: Vec<Crash>,
    /// The nodes that a fault ended for good.
    pub killed: Vec<NodeId>,
    /// The outbox of the node that takes a step.
    pub outbox: Outbox<N::Message>,
}

type Recover<'p, N> = dyn Fn(Setup, Nanos, &mut Vec<u8>) -> Result<N, String> + 'p;

/// A node and what the engine knows about it.
#[derive(Debug)]
pub(super) struct NodeState<N: Node> {
    /// None only if it could not even start.
    pub node: Option<N>,
    /// The earliest wake-up event in the queue.
    pub wakeup: Nanos,
    /// When it wants to be woken, by its own clock.
    pub next_wakeup: Nanos,
    /// The replica that it takes for the leader.
    pub leader: Option<NodeId>,
    /// Dead and panicked nodes get nothing and say nothing.
    pub running: bool,
    /// When a crashed one starts again.
    pub restart_at: Nanos,
    /// How often it started again.
    pub starts: u32,
    pub machine: Machine,
    /// The faults that are in force at it.
    pub faults: ActiveFaults,
    pub work: NodeQueue<N::Message>,
    /// Whether it is a process that has not said hello, so nothing can reach it.
    pub is_deaf: bool,
    /// When it last sent anything, where no window shows what it does.
    pub last_sent: Option<Nanos>,
    /// When it was last woken, and how often at that very moment.
    pub woken_at: Nanos,
    pub wakeups_now: u32,
    pub role: Role,
    pub term: u64,
}

impl<N: Node> NodeState<N> {
    /// Starts a node; with its message if it panics.
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

    /// Returns the time that the node reads off its clock.
    #[inline]
    pub(super) fn local_time(&mut self, now: Nanos) -> Nanos {
        let shown = self.machine.clock.local(now);
        if self.faults.is_empty() { shown } else { self.faults.reads(now, shown) }
    }

    /// Returns when the node first reads a time off its clock; [`Nanos::MAX`] for never.
    #[inline]
    pub(super) fn when(&mut self, now: Nanos, local: Nanos) -> Nanos {
        let local = if self.faults.is_empty() { local } else { self.faults.wakes(now, local) };
        self.machine.clock.when(local)
    }

    /// Drops what the node was in the middle of: it has ended. Its disk and its faults stay.
    pub(super) fn forget_work(&mut self) {
        self.machine.busy_until = 0;
        self.work.forget();
    }
}

impl<'p, N: Node, H: Host<N>> Cluster<'p, N, H> {
    /// Starts all nodes. Those that panic are returned with their messages.
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
        let slots = ids().map(start).collect();
        let cluster = Cluster {
            host,
            recover: Box::new(|setup, now, file| system.recover(setup, now, file)),
            slots,
            living: ids().collect(),
            mistaken: Vec::new(),
            crashes: Vec::new(),
            killed: Vec::new(),
            outbox: Outbox::new(),
        };
        (cluster, panics)
    }

    /// Whether any node shows what it does through a window.
    pub(super) fn is_raft(&self) -> bool {
        let nodes = || self.slots.iter().filter_map(|slot| slot.node.as_ref());
        nodes().any(|node| node.raft().is_some())
    }

    /// The nodes that run.
    pub(super) fn running(&self) -> impl Iterator<Item = NodeId> + use<'_, 'p, N, H> {
        (0..).map(NodeId).zip(&self.slots).filter(|(_, slot)| slot.running).map(|(id, _)| id)
    }

    /// Whether none runs, and none will.
    pub(super) fn is_extinct(&self) -> bool {
        self.living.is_empty() && self.slots.iter().all(|slot| slot.restart_at == Nanos::MAX)
    }

    /// The nodes that clients ask: all that live, or those that the original does not take for dead either. The
    /// original's clients would stop where none is left.
    pub(super) fn askable(&self, like_the_original: bool) -> NodeSet {
        let mut askable = self.living;
        if like_the_original {
            self.mistaken.iter().for_each(|&(_, id)| askable.remove(id));
        }
        if askable.is_empty() { self.living } else { askable }
    }

    /// Whether a node was killed: its socket is closed, and with it goes what waits there. A crashed one's
    /// is not.
    pub(super) fn is_killed(&self, id: NodeId) -> bool {
        !self.slots[id.index()].running && !self.living.contains(id)
    }

    /// The nodes that selectors mean now; `leader` is the one that the network takes for the leader.
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
        let ids = (0..self.slots.len() as u16).map(NodeId);
        ids.filter(|&id| selectors.iter().any(|selector| picks(selector, id))).collect()
    }

    /// The candidate of the highest term.
    fn candidate(&self) -> Option<NodeId> {
        let slots = (0..).map(NodeId).zip(&self.slots);
        let candidates = slots.filter(|(_, slot)| slot.running && slot.role == Role::Candidate);
        candidates.max_by_key(|(id, slot)| (slot.term, Reverse(*id))).map(|(id, _)| id)
    }

    /// The follower with the most up-to-date log (Raft §5.4.1).
    fn newest(&self, leader: Option<NodeId>) -> Option<NodeId> {
        let slots = (0..).map(NodeId).zip(&self.slots);
        let followers = slots.filter(|(id, slot)| slot.running && leader != Some(*id));
        let logs = followers.filter_map(|(id, slot)| {
            let window = slot.node.as_ref()?.raft()?;
            Some(((window.last_term(), window.last_index(), Reverse(id)), id))
        });
        logs.max().map(|(_, id)| id)
    }

    /// Makes sure that a wake-up event is in the queue by the time the node wants one.
    #[inline]
    pub(super) fn arm(&mut self, id: NodeId, time: &mut Time<'_, N::Message>) {
        let slot = &mut self.slots[id.index()];
        let wanted = slot.when(time.now, slot.next_wakeup);
        if wanted < slot.wakeup && slot.running {
            let at = wanted.max(time.now);
            slot.wakeup = at;
            time.queue.push(at, Event::Wakeup(id));
        }
    }
}

/// Returns what a node is told when it starts, or starts again; `seed` is the source of its draws.
pub(super) fn setup(plan: &Plan, seed: Seed, id: NodeId, starts: u32) -> Setup {
    let stream = match starts {
        0 => format!("node {id}"),
        _ => format!("node {id} start {starts}"),
    };
    Setup {
        id,
        replicas: plan.replicas,
        seed: seed.stream(&stream).bits(),
        run_seed: Seed(plan.seed).stream("run").bits(),
        start_up: plan.start_ups.get(id.index()).copied().unwrap_or_default(),
        durable: plan.needs_durability(),
        clocks: plan.clocks,
        buggify: plan.buggify,
    }
}
