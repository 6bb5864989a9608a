//! The engine: runs a plan against a system under test.
//!
//! Discrete events, no ticks: the engine takes the next event from the queue, sets the
//! clock to its time, lets one node or client react, and puts what follows back into the queue. It
//! is generic over what is under test and knows no Raft.
//!
//! ```text
//!             schedule (requests, faults)
//!                   │
//!   clients ──request──▶ node ──outbox──▶ router ──▶ links ──message──▶ node
//!      ▲                                     │
//!      └───────────────response──────────────┘
//! ```
//!
//! A run has two phases. In the first, faults strike as planned, and the course's metrics are taken
//! at its end. In the second everything heals, and the cluster must recover.

mod catch_panic;
mod clients;
mod faults;
mod findings;
mod network;
mod node_queue;
mod nodes;
mod outages;
mod queue;
mod real_time;
mod recovery;
mod rounds;
mod schedule;
mod traffic;

use crate::Nanos;
use crate::api::{
    Host, InProcess, Named, Node, NodeId, NodeSet, Outbox, Request, Response, Role, Setup, System,
};
use crate::check::raft::RaftMonitor;
use crate::digest::Digest;
use crate::digest_samples::DigestSamples;
use crate::elections::Elections;
use crate::evidence::{Crash, CutShort, Evidence};
use crate::faults::nodes::ActiveFaults;
use crate::machine::Machine;
use crate::marks::Marks;
use crate::plan::Plan;
use crate::rng::Seed;
use crate::trace::Tracer;

use catch_panic::catch_panic;
use clients::Clients;
use network::{ClientLinks, Links, Router};
use node_queue::NodeQueue;
use queue::EventQueue;
use recovery::Probing;
use rounds::Rounds;
use schedule::{Item, Schedule};

pub use catch_panic::silence_caught_panics;
pub use clients::{STORM, STORM_IS_CERTAIN};

/// What to record besides the evidence that every verdict needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Record a trace.
    pub trace: bool,
    /// Stop at this time, without a liveness phase.
    pub until: Option<Nanos>,
    /// Describe every replica's state at the end.
    pub inspect: bool,
    /// Keep the whole history, for somebody to read. Otherwise a run of very many requests checks most
    /// of it as it goes, and drops it.
    pub history: bool,
}

/// Runs a plan with nodes in this program.
pub fn run<S: System>(system: &S, plan: &Plan, options: Options) -> Evidence {
    run_hosted(system, InProcess, plan, options)
}

/// Runs a plan with nodes that live where `host` says.
pub fn run_hosted<S: System>(
    system: &S,
    host: impl Host<S::Node>,
    plan: &Plan,
    options: Options,
) -> Evidence {
    let mut run = Run::start(system, host, plan, options);
    let cut_short = run.first_phase();
    let measured = run.measure();
    let unanswered = run.clients.unanswered().collect();
    let recovery = run.recover(cut_short);
    let interrupted = run.is_interrupted().then_some(CutShort::Stopped);
    let storms = run.clients.unanswered_storms();
    let storm_at = run.clients.storm_at();
    let replicas = run.replicas_at_the_end();
    let inspection = if options.inspect { run.inspect() } else { Vec::new() };
    (0..plan.replicas).for_each(|id| run.note_reached(NodeId(id)));
    run.note_fault_marks();
    let raft = run.monitor.take().map(|monitor| run.close_monitor(monitor));
    let (history, counts) = run.clients.into_history();
    Evidence {
        metrics: measured,
        counts,
        history,
        digest: run.digest,
        digest_samples: run.digest_samples,
        marks: run.marks,
        raft,
        crashes: run.crashes,
        killed: run.killed,
        mistaken: run.mistaken,
        cut_short: cut_short.or(interrupted),
        real_time: run.host.is_real_time(),
        storms,
        storm_at,
        leader_history: run.leader_history,
        elections: run.elections,
        replicas,
        unanswered,
        losses: run.links.lost,
        recovery,
        trace: run.tracer.into_events(),
        inspection,
        messages: run.messages,
        ended: run.now,
    }
}

