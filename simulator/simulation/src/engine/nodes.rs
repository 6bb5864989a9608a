//! The nodes: let one react, send what it wants sent, and look at what changed.

use crate::Nanos;
use crate::api::{Death, Host, Leaving, Named, Node, NodeId, Outbox, Role};
use crate::engine::catch_panic::catch_panic;
use crate::engine::node_queue::Input;
use crate::engine::{Event, Run};
use crate::evidence::{Crash, Oddity};
use crate::rng::Dice;
use crate::trace::{Actor, Kind};

/// A node woken this often at one moment would stop time.
const MOST_WAKEUPS: u32 = 10_000;

impl<N: Node, H: Host<N>> Run<'_, N, H> {
    pub(super) fn wake(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        if slot.wakeup != self.now {
            return;
        }
        slot.wakeup = Nanos::MAX;
        if slot.machine.busy_until > self.now {
            return;
        }
        slot.wakeups_now = if slot.woken_at == self.now { slot.wakeups_now + 1 } else { 0 };
        slot.woken_at = self.now;
        if slot.wakeups_now > MOST_WAKEUPS {
            let what = "asks to be woken at once, again and again: time cannot go on".to_owned();
            return self.misbehaved(id, what);
        }
        // Wake-ups are lazy: one that was put off is noticed only here.
        if slot.when(self.now, slot.next_wakeup) > self.now {
            return self.arm(id);
        }
        self.fold(3, id, id, 0);
        self.step_node(id, Input::Timer);
    }

    /// Lets a node take something in, now or when it is no longer busy, and sends what follows.
    #[inline]
    pub(super) fn step_node(&mut self, id: NodeId, input: Input<N::Message>) {
        let slot = &mut self.slots[id.index()];
        if !slot.running {
            return;
        }
        if slot.machine.busy_until > self.now {
            slot.work.inbox.push_back(input);
            return;
        }
        let now = slot.local_time(self.now);
        let (Some(node), outbox) = (&mut slot.node, &mut self.outbox) else { return };
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
        let slot = &self.slots[id.index()];
        if let Some(why) = slot.node.as_ref().and_then(|node| self.host.died(node)) {
            let why = why.clone();
            return self.died(id, why);
        }
        self.arm(id);
    }

    /// What a step sends leaves now, or when the step is finished and its writes are durable.
    #[inline]
    fn finish_step(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        let writes = !self.outbox.file.bytes.is_empty();
        let mut cost = 0;
        if !slot.faults.is_empty() {
            if let Some(until) = writes.then(|| slot.faults.refuses_write(self.now)).flatten() {
                self.outbox.clear();
                return self.disk_is_full(id, until);
            }
            cost = slot.faults.step_time(self.now, writes);
        }
        if writes {
            slot.machine.disk.write(&mut self.outbox.file);
        }
        if cost == 0 {
            if writes {
                slot.machine.disk.sync();
            }
            self.send_all(id);
        } else {
            slot.machine.busy_until = self.now + cost;
            slot.work.unfinished = Some(std::mem::take(&mut self.outbox));
            self.queue.push(self.now + cost, Event::FaultEnds(id));
        }
    }

    /// A process that cannot write ends, as it can promise nothing any more.
    #[cold]
    fn disk_is_full(&mut self, id: NodeId, until: Nanos) {
        let what = || "cannot write: its disk is full, so it stops".to_owned();
        self.tracer.note(self.now, Kind::Fault, Actor::Node(id), what);
        self.crash(id, until, &mut Dice::new(self.now, 0));
    }

    /// Sends what is in the outbox.
    #[inline]
    pub(super) fn send_all(&mut self, from: NodeId) {
        let leader = self.slots[from.index()].leader;
        let Run { outbox, router, queue, tracer, .. } = self;
        let nowhere = outbox.receivers().find(|to| to.0 >= self.plan.replicas);
        if let Some(to) = nowhere {
            return self.misbehaved(from, format!("sent a message to {to}, which does not exist"));
        }
        if outbox.is_ready {
            outbox.is_ready = false;
            self.slots[from.index()].is_deaf = false;
            self.rounds.hello(self.now);
            tracer.note(self.now, Kind::Start, Actor::Node(from), || "says hello".to_owned());
        }
        if !(outbox.printed.is_empty() && outbox.malformed.is_empty()) {
            for line in outbox.printed.drain(..) {
                tracer.note(self.now, Kind::Print, Actor::Node(from), || line);
            }
            if !outbox.malformed.is_empty() {
                self.slots[from.index()].last_sent = Some(self.now);
            }
            for what in outbox.malformed.drain(..) {
                self.digest.text(&what);
                tracer
                    .note(self.now, Kind::Violation, Actor::Node(from), || format!("sent {what}"));
                let oddity = Oddity { at: self.now, who: Actor::Node(from), what };
                self.clients.counts.malformed.push(oddity);
            }
        }
        // Most steps send one thing or nothing, and setting up and ending an empty drain takes longer.
        if !outbox.messages.is_empty() {
            for (to, message) in outbox.messages.drain(..) {
                let event = Event::Routed { from, to, leader, message };
                queue.push_in_order(router.admit(self.now), event);
            }
        }
        if !outbox.responses.is_empty() {
            for response in outbox.responses.drain(..) {
                let event = Event::Responded { from, leader, response };
                queue.push_in_order(router.admit(self.now), event);
            }
        }
        for named in outbox.named.drain(..) {
            // By the node's own clock; one that stands still shows no later time.
            let at = match self.slots[from.index()].machine.clock.when(named.at) {
                Nanos::MAX => self.now,
                at => at.max(self.now),
            };
            queue.push(at, Event::Leaves { from, named: Box::new(named) });
        }
    }

    /// A datagram leaves its node for the router.
    #[inline(never)]
    pub(super) fn leaves(&mut self, from: NodeId, named: Named<N::Message>) {
        let Named { leader, what, .. } = named;
        let event = match what {
            Leaving::Message(to, message) => Event::Routed { from, to, leader, message },
            Leaving::Response(response) => Event::Responded { from, leader, response },
        };
        self.queue.push_in_order(self.router.admit(self.now), event);
    }

    /// Looks at a node after a step: when it wants to be woken, whom it follows, and through the
    /// window whether Raft's invariants hold, and what was elected or committed.
    #[inline]
    pub(super) fn look_at(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        let Some(node) = &slot.node else { return };
        let (now, monitor) = (self.now, &mut self.monitor);
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
    }

    /// Notes elections and commits.
    #[inline]
    fn note_raft(&mut self, id: NodeId, role: Role, term: u64, commit: Option<u64>) {
        let slot = &mut self.slots[id.index()];
        if (role, term) != (slot.role, slot.term) {
            (slot.role, slot.term) = (role, term);
            self.digest.word(term << 2 | role as u64);
            self.elections.turns(self.now, id, role, term);
            let what = || format!("is {role} in term {term}");
            self.tracer.note(self.now, Kind::Election, Actor::Node(id), what);
        }
        if let Some(commit) = commit {
            self.digest.word(commit);
            // Followers learn of it with the next message; that is no news.
            if commit > self.committed {
                self.committed = commit;
                let what = || format!("commits up to {commit}");
                self.tracer.note(self.now, Kind::Commit, Actor::Node(id), what);
            }
        }
    }

    /// Makes sure that a wake-up event is in the queue by the time the node wants one.
    #[inline]
    pub(super) fn arm(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        let wanted = slot.when(self.now, slot.next_wakeup);
        if wanted < slot.wakeup && slot.running {
            let at = wanted.max(self.now);
            slot.wakeup = at;
            self.queue.push(at, Event::Wakeup(id));
        }
    }

    /// Asks a node something besides its steps; `None` if it panics, or did so before.
    pub(super) fn ask<T>(&mut self, id: NodeId, question: impl FnOnce(&N) -> T) -> Option<T> {
        if self.crashes.iter().any(|crash| crash.node == id) {
            return None;
        }
        let node = self.slots[id.index()].node.as_ref()?;
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
        let Some(node) = &mut self.slots[id.index()].node else { return };
        for line in catch_panic(|| self.host.stop(node)).unwrap_or_default() {
            self.tracer.note(self.now, Kind::Print, Actor::Node(id), || line);
        }
    }

    /// It will not be looked at again before the end.
    pub(super) fn gone(&mut self, id: NodeId) {
        self.elections.gone(self.now, id);
        if let Some(monitor) = &mut self.monitor {
            monitor.gone(id);
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
        self.outbox = Outbox::new();
        let slot = &mut self.slots[id.index()];
        slot.running = false;
        slot.forget_work();
        self.stop_node(id);
        self.gone(id);
        self.fold(4, id, id, 0);
        if self.host.are_processes() {
            self.digest.text(&death.how);
        }
        self.tracer.note(self.now, Kind::Violation, Actor::Node(id), || death.brief());
        self.crashes.push(Crash { at: self.now, node: id, death });
    }
}
