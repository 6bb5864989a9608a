//! The steps of nodes: a node handles an input, its output is sent, and its new state is inspected.

use crate::Nanos;
use crate::api::{
    AnswerOf, Assumption, Death, DecidedLog, DiskUse, Host, Leaving, Message, Named, NodeId, OpOf,
    Outbox, Role,
};
use crate::engine::books::Driven;
use crate::engine::catch_panic::catch_panic;
use crate::engine::cluster::Cluster;
use crate::engine::node_queue::Input;
use crate::engine::recording::Recording;
use crate::engine::{Event, Run};
use crate::evidence::{Anomaly, Crash};
use crate::invariants::DecidedMonitor;
use crate::rng::Dice;
use crate::trace::{Actor, Kind};

/// The largest number of wake-ups of a node at one time; more would keep time from advancing.
const MOST_WAKEUPS: u32 = 10_000;

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    pub(super) fn wake(&mut self, id: NodeId) {
        let state = &mut self.cluster.nodes[id.index()];
        if state.wakeup != self.time.now {
            return;
        }
        state.wakeup = Nanos::MAX;
        if state.machine.busy_until > self.time.now {
            return;
        }
        state.wakeups_now = if state.woken_at == self.time.now { state.wakeups_now + 1 } else { 0 };
        state.woken_at = self.time.now;
        if state.wakeups_now > MOST_WAKEUPS {
            let what = "asks to be woken at once, again and again: time cannot go on".to_owned();
            return self.misbehaved(id, what);
        }
        // Wake-ups are lazy: a postponed one is noticed only here.
        if state.when(self.time.now, state.next_wakeup) > self.time.now {
            return self.arm(id);
        }
        self.recording.fold(self.time.now, 3, id, id, 0);
        self.step_node(id, Input::Timer);
    }

    /// Lets a node handle an input, now or when it is no longer busy, and sends its output.
    #[inline]
    pub(super) fn step_node(&mut self, id: NodeId, input: Input<N::Message, OpOf<N>>) {
        let state = &mut self.cluster.nodes[id.index()];
        if !state.running {
            return;
        }
        if state.machine.busy_until > self.time.now {
            state.work.inbox.push_back((self.network.serving, input));
            return;
        }
        let now = state.local_time(self.time.now);
        if self.cluster.host.are_processes() {
            state.prepare_disk(&self.cluster.host, self.time.now);
        }
        let (Some(node), outbox) = (&mut state.node, &mut self.cluster.outbox) else { return };
        // A node that panicked is never used again, except by the inspection.
        let reaction = catch_panic(|| match input {
            Input::Message(from, message) => node.message(now, from, message, outbox),
            Input::Request(request) => node.request(now, request, outbox),
            Input::Timer => node.timer(now, outbox),
        });
        if let Err(message) = reaction {
            return self.panicked(id, &message);
        }
        self.look_at(id);
        self.test_rules(id);
        self.finish_step(id);
        self.look_at_decided(id);
        if self.cluster.host.are_processes() && self.used_disk(id) {
            return;
        }
        let state = &self.cluster.nodes[id.index()];
        if let Some(why) = state.node.as_ref().and_then(|node| self.cluster.host.died(node)) {
            let why = why.clone();
            if state.is_deaf
                && state.node.as_ref().is_some_and(|node| self.cluster.host.is_damaged(node))
            {
                return self.refuses_to_start(id, &why.brief());
            }
            return self.died(id, why);
        }
        self.arm(id);
    }

    /// Sends a step's output, now or when the step is finished and its writes are durable.
    #[inline]
    fn finish_step(&mut self, id: NodeId) {
        let state = &mut self.cluster.nodes[id.index()];
        let writes = !self.cluster.outbox.file.bytes.is_empty();
        let mut cost = 0;
        if !state.faults.is_empty() {
            if let Some(until) = writes.then(|| state.faults.refuses_write(self.time.now)).flatten()
            {
                self.cluster.outbox.clear();
                return self.disk_is_full(id, until);
            }
            cost = state.faults.step_time(self.time.now, writes);
        }
        if writes {
            state.machine.disk.write(&mut self.cluster.outbox.file);
        }
        if cost == 0 {
            if writes {
                state.machine.disk.sync();
            }
            self.send_all(id);
        } else {
            if writes && self.plan.keeps(Assumption::DurableAppends) {
                state.machine.disk.sync();
            }
            state.machine.busy_until = self.time.now + cost;
            let outbox = std::mem::take(&mut self.cluster.outbox);
            state.work.unfinished = Some((self.network.serving, outbox));
            self.time.queue.push(self.time.now + cost, Event::FaultEnds(id));
        }
    }

    /// Notes how a process used its disk in a step. Returns true if the disk was full, so that it crashed.
    fn used_disk(&mut self, id: NodeId) -> bool {
        let state = &mut self.cluster.nodes[id.index()];
        let Some(node) = &state.node else { return false };
        let DiskUse { synced, was_refused } = self.cluster.host.disk_use(node);
        if synced {
            state.faults.note_slow_sync(self.time.now);
        }
        let full = was_refused.then(|| state.faults.refuses_write(self.time.now)).flatten();
        if let Some(until) = full {
            self.disk_is_full(id, until);
        }
        full.is_some()
    }

    /// Crashes a node that cannot write, since it can keep no more promises.
    #[cold]
    fn disk_is_full(&mut self, id: NodeId, until: Nanos) {
        let what = || "cannot write: its disk is full, so it stops".to_owned();
        self.recording.tracer.note(self.time.now, Kind::Fault, Actor::Node(id), what);
        self.crash(id, until, &mut Dice::new(self.time.now, 0));
    }

    /// Sends the contents of the outbox.
    #[inline]
    pub(super) fn send_all(&mut self, from: NodeId) {
        let Run { plan, time, cluster, network, recording, .. } = self;
        let Cluster { outbox, nodes, .. } = cluster;
        let nowhere = outbox.receivers().find(|to| to.0 >= plan.replicas);
        if let Some(to) = nowhere {
            return self.misbehaved(from, format!("sent a message to {to}, which does not exist"));
        }
        let state = &mut nodes[from.index()];
        let (leader, serves) = (state.leader, network.serving);
        if std::mem::take(&mut outbox.process.is_ready) {
            state.is_deaf = false;
            time.rounds.hello(time.now);
            let what = || "says hello".to_owned();
            recording.tracer.note(time.now, Kind::Start, Actor::Node(from), what);
        }
        if let Some(picture) = &mut recording.picture {
            let sent = outbox.messages.len() + outbox.responses.len();
            (0..sent).for_each(|_| picture.sent(time.now));
        }
        // Most steps send at most one message, and an empty drain would take longer than this test.
        if !outbox.messages.is_empty() {
            for (to, message) in outbox.messages.drain(..) {
                if let Some(monitor) = &mut recording.monitor
                    && let Some(promise) = message.promise()
                {
                    monitor.promised(time.now, from, to, promise);
                }
                if let Some(spending) = &mut recording.spending {
                    spending.sent(from, to, &message);
                }
                let event = Event::Routed { from, to, leader, serves, message };
                time.queue.push_in_order(network.admit(time.now), event);
            }
        }
        if !outbox.responses.is_empty() {
            for response in outbox.responses.drain(..) {
                let event = Event::Responded { from, leader, response };
                time.queue.push_in_order(network.admit(time.now), event);
            }
        }
        for named in outbox.process.named.drain(..) {
            // The time is on the node's own clock; a clock that stands still never shows a later time.
            let at = match state.machine.clock.when(named.at) {
                Nanos::MAX => time.now,
                at => at.max(time.now),
            };
            time.queue.push(at, Event::Leaves { from, serves, named: Box::new(named) });
        }
        if !(outbox.process.printed.is_empty() && outbox.process.malformed.is_empty()) {
            self.note_output(from);
        }
    }

    /// Records the lines that a process has printed, and the malformed datagrams that it sent.
    #[cold]
    fn note_output(&mut self, from: NodeId) {
        let (now, who) = (self.time.now, Actor::Node(from));
        let Recording { tracer, digest, .. } = &mut self.recording;
        let Cluster { outbox, nodes, .. } = &mut self.cluster;
        let outbox = outbox.process();
        for line in outbox.printed.drain(..) {
            tracer.note(now, Kind::Print, who, || line);
        }
        if !outbox.malformed.is_empty() {
            nodes[from.index()].last_sent = Some(now);
        }
        for what in outbox.malformed.drain(..) {
            digest.text(&what);
            tracer.note(now, Kind::Violation, who, || format!("sent {what}"));
            self.clients.counts.malformed.push(Anomaly { at: now, who, what });
        }
    }

    /// Passes a datagram that leaves its node to the router.
    #[inline(never)]
    pub(super) fn leaves(&mut self, from: NodeId, named: Named<N::Message, AnswerOf<N>>) {
        let Named { leader, what, .. } = named;
        let serves = self.network.serving;
        self.draw(|picture, now| picture.sent(now));
        let event = match what {
            Leaving::Message(to, message) => Event::Routed { from, to, leader, serves, message },
            Leaving::Response(response) => Event::Responded { from, leader, response },
        };
        self.time.queue.push_in_order(self.network.admit(self.time.now), event);
    }

    /// Inspects a node after a step: its next wake-up and its leader, and, through the window, Raft's invariants,
    /// elections and commits.
    #[inline]
    pub(super) fn look_at(&mut self, id: NodeId) {
        let state = &mut self.cluster.nodes[id.index()];
        let Some(node) = &state.node else { return };
        let (now, monitor) = (self.time.now, &mut self.recording.monitor);
        let seen = catch_panic(|| {
            let window = node.raft().zip(monitor.as_mut());
            let raft = window.map(|(window, monitor)| {
                let committed = monitor.observe(now, id, window);
                (window.role(), window.term(), committed.then(|| window.commit_index()))
            });
            (node.leader(), node.next_wakeup(), raft)
        });
        let raft = match seen {
            Ok((leader, next_wakeup, raft)) => {
                (state.leader, state.next_wakeup) = (leader, next_wakeup);
                raft
            }
            Err(message) => return self.panicked(id, &message),
        };
        if let Some((role, term, commit)) = raft {
            self.note_raft(id, role, term, commit);
        }
        self.draw_state(id);
    }

    /// Inspects the decided log of a node, if nodes show one, when a step is finished and its writes are durable: a
    /// decision in a step that a crash undoes was told to no one.
    #[inline]
    pub(super) fn look_at_decided(&mut self, id: NodeId) {
        if self.recording.decided.is_some() {
            self.look_at_decided_now(id);
        }
    }

    #[inline(never)]
    fn look_at_decided_now(&mut self, id: NodeId) {
        let state = &self.cluster.nodes[id.index()];
        if !state.running || state.work.unfinished.is_some() {
            return;
        }
        let decided = self.compare_decided(id, |monitor, now, log| monitor.observe(now, id, log));
        if let Some(decided) = decided.flatten() {
            self.recording.decided(self.time.now, id, decided);
        }
    }

    /// Compares the decided log of a node, if nodes show one.
    pub(super) fn compare_decided<R>(
        &mut self,
        id: NodeId,
        compare: impl FnOnce(&mut DecidedMonitor, Nanos, &dyn DecidedLog) -> R,
    ) -> Option<R> {
        let mut monitor = self.recording.decided.take()?;
        let now = self.time.now;
        let compared = self.ask(id, |node| Some(compare(&mut monitor, now, node.decided_log()?)));
        self.recording.decided = Some(monitor);
        compared.flatten()
    }

    /// Records elections and commits.
    #[inline]
    fn note_raft(&mut self, id: NodeId, role: Role, term: u64, commit: Option<u64>) {
        let state = &mut self.cluster.nodes[id.index()];
        if (role, term) != (state.role, state.term) {
            (state.role, state.term) = (role, term);
            self.recording.role_changed(self.time.now, id, role, term);
        }
        if let Some(commit) = commit {
            self.recording.committed(self.time.now, id, commit);
        }
    }

    /// Makes sure that the queue has a wake-up event for the time of the node's next wake-up.
    #[inline]
    pub(super) fn arm(&mut self, id: NodeId) {
        self.cluster.arm(id, &mut self.time);
    }

    /// Queries a node outside of its steps; returns `None` if it panics, or is stopped after a panic or violation.
    pub(super) fn ask<T>(&mut self, id: NodeId, question: impl FnOnce(&N) -> T) -> Option<T> {
        if self.cluster.crashes.iter().any(|crash| crash.node == id) {
            return None;
        }
        let node = self.cluster.nodes[id.index()].node.as_ref()?;
        match catch_panic(|| question(node)) {
            Ok(answer) => Some(answer),
            Err(message) => {
                self.panicked(id, &message);
                None
            }
        }
    }

    /// Releases the resources of a stopped node. A panic in this is ignored.
    #[cold]
    pub(super) fn stop_node(&mut self, id: NodeId) {
        let Some(node) = &mut self.cluster.nodes[id.index()].node else { return };
        for line in catch_panic(|| self.cluster.host.stop(node)).unwrap_or_default() {
            self.recording.tracer.note(self.time.now, Kind::Print, Actor::Node(id), || line);
        }
    }

    #[cold]
    pub(super) fn panicked(&mut self, id: NodeId, message: &str) {
        self.misbehaved(id, format!("panicked: {message}"));
    }

    /// Stops a node that violated the rules of its trait.
    #[cold]
    pub(super) fn misbehaved(&mut self, id: NodeId, message: String) {
        self.died(id, Death::without_words(message));
    }

    #[cold]
    fn died(&mut self, id: NodeId, death: Death) {
        self.cluster.outbox = Outbox::new();
        let state = &mut self.cluster.nodes[id.index()];
        state.running = false;
        state.forget_work();
        self.stop_node(id);
        self.recording.gone(self.time.now, id);
        self.draw_state(id);
        self.draw(|picture, now| picture.relieved(now, id));
        self.recording.fold(self.time.now, 4, id, id, 0);
        if self.cluster.host.are_processes() {
            self.recording.digest.text(&death.how);
        }
        self.recording
            .tracer
            .note(self.time.now, Kind::Violation, Actor::Node(id), || death.brief());
        self.cluster.crashes.push(Crash { at: self.time.now, node: id, death });
    }
}
