//! The engine: runs a plan against a system under test.
//!
//! The engine simulates discrete events. It takes the next event from the queue, sets the clock to its time, lets one
//! node or client react, and puts the resulting events back into the queue. It is generic over the system under test
//! and does not know Raft.
//!
//! ```text
//!             schedule (requests, faults)
//!                   │
//!   clients ──request──▶ node ──outbox──▶ router ──▶ links ──message──▶ node
//!      ▲                                     │
//!      └───────────────response──────────────┘
//! ```
//!
//! A run has a few parts, each with its own file: time (the queue and the schedule), the cluster (the nodes and their
//! machines), the network, the clients, and the recording, which never affects the run. An operation on one part is a
//! method of that part. An interaction between parts is a method of the run: traffic, the steps of nodes, faults, the
//! recovery.
//!
//! A run has two phases. In the first, faults strike as planned; the course's metrics are taken at its end. In the
//! second everything heals, and the cluster must recover.

mod books;
mod branch;
mod catch_panic;
mod clients;
mod cluster;
mod drawing;
mod faults;
mod findings;
mod network;
mod node_queue;
mod nodes;
mod outages;
mod queue;
mod real_time;
mod recording;
mod recovery;
mod rounds;
mod rules;
mod schedule;
mod serves;
mod shared_ids;
mod spending;
mod time;
mod traffic;
mod withheld;

use crate::Nanos;
use crate::ServiceHistory;
use crate::api::{Host, InProcess, Invariant, NodeId, NodeSet, System};
use crate::digest::Digest;
use crate::digest_samples::DigestSamples;
use crate::elections::Elections;
use crate::evidence::{CutShort, Decisions, Evidence};
use crate::invariants::{DecidedMonitor, ProgressMonitor, RaftMonitor};
use crate::marks::Marks;
use crate::picture::PictureRecorder;
use crate::plan::Plan;
use crate::receipts::ReceiptCounter;
use crate::rng::Seed;
use crate::trace::{Tracer, Wanted};

use books::{BookOf, WishOf};
use clients::Clients;
use cluster::Cluster;
use network::Network;
use recording::Recording;
use recovery::Probing;
use schedule::Item;
use serves::Serves;
use shared_ids::SharedIds;
use spending::Spending;
use time::{Event, EventOf, Time, TimeOf};

pub use books::{Driven, Runnable};
pub use catch_panic::silence_caught_panics;

/// The data to record in addition to the evidence that every verdict needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// True to record a trace.
    pub trace: bool,
    /// Record what a drawing of the run needs.
    pub picture: bool,
    /// The time at which the run stops without a liveness phase, in nanoseconds.
    pub until: Option<Nanos>,
    /// True to describe every replica's state at the end.
    pub inspect: bool,
    /// True to keep the whole history. Otherwise a run of very many requests checks most of it during the run, and
    /// drops the checked part.
    pub history: bool,
    /// Record what the run decides that the plan leaves open ([`Decisions`]), and name the messages that are
    /// lost by the requests that they serve ([`Among`](crate::plan::Among)).
    pub decisions: bool,
}

impl Options {
    fn wanted(self) -> Wanted {
        match (self.trace, self.picture) {
            (true, _) => Wanted::Everything,
            (false, true) => Wanted::AllButTraffic,
            (false, false) => Wanted::Nothing,
        }
    }
}

/// Runs a plan with nodes in this process.
pub fn run<S: Runnable>(system: &S, plan: &Plan, options: Options) -> Evidence {
    run_hosted(system, InProcess, plan, options)
}

