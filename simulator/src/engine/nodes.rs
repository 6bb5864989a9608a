//! The nodes: let one react, send what it wants sent, and look at what changed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Nanos;
use crate::engine::{Event, Run};
use crate::evidence::{Crash, Oddity};
use crate::node::{Node, NodeId, Outbox};
use crate::trace::{Kind, Who};

/// A node woken this often at one moment would stop time.
const MOST_WAKEUPS: u32 = 10_000;

impl<N: Node> Run<'_, N> {
    pub(super) fn wake(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        if slot.wakeup != self.now {
            return;
        }
        slot.wakeup = Nanos::MAX;
        slot.wakeups_now = if slot.woken_at == self.now { slot.wakeups_now + 1 } else { 0 };
        slot.woken_at = self.now;
        if slot.wakeups_now > MOST_WAKEUPS {
            let what = "asks to be woken at once, again and again: time cannot go on".to_owned();
            return self.misbehaved(id, what);
        }
        // Wake-ups are lazy: one that was put off is noticed only here.
        if slot.node.next_wakeup() > self.now {
            return self.arm(id);
        }
        self.fold(3, id, id, 0);
        self.step_node(id, |node, now, out| node.timer(now, out));
    }

    /// Lets a node react, sends what it wants sent, and looks at what changed.
    #[inline]
    pub(super) fn step_node(
        &mut self,
        id: NodeId,
        react: impl FnOnce(&mut N, Nanos, &mut Outbox<N::Message>),
    ) {
        let slot = &mut self.slots[id.index()];
        if !slot.running {
            return;
        }
        let (now, node, outbox) = (self.now, &mut slot.node, &mut self.outbox);
        // What a panic leaves behind is never looked at again, except by the inspection.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| react(node, now, outbox))) {
            return self.crashed(id, panic.as_ref());
        }
        self.send_all(id);
        if let Some(why) = self.slots[id.index()].node.died() {
            let why = why.to_owned();
            return self.misbehaved(id, why);
        }
        self.watch(id);
        self.arm(id);
    }

    fn send_all(&mut self, from: NodeId) {
        let leader = self.slots[from.index()].node.leader();
        let nowhere = self.outbox.messages.iter().find(|(to, _)| to.0 >= self.plan.replicas);
        if let Some(&(to, _)) = nowhere {
            return self.misbehaved(from, format!("sent a message to {to}, which does not exist"));
        }
        for line in self.outbox.printed.drain(..) {
            self.tracer.note(self.now, Kind::Print, Who::Node(from), || line);
        }
        for what in self.outbox.malformed.drain(..) {
            self.digest.text(&what);
            self.tracer.note(self.now, Kind::Violation, Who::Node(from), || format!("sent {what}"));
            let oddity = Oddity { at: self.now, who: Who::Node(from), what };
            self.clients.counts.malformed.push(oddity);
        }
        for (to, message) in self.outbox.messages.drain(..) {
            let event = Event::Routed { from, to, leader, message };
            self.queue.push_in_order(self.router.admit(self.now), event);
        }
        for response in self.outbox.responses.drain(..) {
            let event = Event::Responded { from, leader, response };
            self.queue.push_in_order(self.router.admit(self.now), event);
        }
    }

    /// Checks the Raft invariants, and notes elections and commits.
    #[inline]
    fn watch(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        let (Some(window), Some(monitor)) = (slot.node.raft(), &mut self.monitor) else {
            return;
        };
        let committed = monitor.observe(self.now, id, window);
        let (role, term) = (window.role(), window.term());
        if (role, term) != (slot.role, slot.term) {
            (slot.role, slot.term) = (role, term);
            self.digest.word(term << 2 | role as u64);
            let what = || format!("is {role} in term {term}");
            self.tracer.note(self.now, Kind::Election, Who::Node(id), what);
        }
        if committed {
            let commit = window.commit_index();
            self.digest.word(commit);
            // Followers learn of it with the next message; that is no news.
            if commit > self.committed {
                self.committed = commit;
                let what = || format!("commits up to {commit}");
                self.tracer.note(self.now, Kind::Commit, Who::Node(id), what);
            }
        }
    }

    /// Makes sure that a wake-up event is in the queue by the time the node wants one.
    #[inline]
    pub(super) fn arm(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        let wanted = slot.node.next_wakeup();
        if wanted < slot.wakeup && slot.running {
            let at = wanted.max(self.now);
            slot.wakeup = at;
            self.queue.push(at, Event::Wakeup(id));
        }
    }

    #[cold]
    fn crashed(&mut self, id: NodeId, panic: &(dyn std::any::Any + Send)) {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let message = text.or_else(|| panic.downcast_ref::<String>().cloned());
        let message = message.unwrap_or_else(|| "without a message".to_owned());
        self.misbehaved(id, format!("panicked: {message}"));
    }

    /// A node that panicked or broke the rules of its trait takes no further part.
    #[cold]
    fn misbehaved(&mut self, id: NodeId, message: String) {
        self.outbox = Outbox::new();
        self.slots[id.index()].running = false;
        self.fold(4, id, id, 0);
        let what = || message.clone();
        self.tracer.note(self.now, Kind::Violation, Who::Node(id), what);
        self.crashes.push(Crash { at: self.now, node: id, message });
    }
}
