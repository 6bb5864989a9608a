//! Real time: if the nodes run in it, the engine waits for the time of the next event, or for output of a node before
//! that.
//!
//! Events keep their planned times; a node's output gets the time that has really passed. So the run is that of the
//! plan, except for the real delays of the replicas.

use crate::Nanos;
use crate::api::{Host, NodeId, RunProgress, Waited};
use crate::engine::books::Driven;
use crate::engine::{Event, Run};

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Handles the next event that is due before a time; returns true if there was one.
    ///
    /// In real time, this waits until the time of the event, or until `before`.
    pub(super) fn step_before(&mut self, before: Nanos) -> bool {
        if self.cluster.host.is_real_time() && !self.keep_pace(before) {
            return false;
        }
        self.time.queue.pop_before(before).map(|(at, event)| self.step(at, event)).is_some()
    }

    /// Returns true if the user stopped the run early.
    pub(super) fn is_interrupted(&self) -> bool {
        self.cluster.host.is_stopped()
    }

    /// Waits for the time of the next event, and wakes nodes that have output before that. Returns true if the run
    /// continues.
    fn keep_pace(&mut self, before: Nanos) -> bool {
        let until = self.time.queue.next_at().unwrap_or(before).min(before);
        let now = self.time.now;
        // Paused nodes are not polled.
        let listens = (0..).map(NodeId).zip(&self.cluster.nodes);
        let listens = listens.filter(|(_, state)| state.running && state.machine.busy_until <= now);
        let nodes = listens.filter_map(|(id, state)| Some((id, state.node.as_ref()?)));
        let findings = self.cluster.crashes.len() + self.clients.counts.malformed.len();
        let progress = RunProgress { messages: self.network.messages, findings: findings as u64 };
        match self.cluster.host.wait(until, progress, nodes) {
            Waited::Out => {}
            Waited::Stopped => return false,
            Waited::Heard(at, who) => who.iter().for_each(|&id| self.heard(at, id)),
        }
        true
    }

    /// Wakes a node that has output.
    fn heard(&mut self, at: Nanos, id: NodeId) {
        let state = &mut self.cluster.nodes[id.index()];
        state.wakeup = at;
        state.next_wakeup = state.next_wakeup.min(state.local_time(at));
        self.time.queue.push(at, Event::Wakeup(id));
    }
}
