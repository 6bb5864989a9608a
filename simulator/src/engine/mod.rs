//! The engine: runs a plan against a system under test.
//!
//! Discrete events, no ticks: the engine takes the next event from the queue, sets the
//! clock to its time, lets one node or client react, and puts what follows back into the queue. It
//! is generic over what is under test and knows no Raft.
//!
//! ```text
//!             agenda (requests, faults)
//!                   │
//!   clients ──request──▶ node ──outbox──▶ router ──▶ links ──message──▶ node
//!      ▲                                     │
//!      └───────────────response──────────────┘
//! ```
//!
//! A run has two phases. In the first, faults strike as planned, and the course's metrics are taken
//! at its end. In the second everything heals, and the cluster must recover.

mod clients;
mod faults;
mod guard;
mod network;
mod nodes;
mod queue;
mod recovery;
mod traffic;

use crate::Nanos;
use crate::check::raft::RaftMonitor;
use crate::checkpoints::Checkpoints;
use crate::digest::Digest;
use crate::evidence::{Crash, CutShort, Evidence};
use crate::marks::Marks;
use crate::metrics::{Metrics, leader_text, median_and_mean};
use crate::node::{Node, NodeId, Outbox, Response, Role, Setup, System};
use crate::plan::Plan;
use crate::rng::Seed;
use crate::trace::Tracer;

use clients::Clients;
use network::{Links, NodeSet, Router};
use queue::EventQueue;
use recovery::Probing;

pub use guard::is_guarded;

/// A request asked this often and not answered by the end is a retry storm: a client asks again only
/// when it is turned away, and a replica that can do no better lets it wait.
pub const STORM: u32 = 100;

/// What to record besides the evidence that every verdict needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Record a trace.
    pub trace: bool,
    /// Stop at this time, without a liveness phase.
    pub until: Option<Nanos>,
    /// Describe every replica's state at the end.
    pub inspect: bool,
}

/// Runs a plan.
pub fn run<S: System>(system: &S, plan: &Plan, options: Options) -> Evidence {
    let mut run = Run::start(system, plan, options);
    let cut_short = run.first_phase();
    let measured = run.measure();
    let unanswered = run.clients.unanswered().collect();
    let recovery = run.recover(cut_short);
    let storms = run.clients.unanswered_storms(STORM);
    let inspection = if options.inspect { run.inspect() } else { Vec::new() };
    let marks = run.all_marks();
    let raft = run.monitor.take().map(|monitor| run.close_monitor(monitor));
    let (history, counts) = run.clients.into_history();
    Evidence {
        metrics: measured,
        counts,
        history,
        digest: run.digest,
        checkpoints: run.checkpoints,
        marks,
        raft,
        crashes: run.crashes,
        killed: run.killed,
        cut_short,
        storms,
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
    /// The router has dealt with a message for another node.
    Routed { from: NodeId, to: NodeId, leader: Option<NodeId>, message: M },
    /// The router has dealt with an answer to a client.
    Responded { from: NodeId, leader: Option<NodeId>, response: Response },
    /// A message that a link delayed arrives.
    Arrived { from: NodeId, to: NodeId, message: M },
    /// A node's time has come, if it was still waiting for this one.
    Wakeup(NodeId),
    /// The next planned request or fault is due.
    Agenda,
    /// The next probe of the liveness phase is due.
    Probe,
}

/// A planned request or fault, by its place in the plan.
#[derive(Clone, Copy, Debug)]
enum Item {
    Request(usize),
    Fault(usize),
}

/// A node and what the engine knows about it.
#[derive(Debug)]
struct Slot<N> {
    node: N,
    /// The earliest wake-up event in the queue.
    wakeup: Nanos,
    /// Killed or panicked nodes get nothing and say nothing.
    running: bool,
    /// When it was last woken, and how often at that very moment.
    woken_at: Nanos,
    wakeups_now: u32,
    role: Role,
    term: u64,
}

struct Run<'p, N: Node> {
    plan: &'p Plan,
    until: Nanos,
    now: Nanos,
    queue: EventQueue<Event<N::Message>>,
    agenda: Vec<(Nanos, Item)>,
    agenda_next: usize,
    slots: Vec<Slot<N>>,
    /// Those that clients still ask. As in the course, a crashed process goes unnoticed.
    living: NodeSet,
    router: Router,
    links: Links,
    clients: Clients,
    /// Whom the network takes for the leader: the last one named in a message.
    leader: Option<NodeId>,
    leaders: Vec<Option<NodeId>>,
    monitor: Option<RaftMonitor>,
    /// The greatest commit index of any node.
    committed: u64,
    outbox: Outbox<N::Message>,
    probing: Option<Probing>,
    digest: Digest,
    checkpoints: Checkpoints,
    marks: Marks,
    tracer: Tracer,
    messages: u64,
    dropped: u64,
    crashes: Vec<Crash>,
    killed: Vec<NodeId>,
    storm: bool,
}