/// Runs a plan with nodes of a given host.
pub fn run_hosted<S: Runnable>(
    system: &S,
    host: impl Host<S::Node>,
    plan: &Plan,
    options: Options,
) -> Evidence {
    let for_the_course = system.is_for_the_course();
    let mut run = Run::start(system, host, plan, options);
    let cut_short = run.first_phase();
    let (progress, spent) = (run.close_progress(), run.close_spending());
    let measured = run.measure();
    let unanswered = run.clients.unanswered().collect();
    let recovery = run.recover(cut_short);
    let interrupted = run.is_interrupted().then_some(CutShort::Stopped);
    let storms = run.clients.unanswered_storms();
    let storm_at = run.clients.storm_at();
    let replicas = run.cluster.replicas_at_the_end();
    let inspection = if options.inspect { run.cluster.inspect() } else { Vec::new() };
    (0..plan.replicas).for_each(|id| run.note_reached(NodeId(id)));
    run.note_fault_marks();
    let raft = run.recording.monitor.take().map(|monitor| run.close_monitor(monitor));
    let decided = run.recording.decided.take().map(|monitor| run.close_decided(*monitor));
    let (ServiceHistory { key_value: history, own }, counts) = run.clients.into_history();
    Evidence {
        metrics: measured,
        counts,
        history,
        own,
        digest: run.recording.digest,
        digest_samples: run.recording.digest_samples,
        marks: run.recording.marks,
        received: run.recording.received.into_receipts(),
        raft,
        decided,
        progress,
        spent,
        rules: run.rules.len() + run.recording.broken.len(),
        broken: run.recording.broken,
        own_checks: Vec::new(),
        crashes: run.cluster.crashes,
        killed: run.cluster.killed,
        mistaken: run.cluster.mistaken,
        unkept: run.recording.unkept,
        cut_short: cut_short.or(interrupted),
        for_the_course,
        real_time: run.cluster.host.is_real_time(),
        storms,
        storm_at,
        leader_history: run.recording.leader_history,
        elections: run.recording.elections,
        replicas,
        unanswered,
        losses: run.network.links.lost,
        never_sent: run.network.links.unsent.into_names(),
        recovery,
        trace: run.recording.tracer.into_events(),
        picture: run.recording.picture.map(|picture| Box::new(picture.finish())),
        inspection,
        decisions: run.recording.decisions.unwrap_or_default(),
        messages: run.network.messages,
        ended: run.time.now,
    }
}

/// A run in progress.
struct Run<'p, N: Driven, H> {
    plan: &'p Plan,
    time: TimeOf<'p, N>,
    cluster: Cluster<'p, N, H>,
    network: Network,
    clients: Clients<BookOf<N>>,
    shared_ids: SharedIds,
    recording: Recording,
    /// The requests of the liveness phase that are still to be sent.
    probing: Option<Probing<WishOf<N>>>,
    /// The system's rules about all nodes together that are not broken yet, with their numbers.
    rules: Vec<(u16, Invariant<N>)>,
    /// The source of draws.
    seed: Seed,
    /// The number of the plan's branches that it has taken, and the time of the next one.
    branches: usize,
    branches_at: Nanos,
}

impl<'p, N: Driven, H: Host<N>> Run<'p, N, H> {
    fn start<S: System<Node = N>>(
        system: &'p S,
        host: H,
        plan: &'p Plan,
        options: Options,
    ) -> Self {
        let (cluster, panics) = Cluster::start(system, host, plan);
        let recording = Recording {
            digest: Digest::new(),
            digest_samples: DigestSamples::until(plan.end),
            marks: Marks::new(system.marks()),
            received: ReceiptCounter::default(),
            tracer: Tracer::new(options.wanted()),
            picture: options.picture.then(|| Box::new(PictureRecorder::new(plan.replicas))),
            monitor: cluster.is_raft().then(|| RaftMonitor::new(plan.replicas)),
            decided: cluster
                .shows_decided_logs()
                .then(|| Box::new(DecidedMonitor::new(plan.replicas))),
            progress: ProgressMonitor::of(plan, system.election_timeout()).map(Box::new),
            spending: Spending::of(plan, system),
            elections: Elections::default(),
            leader_history: Vec::new(),
            committed: 0,
            broken: Vec::new(),
            unkept: Vec::new(),
            decisions: options.decisions.then(Decisions::default),
        };
        let mut run = Run {
            plan,
            time: Time::new(plan, options.until.unwrap_or(Nanos::MAX)),
            cluster,
            network: Network::new(plan, options.decisions),
            clients: Clients::new(plan, options.history, system.is_for_the_course()),
            shared_ids: SharedIds::new(plan),
            recording,
            probing: None,
            rules: (0..).zip(system.invariants()).collect(),
            seed: Seed(plan.seed),
            branches: 0,
            branches_at: plan.branches.first().map_or(Nanos::MAX, |branch| branch.at),
        };
        for (id, message) in panics {
            run.panicked(id, &message);
        }
        for id in (0..plan.replicas).map(NodeId) {
            run.look_at(id);
            run.arm(id);
        }
        run.time.await_schedule();
        run
    }