/// What can happen next.
#[derive(Debug)]
enum Event<M> {
    /// A datagram leaves its node, some time after the step that sent it began.
    Leaves { from: NodeId, named: Box<Named<M>> },
    /// The router has dealt with a message for another node.
    Routed { from: NodeId, to: NodeId, leader: Option<NodeId>, message: M },
    /// The router has dealt with an answer to a client.
    Responded { from: NodeId, leader: Option<NodeId>, response: Response },
    /// A message that a link delayed arrives.
    Arrived { from: NodeId, to: NodeId, message: M },
    /// A message that a link held back arrives; at once if everything heals.
    Released { from: NodeId, to: NodeId, message: M },
    /// A request that left its client before arrives.
    Asked { to: NodeId, request: Request },
    /// An answer that left the router before arrives; the network made a copy of it if it says so.
    Answered { from: NodeId, leader: Option<NodeId>, response: Response, is_copy: bool },
    /// A node's time has come, if it was still waiting for this one.
    Wakeup(NodeId),
    /// The next planned request or fault is due.
    Scheduled,
    /// The loop has waited for a datagram in vain.
    Round,
    /// Something that is wrong with a node ends, or a step of it.
    FaultEnds(NodeId),
    /// The next probe of the liveness phase is due.
    Probe,
}

/// A node and what the engine knows about it.
#[derive(Debug)]
struct NodeState<N: Node> {
    /// None only if it could not even start.
    node: Option<N>,
    /// The earliest wake-up event in the queue.
    wakeup: Nanos,
    /// When it wants to be woken, by its own clock, and whom it takes for the leader.
    next_wakeup: Nanos,
    leader: Option<NodeId>,
    /// Dead and panicked nodes get nothing and say nothing.
    running: bool,
    /// When a crashed one starts again.
    restart_at: Nanos,
    /// How often it started again.
    starts: u32,
    machine: Machine,
    /// The faults that are in force at it.
    faults: ActiveFaults,
    work: NodeQueue<N::Message>,
    /// Whether it is a process that has not said hello, so nothing can reach it.
    is_deaf: bool,
    /// When it last sent anything, where no window shows what it does.
    last_sent: Option<Nanos>,
    /// When it was last woken, and how often at that very moment.
    woken_at: Nanos,
    wakeups_now: u32,
    role: Role,
    term: u64,
}

impl<N: Node> NodeState<N> {
    /// Returns the time that the node reads off its clock.
    #[inline]
    fn local_time(&mut self, now: Nanos) -> Nanos {
        let shown = self.machine.clock.local(now);
        if self.faults.is_empty() { shown } else { self.faults.reads(now, shown) }
    }

    /// Returns when the node first reads a time off its clock; [`Nanos::MAX`] for never.
    #[inline]
    fn when(&mut self, now: Nanos, local: Nanos) -> Nanos {
        let local = if self.faults.is_empty() { local } else { self.faults.wakes(now, local) };
        self.machine.clock.when(local)
    }

    /// Drops what the node was in the middle of: it has ended. Its disk and its faults stay.
    fn forget_work(&mut self) {
        self.machine.busy_until = 0;
        self.work.forget();
    }
}

type Recover<'p, N> = dyn Fn(Setup, Nanos, &mut Vec<u8>) -> Result<N, String> + 'p;

struct Run<'p, N: Node, H> {
    plan: &'p Plan,
    /// Starts a node again from its file.
    recover: Box<Recover<'p, N>>,
    until: Nanos,
    /// Where the nodes live.
    host: H,
    now: Nanos,
    queue: EventQueue<Event<N::Message>>,
    schedule: Schedule<'p>,
    rounds: Rounds,
    slots: Vec<NodeState<N>>,
    /// Those that clients still ask. As in the course, a crashed process goes unnoticed.
    living: NodeSet,
    /// Those that the course's simulator takes for dead, for good, though they live: something was sent to them
    /// before their hello.
    mistaken: Vec<(Nanos, NodeId)>,
    router: Router,
    links: Links,
    client_links: ClientLinks,
    clients: Clients,
    /// Whom the network takes for the leader: the last one named in a message.
    leader: Option<NodeId>,
    /// Whom it took for the leader from when on.
    leader_history: Vec<(Nanos, Option<NodeId>)>,
    monitor: Option<RaftMonitor>,
    elections: Elections,
    /// The greatest commit index of any node.
    committed: u64,
    outbox: Outbox<N::Message>,
    probing: Option<Probing>,
    digest: Digest,
    digest_samples: DigestSamples,
    marks: Marks,
    tracer: Tracer,
    messages: u64,
    dropped: u64,
    crashes: Vec<Crash>,
    killed: Vec<NodeId>,
}