impl<'p, N: Node> Run<'p, N> {
    fn start<S: System<Node = N>>(system: &S, plan: &'p Plan, options: Options) -> Self {
        let ids = || (0..plan.replicas).map(NodeId);
        let slots: Vec<_> = ids().map(|id| Self::start_node(system, plan, id)).collect();
        let is_raft = slots.iter().any(|slot| slot.node.raft().is_some());
        let mut run = Run {
            plan,
            until: options.until.unwrap_or(Nanos::MAX),
            now: 0,
            queue: EventQueue::new(),
            agenda: agenda(plan),
            agenda_next: 0,
            slots,
            living: ids().collect(),
            router: Router::new(plan.network.router),
            links: Links::new(plan),
            clients: Clients::new(plan),
            leader: None,
            leaders: Vec::new(),
            monitor: is_raft.then(|| RaftMonitor::new(plan.replicas)),
            committed: 0,
            outbox: Outbox::new(),
            probing: None,
            digest: Digest::new(),
            checkpoints: Checkpoints::until(plan.end),
            marks: Marks::new(system),
            tracer: Tracer::new(options.trace),
            messages: 0,
            dropped: 0,
            crashes: Vec::new(),
            killed: Vec::new(),
            storm: false,
        };
        ids().for_each(|id| run.arm(id));
        run.schedule_agenda();
        run
    }

    fn start_node<S: System<Node = N>>(system: &S, plan: &Plan, id: NodeId) -> Slot<N> {
        let seed = Seed(plan.seed).stream(&format!("node {id}")).bits();
        let node = system.start(
            Setup {
                id,
                replicas: plan.replicas,
                seed,
                durable: false,
                clocks: plan.clocks,
                buggify: plan.buggify,
            },
            0,
        );
        Slot {
            node,
            wakeup: Nanos::MAX,
            running: true,
            woken_at: 0,
            wakeups_now: 0,
            role: Role::Follower,
            term: 0,
        }
    }

    /// Runs up to the scenario's end, unless something ends it before.
    fn first_phase(&mut self) -> Option<CutShort> {
        let end = self.plan.end.min(self.until);
        while self.queue.next_at().is_some_and(|at| at < end) {
            self.step();
            if self.messages >= self.plan.max_messages {
                return Some(CutShort::PacketStorm);
            }
            if self.storm {
                return Some(CutShort::RetryStorm);
            }
            if self.living.len() == 0 {
                return Some(CutShort::AllDead);
            }
        }
        self.now = end;
        (self.until < self.plan.end).then_some(CutShort::Stopped)
    }

    /// Takes the next event and lets the world react.
    fn step(&mut self) {
        let Some((at, event)) = self.queue.pop() else {
            return;
        };
        self.now = at;
        if at >= self.checkpoints.next() {
            self.checkpoints.pass(at, self.digest);
        }
        match event {
            Event::Routed { from, to, leader, message } => self.routed(from, to, leader, message),
            Event::Responded { from, leader, response } => self.responded(from, leader, response),
            Event::Arrived { from, to, message } => self.arrived(from, to, message),
            Event::Wakeup(node) => self.wake(node),
            Event::Agenda => self.next_item(),
            Event::Probe => self.next_probe(),
        }
    }

