//! The liveness phase: faults stop, everything heals, and the cluster must recover.
//!
//! A system that is safe only because it is stuck is not correct. After the scenario's own end the network is whole
//! again. Within [`DEADLINE`] all living replicas must agree and all fresh requests must be answered: a put to each
//! living replica, then gets of the keys that were ever acknowledged. The gets are also the final reads of the history,
//! which detect acknowledged data that was lost.

use crate::Nanos;
use crate::api::{Host, NodeId, RaftWindow};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::evidence::{CutShort, Disagreement, Recovery, Stuck};
use crate::trace::{Actor, Kind};

/// The time for a healed cluster to recover, in nanoseconds.
pub(crate) const DEADLINE: Nanos = 15_000_000_000;

/// The time between two probes; in real time it is longer, because a socket's buffer is small.
const PROBE_INTERVAL: Nanos = 1_000_000;
const REAL_PROBE_INTERVAL: Nanos = 5_000_000;

/// The time in real time before a restarted process can handle requests.
const REAL_START: Nanos = 2_000_000_000;

/// The time between two tests for recovery.
const LOOK_INTERVAL: Nanos = 50_000_000;

/// The largest number of final reads; of more keys, evenly spaced ones are read.
const MOST_READS: usize = 1_000;

/// The requests that are still to be sent.
#[derive(Debug)]
pub(super) struct Probing<W> {
    /// The replicas of which a write is asked.
    writes: Vec<NodeId>,
    /// The reads, each with the source of its random choices.
    reads: Vec<(u64, W)>,
}

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Heals everything and waits for the cluster to recover.
    pub(super) fn recover(&mut self, cut_short: Option<CutShort>) -> Recovery {
        let is_over = matches!(cut_short, Some(CutShort::Stopped | CutShort::PacketStorm));
        // Clients in a storm are stuck, and more requests would only add to the storm.
        if is_over || self.is_storm() {
            return Recovery::NotReached;
        }
        self.end_outages();
        let living = self.cluster.running().count();
        if living <= usize::from(self.plan.replicas) / 2 {
            return Recovery::NoMajority { living };
        }
        let healed = self.time.now;
        self.begin_probing();
        let mut look = healed + LOOK_INTERVAL;
        while self.time.now < healed + DEADLINE && !self.is_storm() {
            while !self.is_storm() && self.step_before(look + 1) {}
            if self.is_interrupted() {
                return Recovery::NotReached;
            }
            self.time.now = look;
            look += LOOK_INTERVAL;
            if self.all_answered() && self.disagreement().is_none() {
                self.note_phase(|| "recovered: all agree, all fresh requests answered".to_owned());
                return Recovery::Recovered(self.time.now - healed);
            }
        }
        if self.is_storm() {
            return Recovery::Stuck(Box::new(Stuck { is_storm: true, ..Stuck::default() }));
        }
        let unanswered = self.clients.unanswered().filter(|request| request.is_probe).collect();
        let disagreement = self.disagreement();
        Recovery::Stuck(Box::new(Stuck { unanswered, disagreement, is_storm: false }))
    }

    fn begin_probing(&mut self) {
        // In a network that is whole nothing is left to chance.
        self.branches_at = Nanos::MAX;
        self.network.heal(self.time.now);
        self.time.heal();
        self.draw(|picture, now| picture.released(now));
        self.clients.forget_leader_and_heal(self.network.leader);
        self.note_phase(|| "the scenario ends; everything heals".to_owned());
        let all = self.clients.final_reads();
        let reads = (0..all.len().min(MOST_READS))
            .map(|number| all[number * all.len() / all.len().min(MOST_READS)].clone())
            .rev()
            .collect();
        let writes = self.cluster.running().collect();
        self.probing = Some(Probing { writes, reads });
        let was_started_again = self.cluster.nodes.iter().any(|state| state.starts > 0);
        let wait = if self.cluster.host.is_real_time() && was_started_again {
            REAL_START
        } else {
            PROBE_INTERVAL
        };
        self.time.queue.push(self.time.now + wait, super::Event::Probe);
    }

    /// Sends the next fresh request: first the writes, then the final reads.
    #[inline(never)]
    pub(super) fn next_probe(&mut self) {
        let Some(probing) = &mut self.probing else {
            return;
        };
        let request = if let Some(node) = probing.writes.pop() {
            self.clients.probe(self.time.now, node, self.cluster.living)
        } else if let Some(read) = probing.reads.pop() {
            self.clients.read(self.time.now, read, self.cluster.living)
        } else {
            self.probing = None;
            return;
        };
        self.send_request(self.time.now, request, None);
        let interval =
            if self.cluster.host.is_real_time() { REAL_PROBE_INTERVAL } else { PROBE_INTERVAL };
        self.time.queue.push(self.time.now + interval, super::Event::Probe);
    }

    fn is_storm(&self) -> bool {
        self.clients.storm_at().is_some()
    }

    fn all_answered(&self) -> bool {
        self.probing.is_none() && !self.clients.waits_for_a_probe()
    }

    /// Returns two living replicas that differ in their commit index, or in their state.
    fn disagreement(&mut self) -> Option<Disagreement> {
        // The fingerprint of a state costs time for every key, so it comes last.
        if let Some([first, second]) = self.differing(|raft| raft.commit_index()) {
            return Some(Disagreement::Commits { first, second });
        }
        let [(first, _), (second, _)] = self.differing(|raft| raft.state_fingerprint())?;
        let index = self.ask(second, |node| node.raft().map(RaftWindow::commit_index)).flatten();
        Some(Disagreement::States { first, second, index: index.unwrap_or_default() })
    }

    /// Returns the first two living replicas whose windows show different numbers.
    fn differing(&mut self, number: impl Fn(&dyn RaftWindow) -> u64) -> Option<[(NodeId, u64); 2]> {
        let running: Vec<NodeId> = self.cluster.running().collect();
        let mut model = None;
        for id in running {
            let Some(Some(shown)) = self.ask(id, |node| node.raft().map(&number)) else { continue };
            let (first, expected) = *model.get_or_insert((id, shown));
            if shown != expected {
                return Some([(first, expected), (id, shown)]);
            }
        }
        None
    }

    fn note_phase(&mut self, what: impl FnOnce() -> String) {
        self.recording.tracer.note(self.time.now, Kind::Phase, Actor::World, what);
    }
}
