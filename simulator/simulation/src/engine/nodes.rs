//! The nodes: let one react, send what it wants sent, and look at what changed.

use crate::Nanos;
use crate::api::{Death, Host, Leaving, Named, Node, NodeId, Outbox, Role};
use crate::engine::catch_panic::catch_panic;
use crate::engine::cluster::Cluster;
use crate::engine::node_queue::Input;
use crate::engine::recording::Recording;
use crate::engine::{Event, Run};
use crate::evidence::{Crash, Oddity};
use crate::rng::Dice;
use crate::trace::{Actor, Kind};

/// A node woken this often at one moment would stop time.
const MOST_WAKEUPS: u32 = 10_000;

impl<N: Node, H: Host<N>> Run<'_, N, H> {
    pub(super) fn wake(&mut self, id: NodeId) {
        let slot = &mut self.cluster.slots[id.index()];
        if slot.wakeup != self.time.now {
            return;
        }
        slot.wakeup = Nanos::MAX;
        if slot.machine.busy_until > self.time.now {
            return;
        }
        slot.wakeups_now = if slot.woken_at == self.time.now { slot.wakeups_now + 1 } else { 0 };
        slot.woken_at = self.time.now;
        if slot.wakeups_now > MOST_WAKEUPS {
            let what = "asks to be woken at once, again and again: time cannot go on".to_owned();
            return self.misbehaved(id, what);
        }
        // Wake-ups are lazy: one that was put off is noticed only here.
        if slot.when(self.time.now, slot.next_wakeup) > self.time.now {
            return self.arm(id);
        }
        self.recording.fold(self.time.now, 3, id, id, 0);
        self.step_node(id, Input::Timer);
    }

    /// Lets a node take something in, now or when it is no longer busy, and sends what follows.
    #[inline]
    pub(super) fn step_node(&mut self, id: NodeId, input: Input<N::Message>) {
        let slot = &mut self.cluster.slots[id.index()];
        if !slot.running {
            return;
        }
        if slot.machine.busy_until > self.time.now {
            slot.work.inbox.push_back(input);
            return;
        }
        let now = slot.local_time(self.time.now);
        let (Some(node), outbox) = (&mut slot.node, &mut self.cluster.outbox) else { return };
        // What a panic leaves behind is never looked at again, except by the inspection.
        let reaction = catch_panic(|| match input {
            Input::Message(from, message) => node.message(now, from, message, outbox),
            Input::Request(request) => node.request(now, request, outbox),
            Input::Timer => node.timer(now, outbox),
        });
        if let Err(message) = reaction {
            return self.panicked(id, &message);
        }
        self.look_at(id);
        self.finish_step(id);
        let slot = &self.cluster.slots[id.index()];
        if let Some(why) = slot.node.as_ref().and_then(|node| self.cluster.host.died(node)) {
            let why = why.clone();
            return self.died(id, why);
        }
        self.arm(id);
    }

    /// What a step sends leaves now, or when the step is finished and its writes are durable.
    #[inline]
    fn finish_step(&mut self, id: NodeId) {
        let slot = &mut self.cluster.slots[id.index()];
        let writes = !self.cluster.outbox.file.bytes.is_empty();
        let mut cost = 0;
        if !slot.faults.is_empty() {
            if let Some(until) = writes.then(|| slot.faults.refuses_write(self.time.now)).flatten()
            {
                self.cluster.outbox.clear();
                return self.disk_is_full(id, until);
            }
            cost = slot.faults.step_time(self.time.now, writes);
        }
        if writes {
            slot.machine.disk.write(&mut self.cluster.outbox.file);
        }
        if cost == 0 {
            if writes {
                slot.machine.disk.sync();
            }
            self.send_all(id);
        } else {
            slot.machine.busy_until = self.time.now + cost;
            slot.work.unfinished = Some(std::mem::take(&mut self.cluster.outbox));
            self.time.queue.push(self.time.now + cost, Event::FaultEnds(id));
        }
    }

    /// A process that cannot write ends, as it can promise nothing any more.
    #[cold]
    fn disk_is_full(&mut self, id: NodeId, until: Nanos) {
        let what = || "cannot write: its disk is full, so it stops".to_owned();
        self.recording.tracer.note(self.time.now, Kind::Fault, Actor::Node(id), what);
        self.crash(id, until, &mut Dice::new(self.time.now, 0));
    }

    /// Sends what is in the outbox.
    #[inline]
    pub(super) fn send_all(&mut self, from: NodeId) {
        let Run { plan, time, cluster, network, recording, .. } = self;
        let Cluster { outbox, slots, .. } = cluster;
        let nowhere = outbox.receivers().find(|to| to.0 >= plan.replicas);
        if let Some(to) = nowhere {
            return self.misbehaved(from, format!("sent a message to {to}, which does not exist"));
        }
        let slot = &mut slots[from.index()];
        let leader = slot.leader;
        if outbox.is_ready {
            outbox.is_ready = false;
            slot.is_deaf = false;
            time.rounds.hello(time.now);
            let what = || "says hello".to_owned();
            recording.tracer.note(time.now, Kind::Start, Actor::Node(from), what);
        }
        if let Some(picture) = &mut recording.picture {
            let sent = outbox.messages.len() + outbox.responses.len();
            (0..sent).for_each(|_| picture.sent(time.now));
        }
        // Most steps send one thing or nothing, and setting up and ending an empty drain takes longer.
        if !outbox.messages.is_empty() {
            for (to, message) in outbox.messages.drain(..) {
                let event = Event::Routed { from, to, leader, message };
                time.queue.push_in_order(network.admit(time.now), event);
            }
        }
        if !outbox.responses.is_empty() {
            for response in outbox.responses.drain(..) {
                let event = Event::Responded { from, leader, response };
                time.queue.push_in_order(network.admit(time.now), event);
            }
        }
        for named in outbox.named.drain(..) {
            // By the node's own clock; one that stands still shows no later time.
            let at = match slot.machine.clock.when(named.at) {
                Nanos::MAX => time.now,
                at => at.max(time.now),
            };
            time.queue.push(at, Event::Leaves { from, named: Box::new(named) });
        }
        if !(outbox.printed.is_empty() && outbox.malformed.is_empty()) {
            self.note_output(from);
        }
    }

    /// Notes what a process has printed, and what it sent that makes no sense.
    #[cold]
    fn note_output(&mut self, from: NodeId) {
        let (now, who) = (self.time.now, Actor::Node(from));
        let Recording { tracer, digest, .. } = &mut self.recording;
        let Cluster { outbox, slots, .. } = &mut self.cluster;
        for line in outbox.printed.drain(..) {
            tracer.note(now, Kind::Print, who, || line);
        }
        if !outbox.malformed.is_empty() {
            slots[from.index()].last_sent = Some(now);
        }
        for what in outbox.malformed.drain(..) {
            digest.text(&what);
            tracer.note(now, Kind::Violation, who, || format!("sent {what}"));
            self.clients.counts.malformed.push(Oddity { at: now, who, what });
        }
    }

    /// A datagram leaves its node for the router.
    #[inline(never)]
    pub(super) fn leaves(&mut self, from: NodeId, named: Named<N::Message>) {
        let Named { leader, what, .. } = named;
        self.draw(|picture, now| picture.sent(now));
        let event = match what {
            Leaving::Message(to, message) => Event::Routed { from, to, leader, message },
            Leaving::Response(response) => Event::Responded { from, leader, response },
        };
        self.time.queue.push_in_order(self.network.admit(self.time.now), event);
    }

    /// Looks at a node after a step: when it wants to be woken, whom it follows, and through the
    /// window whether Raft's invariants hold, and what was elected or committed.
    #[inline]
    pub(super) fn look_at(&mut self, id: NodeId) {
        let slot = &mut self.cluster.slots[id.index()];
        let Some(node) = &slot.node else { return };
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
                (slot.leader, slot.next_wakeup) = (leader, next_wakeup);
                raft
            }
            Err(message) => return self.panicked(id, &message),
        };
        if let Some((role, term, commit)) = raft {
            self.note_raft(id, role, term, commit);
        }
        self.draw_state(id);
    }

    /// Notes elections and commits.
    #[inline]
    fn note_raft(&mut self, id: NodeId, role: Role, term: u64, commit: Option<u64>) {
        let slot = &mut self.cluster.slots[id.index()];
        if (role, term) != (slot.role, slot.term) {
            (slot.role, slot.term) = (role, term);
            self.recording.role_changed(self.time.now, id, role, term);
        }
        if let Some(commit) = commit {
            self.recording.committed(self.time.now, id, commit);
        }
    }

    /// Makes sure that a wake-up event is in the queue by the time the node wants one.
    #[inline]
    pub(super) fn arm(&mut self, id: NodeId) {
        self.cluster.arm(id, &mut self.time);
    }

    /// Asks a node something besides its steps; `None` if it panics, or did so before.
    pub(super) fn ask<T>(&mut self, id: NodeId, question: impl FnOnce(&N) -> T) -> Option<T> {
        if self.cluster.crashes.iter().any(|crash| crash.node == id) {
            return None;
        }
        let node = self.cluster.slots[id.index()].node.as_ref()?;
        match catch_panic(|| question(node)) {
            Ok(answer) => Some(answer),
            Err(message) => {
                self.panicked(id, &message);
                None
            }
        }
    }

    /// Has a node that is dead give back what it occupies. It is of no interest any more how.
    #[cold]
    pub(super) fn stop_node(&mut self, id: NodeId) {
        let Some(node) = &mut self.cluster.slots[id.index()].node else { return };
        for line in catch_panic(|| self.cluster.host.stop(node)).unwrap_or_default() {
            self.recording.tracer.note(self.time.now, Kind::Print, Actor::Node(id), || line);
        }
    }

    #[cold]
    pub(super) fn panicked(&mut self, id: NodeId, message: &str) {
        self.misbehaved(id, format!("panicked: {message}"));
    }

    /// A node that panicked or broke the rules of its trait takes no further part.
    #[cold]
    pub(super) fn misbehaved(&mut self, id: NodeId, message: String) {
        self.died(id, Death::without_words(message));
    }

    #[cold]
    fn died(&mut self, id: NodeId, death: Death) {
        self.cluster.outbox = Outbox::new();
        let slot = &mut self.cluster.slots[id.index()];
        slot.running = false;
        slot.forget_work();
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