    /// Folds an event into the digest.
    #[inline]
    fn fold(&mut self, tag: u64, from: NodeId, to: NodeId, content: u64) {
        self.digest.word(self.now);
        self.digest.word(tag << 32 | u64::from(from.0) << 16 | u64::from(to.0));
        self.digest.word(content);
    }

    fn schedule_agenda(&mut self) {
        if let Some(&(at, _)) = self.agenda.get(self.agenda_next) {
            self.queue.push(at, Event::Agenda);
        }
    }

    fn next_item(&mut self) {
        // What was planned for later than the end does not happen.
        let Some(&(_, item)) = self.agenda.get(self.agenda_next) else {
            return;
        };
        self.agenda_next += 1;
        match item {
            Item::Request(number) => {
                let planned = &self.plan.requests[number];
                let request = self.clients.ask(self.now, planned, self.living);
                self.send_request(request, None);
            }
            Item::Fault(number) => self.strike(&self.plan.faults[number].fault),
        }
        self.schedule_agenda();
    }

    /// The course's metrics as they stand.
    fn measure(&mut self) -> Metrics {
        let counts = &mut self.clients.counts;
        let (median_latency, mean_latency) = median_and_mean(&mut counts.latencies);
        let (gets, puts, failed) =
            (counts.gets, counts.puts, counts.failed_gets + counts.failed_puts);
        let (duplicates, redirects) = (counts.duplicates, counts.redirects);
        let unanswered = self.clients.unanswered().count() as u64;
        Metrics {
            total_messages: self.messages,
            dropped_messages: self.dropped,
            failures: failed + unanswered,
            duplicates,
            redirects,
            median_latency,
            mean_latency,
            gets,
            puts,
            unanswered,
            leaders: self.leaders.clone(),
        }
    }

    fn inspect(&self) -> Vec<(NodeId, String)> {
        let state = |(id, slot): (u16, &Slot<N>)| {
            let state = match slot.node.raft() {
                Some(window) => window.summary(),
                None => format!("believes that {} leads", leader_text(slot.node.leader())),
            };
            let dead = if slot.running { "" } else { "dead; was " };
            (NodeId(id), format!("{dead}{state}"))
        };
        (0..).zip(&self.slots).map(state).collect()
    }

    /// The marks of the whole run. Those of a replica that panicked are past asking for.
    fn all_marks(&self) -> Marks {
        let mut marks = self.marks;
        let crashed = |id| self.crashes.iter().any(|crash| crash.node == id);
        for (_, slot) in (0..).map(NodeId).zip(&self.slots).filter(|(id, _)| !crashed(*id)) {
            marks.reach_of_node(slot.node.reached());
        }
        if let Some(monitor) = &self.monitor {
            marks.merge(monitor.marks());
        }
        marks
    }

    fn close_monitor(&self, mut monitor: RaftMonitor) -> Vec<crate::check::raft::SafetyViolation> {
        for (id, slot) in (0..).zip(&self.slots) {
            if let Some(window) = slot.node.raft() {
                monitor.compare_whole_log(self.now, NodeId(id), window);
            }
        }
        monitor.into_violations()
    }
}

/// Requests and faults of a plan by time; at the same moment requests come first, as they do in the
/// course, where rounding makes every request a few microseconds early.
fn agenda(plan: &Plan) -> Vec<(Nanos, Item)> {
    let requests = plan.requests.iter().enumerate().map(|(n, item)| (item.at, Item::Request(n)));
    let faults = plan.faults.iter().enumerate().map(|(n, item)| (item.at, Item::Fault(n)));
    let mut agenda: Vec<_> = requests.chain(faults).collect();
    agenda.sort_by_key(|(at, _)| *at);
    agenda
}