impl<'p, N: Node, H: Host<N>> Run<'p, N, H> {
    fn start<S: System<Node = N>>(
        system: &'p S,
        host: H,
        plan: &'p Plan,
        options: Options,
    ) -> Self {
        let ids = || (0..plan.replicas).map(NodeId);
        let mut panics = Vec::new();
        let slots: Vec<_> =
            ids().map(|id| Self::start_node(system, &host, plan, id, &mut panics)).collect();
        let nodes = || slots.iter().filter_map(|slot| slot.node.as_ref());
        let is_raft = nodes().any(|node| node.raft().is_some());
        let mut run = Run {
            plan,
            recover: Box::new(|setup, now, file| system.recover(setup, now, file)),
            until: options.until.unwrap_or(Nanos::MAX),
            host,
            now: 0,
            queue: EventQueue::new(),
            schedule: Schedule::new(plan),
            rounds: Rounds::new(plan.loop_wait),
            slots,
            living: ids().collect(),
            mistaken: Vec::new(),
            router: Router::new(plan.network.router),
            links: Links::new(plan),
            client_links: ClientLinks::new(plan),
            clients: Clients::new(plan, options.history),
            leader: None,
            leader_history: Vec::new(),
            monitor: is_raft.then(|| RaftMonitor::new(plan.replicas)),
            elections: Elections::default(),
            committed: 0,
            outbox: Outbox::new(),
            probing: None,
            digest: Digest::new(),
            digest_samples: DigestSamples::until(plan.end),
            marks: Marks::new(system.marks()),
            tracer: Tracer::new(options.trace),
            messages: 0,
            dropped: 0,
            crashes: Vec::new(),
            killed: Vec::new(),
        };
        for (id, message) in panics {
            run.panicked(id, &message);
        }
        for id in ids() {
            run.look_at(id);
            run.arm(id);
        }
        run.await_schedule();
        run
    }

    fn start_node<S: System<Node = N>>(
        system: &S,
        host: &H,
        plan: &Plan,
        id: NodeId,
        panics: &mut Vec<(NodeId, String)>,
    ) -> NodeState<N> {
        let node = catch_panic(|| system.start(setup(plan, id, 0), 0));
        NodeState {
            node: node.map_err(|message| panics.push((id, message))).ok(),
            wakeup: Nanos::MAX,
            next_wakeup: Nanos::MAX,
            leader: None,
            running: true,
            restart_at: Nanos::MAX,
            starts: 0,
            machine: Machine::default(),
            faults: ActiveFaults::default(),
            work: NodeQueue::new(),
            is_deaf: host.are_processes(),
            last_sent: None,
            woken_at: 0,
            wakeups_now: 0,
            role: Role::Follower,
            term: 0,
        }
    }

    /// Those that clients ask. The original's would have stopped where none is left; and once everything heals
    /// the clients are ours.
    fn askable(&self) -> NodeSet {
        let mut askable = self.living;
        if self.probing.is_none() {
            self.mistaken.iter().for_each(|&(_, id)| askable.remove(id));
        }
        if askable.is_empty() { self.living } else { askable }
    }

    /// Runs up to the scenario's end, unless something ends it before.
    fn first_phase(&mut self) -> Option<CutShort> {
        let end = self.plan.end.min(self.until);
        while self.step_before(end) {
            if self.messages >= self.plan.max_messages {
                return Some(CutShort::PacketStorm);
            }
            if self.living.is_empty() && self.slots.iter().all(|slot| slot.restart_at == Nanos::MAX)
            {
                return Some(CutShort::AllDead);
            }
        }
        if self.is_interrupted() {
            return Some(CutShort::Stopped);
        }
        self.now = end;
        (self.until < self.plan.end).then_some(CutShort::Stopped)
    }