    /// Returns the nodes to which clients send requests. In the liveness phase, the course's mistakes do not apply.
    fn askable(&self) -> NodeSet {
        self.cluster.askable(self.probing.is_none())
    }

    /// Runs up to the scenario's end; returns the reason of an earlier end, if there was one.
    fn first_phase(&mut self) -> Option<CutShort> {
        let end = self.plan.end.min(self.time.until);
        while self.step_before(end) {
            if self.network.messages >= self.plan.max_messages {
                return Some(CutShort::PacketStorm);
            }
            if self.cluster.is_extinct() {
                return Some(CutShort::AllDead);
            }
        }
        if self.is_interrupted() {
            return Some(CutShort::Stopped);
        }
        self.time.now = end;
        (self.time.until < self.plan.end).then_some(CutShort::Stopped)
    }

    /// Handles an event.
    #[inline]
    fn step(&mut self, at: Nanos, event: EventOf<N>) {
        self.time.now = at;
        self.network.serving = Serves::NONE;
        if at >= self.recording.digest_samples.next() {
            self.recording.digest_samples.pass(at, self.recording.digest);
        }
        if at >= self.branches_at {
            self.branch(at);
        }
        match event {
            Event::Leaves { from, serves, named } => {
                self.network.serving = serves;
                self.leaves(from, *named);
            }
            Event::Routed { from, to, leader, serves, message } => {
                self.network.serving = serves;
                self.routed(from, to, leader, message);
                self.end_round();
            }
            Event::Responded { from, leader, response } => {
                self.responded(from, leader, response);
                self.end_round();
            }
            Event::Arrived { from, to, serves, message }
            | Event::Released { from, to, serves, message } => {
                self.network.serving = serves;
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

    fn item_is_due(&mut self) {
        match self.time.rounds.due(self.time.now) {
            None => self.next_item(),
            Some(at) => self.time.queue.push(at, Event::Round),
        }
    }

    /// Ends a round of the course's loop, and handles the items that are due.
    #[inline]
    fn end_round(&mut self) {
        if self.time.rounds.end(self.time.now) {
            self.catch_up_with_schedule();
        }
    }

    fn waited_for_datagram(&mut self) {
        if self.time.rounds.waited(self.time.now) {
            self.catch_up_with_schedule();
        }
    }

    #[inline(never)]
    fn catch_up_with_schedule(&mut self) {
        while self.time.is_item_due() {
            self.do_next_item();
        }
        self.time.await_schedule();
    }

    fn next_item(&mut self) {
        self.do_next_item();
        self.time.await_schedule();
    }

    fn do_next_item(&mut self) {
        // After the scenario's end the schedule is empty: later items do not happen.
        let Some(item) = self.time.schedule.next() else {
            return;
        };
        match item {
            Item::Request(planned) => {
                let request = self.clients.ask(self.time.now, planned, self.askable());
                if let Some(decisions) = &mut self.recording.decisions {
                    decisions.asked_first.push(request.as_ref().map(|(to, _)| to.0));
                }
                self.send_request(self.time.now, request, None);
            }
            Item::Fault(planned) => self.strike(&planned.fault),
        }
    }
}
