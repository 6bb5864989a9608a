//! The parts of the evidence that are collected at the end of a run.

use crate::Nanos;
use crate::api::{Host, Node, NodeId};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::engine::cluster::{Cluster, NodeState};
use crate::evidence::{ObservedProgress, ReplicaAtTheEnd};
use crate::faults::link_marks;
use crate::invariants::{DecidedMonitor, LogViolation, RaftMonitor, SafetyViolation};
use crate::metrics::Metrics;

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Returns the course's metrics so far.
    pub(super) fn measure(&mut self) -> Metrics {
        let counts = &mut self.clients.counts;
        let (median_latency, mean_latency) = counts.latencies.median_and_mean();
        let (gets, puts, failed) =
            (counts.gets, counts.puts, counts.failed_gets + counts.failed_puts);
        let (duplicates, redirects) = (counts.duplicates, counts.redirects);
        let unanswered = self.clients.waiting().count() as u64;
        Metrics {
            total_messages: self.network.messages,
            dropped_messages: self.network.dropped,
            failures: failed + unanswered,
            duplicates,
            redirects,
            median_latency,
            mean_latency,
            gets,
            puts,
            unanswered,
            leaders: self.recording.leader_history.iter().map(|&(_, leader)| leader).collect(),
        }
    }

    /// Ends the observation of progress while faults last.
    pub(super) fn close_progress(&mut self) -> Option<ObservedProgress> {
        let monitor = self.recording.progress.take()?;
        Some(ObservedProgress { bound: monitor.bound(), stall: monitor.close(self.time.now) })
    }

    /// Records the marks that a replica has reached since it started.
    pub(super) fn note_reached(&mut self, id: NodeId) {
        if let Some(bits) = self.ask(id, N::reached) {
            self.recording.marks.reach_of_node(bits);
        }
    }

    /// Records the marks that faults have reached.
    pub(super) fn note_fault_marks(&mut self) {
        for state in &self.cluster.nodes {
            self.recording.marks.reach_of_faults(state.faults.reached());
        }
        self.recording.marks.reach_of_faults(link_marks(self.network.links.reached()));
    }

    /// Compares the whole logs, of which the monitor sees only the ends during the run; returns all violations.
    pub(super) fn close_monitor(&mut self, mut monitor: RaftMonitor) -> Vec<SafetyViolation> {
        let now = self.time.now;
        for id in (0..self.plan.replicas).map(NodeId) {
            self.ask(id, |node| {
                if let Some(window) = node.raft() {
                    monitor.compare_whole_log(now, id, window);
                }
            });
        }
        self.recording.marks.merge(monitor.marks());
        monitor.into_violations()
    }

    /// Compares the whole decided logs, of which the monitor sees only the ends during the run.
    pub(super) fn close_decided(&mut self, mut monitor: DecidedMonitor) -> Vec<LogViolation> {
        let now = self.time.now;
        for id in (0..self.plan.replicas).map(NodeId) {
            let state = &self.cluster.nodes[id.index()];
            if !state.running || state.work.unfinished.is_some() {
                continue;
            }
            self.ask(id, |node| {
                if let Some(log) = node.decided_log() {
                    monitor.compare_whole_log(now, id, log);
                }
            });
        }
        monitor.into_violations()
    }
}

impl<N: Node, H: Host<N>> Cluster<'_, N, H> {
    /// Returns the state of each replica.
    pub(super) fn replicas_at_the_end(&self) -> Vec<ReplicaAtTheEnd> {
        let of = |(node, state): (NodeId, &NodeState<N>)| ReplicaAtTheEnd {
            node,
            is_running: state.running,
            last_sent: state.last_sent,
            has_timer: state.next_wakeup != Nanos::MAX,
            complaint: state.node.as_ref().and_then(|node| self.host.complaint(node)),
        };
        (0..).map(NodeId).zip(&self.nodes).map(of).collect()
    }

    /// Returns a description of each replica's state.
    pub(super) fn inspect(&self) -> Vec<(NodeId, String)> {
        let describe = |(id, state): (u16, &NodeState<N>)| (NodeId(id), state.summary());
        (0..).zip(&self.nodes).map(describe).collect()
    }
}