    /// Lets the world react to an event.
    #[inline]
    fn step(&mut self, at: Nanos, event: Event<N::Message>) {
        self.now = at;
        if at >= self.digest_samples.next() {
            self.digest_samples.pass(at, self.digest);
        }
        match event {
            Event::Leaves { from, named } => self.leaves(from, *named),
            Event::Routed { from, to, leader, message } => {
                self.routed(from, to, leader, message);
                self.end_round();
            }
            Event::Responded { from, leader, response } => {
                self.responded(from, leader, response);
                self.end_round();
            }
            Event::Arrived { from, to, message } | Event::Released { from, to, message } => {
                self.arrived(from, to, message);
            }
            Event::Asked { to, request } => self.late_request(to, request),
            Event::Answered { from, leader, response, is_copy } => {
                self.answered(from, leader, &response, is_copy);
            }
            Event::Wakeup(node) => self.wake(node),
            Event::Scheduled => self.item_is_due(),
            Event::Round => self.waited_for_datagram(),
            Event::FaultEnds(node) => self.end_fault(node),
            Event::Probe => self.next_probe(),
        }
    }

    /// Folds an event into the digest: its time, a tag for its sort, whom it is about, and a number
    /// that depends on its content.
    ///
    /// | tag | event | from, to |
    /// | --- | --- | --- |
    /// | 1, 2 | a message arrives; is lost or cut off | sender, receiver |
    /// | 3, 4 | a replica is woken; breaks the rules | the replica, twice |
    /// | 5 | the router has dealt with an answer | the replica, the client |
    /// | 6 | a client asks | the client, the replica |
    /// | 7 | a fault strikes | nobody |
    /// | 8 | a replica starts again after a crash | the replica, twice |
    /// | 20, 21, 22 | a message is duplicated; corrupted; held back | sender, receiver |
    /// | 23, 24 | a client's request is lost; duplicated | the client, the replica |
    /// | 25, 26 | an answer is lost; duplicated | the replica, the client |
    /// | 27, 28 | a request arrives late; an answer does | as they travel |
    #[inline]
    fn fold(&mut self, tag: u64, from: NodeId, to: NodeId, content: u64) {
        self.digest.word(self.now);
        self.digest.word(tag << 32 | u64::from(from.0) << 16 | u64::from(to.0));
        self.digest.word(content);
    }

    fn await_schedule(&mut self) {
        if let Some(at) = self.schedule.next_at() {
            self.queue.push(at, Event::Scheduled);
        }
    }

    fn item_is_due(&mut self) {
        match self.rounds.due(self.now) {
            None => self.next_item(),
            Some(at) => self.queue.push(at, Event::Round),
        }
    }

    /// A round of the simulator's loop ends: it does what is due.
    #[inline]
    fn end_round(&mut self) {
        if self.rounds.end(self.now) {
            self.catch_up_with_agenda();
        }
    }

    fn waited_for_datagram(&mut self) {
        if self.rounds.waited(self.now) {
            self.catch_up_with_agenda();
        }
    }

    #[inline(never)]
    fn catch_up_with_agenda(&mut self) {
        while self.schedule.next_at().is_some_and(|at| at <= self.now) {
            self.do_next_item();
        }
        self.await_schedule();
    }

    fn next_item(&mut self) {
        self.do_next_item();
        self.await_schedule();
    }

    fn do_next_item(&mut self) {
        // What was planned for later than the end does not happen.
        let Some(item) = self.schedule.next() else {
            return;
        };
        match item {
            Item::Request(planned) => {
                let request = self.clients.ask(self.now, planned, self.askable());
                self.send_request(self.now, request, None);
            }
            Item::Fault(planned) => self.strike(&planned.fault),
        }
    }
}

/// What a node is told when it starts, or starts again.
fn setup(plan: &Plan, id: NodeId, starts: u32) -> Setup {
    let stream = match starts {
        0 => format!("node {id}"),
        _ => format!("node {id} start {starts}"),
    };
    Setup {
        id,
        replicas: plan.replicas,
        seed: Seed(plan.seed).stream(&stream).bits(),
        run_seed: Seed(plan.seed).stream("run").bits(),
        start_up: plan.start_ups.get(id.index()).copied().unwrap_or_default(),
        durable: plan.needs_durability(),
        clocks: plan.clocks,
        buggify: plan.buggify,
    }
}
