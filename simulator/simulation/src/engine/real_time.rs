//! Real time. Where the nodes live in it, the engine waits for the next event's time to come, and for
//! what a node has to say before that.
//!
//! Events keep the times that they are due at; what a node says is stamped with the time that has
//! passed. So the run is the plan's, with the replicas' own haste or delay in it, and no other.

use crate::Nanos;
use crate::api::{Host, Node, NodeId, RunProgress, Waited};
use crate::engine::{Event, Run};

impl<N: Node, H: Host<N>> Run<'_, N, H> {
    /// Lets the world react to the next event that is due before a time, if one is; says whether one
    /// was. In real time this takes until the event's time has come, or that time has.
    pub(super) fn step_before(&mut self, before: Nanos) -> bool {
        if self.cluster.host.is_real_time() && !self.keep_pace(before) {
            return false;
        }
        self.time.queue.pop_before(before).map(|(at, event)| self.step(at, event)).is_some()
    }

    /// Whether somebody ended the run before its time.
    pub(super) fn is_interrupted(&self) -> bool {
        self.cluster.host.is_stopped()
    }

    /// Waits for the next event's time, and wakes those who have something to say before. Returns
    /// whether the run goes on.
    fn keep_pace(&mut self, before: Nanos) -> bool {
        let until = self.time.queue.next_at().unwrap_or(before).min(before);
        let now = self.time.now;
        // Paused nodes are not polled.
        let listens = (0..).map(NodeId).zip(&self.cluster.slots);
        let listens = listens.filter(|(_, slot)| slot.running && slot.machine.busy_until <= now);
        let nodes = listens.filter_map(|(id, slot)| Some((id, slot.node.as_ref()?)));
        let findings = self.cluster.crashes.len() + self.clients.counts.malformed.len();
        let progress = RunProgress { messages: self.network.messages, findings: findings as u64 };
        match self.cluster.host.wait(until, progress, nodes) {
            Waited::Out => {}
            Waited::Stopped => return false,
            Waited::Heard(at, who) => who.iter().for_each(|&id| self.heard(at, id)),
        }
        true
    }

    /// A node has something to say: it is woken for it.
    fn heard(&mut self, at: Nanos, id: NodeId) {
        let slot = &mut self.cluster.slots[id.index()];
        slot.wakeup = at;
        slot.next_wakeup = slot.next_wakeup.min(slot.local_time(at));
        self.time.queue.push(at, Event::Wakeup(id));
    }
}
