//! The liveness phase: faults stop, everything heals, and the cluster must recover.
//!
//! A system that is safe because it is stuck is not correct. After the scenario's own end the
//! network is whole again, and within [`DEADLINE`] every living replica must agree with the others
//! and every fresh request must be answered: a put asked of each living replica, then a get of the
//! keys that were ever acknowledged. The gets double as the final reads of the history, which is
//! what finds acknowledged data that is gone.

use crate::Nanos;
use crate::api::{Host, Node, NodeId, RaftWindow};
use crate::engine::Run;
use crate::evidence::{CutShort, Disagreement, Recovery, Stuck};
use crate::trace::{Actor, Kind};

/// How long a healed cluster may take.
pub(crate) const DEADLINE: Nanos = 15_000_000_000;

/// Between two probes; in real time longer, since a socket holds only so much until it is read.
const PROBE_INTERVAL: Nanos = 1_000_000;
const REAL_PROBE_INTERVAL: Nanos = 5_000_000;

/// A process that was started again takes so long, in real time, before it can be asked.
const REAL_START: Nanos = 2_000_000_000;

/// Between two looks at whether all is well.
const LOOK_INTERVAL: Nanos = 50_000_000;

/// Final reads; with more keys than this, evenly chosen ones.
const MOST_READS: usize = 1_000;

/// What is still to be asked.
#[derive(Debug)]
pub(super) struct Probing {
    puts: Vec<NodeId>,
    gets: Vec<u32>,
}

impl<N: Node, H: Host<N>> Run<'_, N, H> {
    /// Heals everything and waits for the cluster to recover.
    pub(super) fn recover(&mut self, cut_short: Option<CutShort>) -> Recovery {
        let is_over = matches!(cut_short, Some(CutShort::Stopped | CutShort::PacketStorm));
        // A client in a storm is stuck: to ask for more would be to storm more.
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
        self.network.heal();
        self.time.heal();
        self.clients.forget_leader_and_heal(self.network.leader);
        self.note_phase(|| "the scenario ends; everything heals".to_owned());
        let keys: Vec<u32> = self.clients.keys().collect();
        let gets = (0..keys.len().min(MOST_READS))
            .map(|number| keys[number * keys.len() / keys.len().min(MOST_READS)])
            .rev()
            .collect();
        let puts = self.cluster.running().collect();
        self.probing = Some(Probing { puts, gets });
        let was_started_again = self.cluster.slots.iter().any(|slot| slot.starts > 0);
        let wait = if self.cluster.host.is_real_time() && was_started_again {
            REAL_START
        } else {
            PROBE_INTERVAL
        };
        self.time.queue.push(self.time.now + wait, super::Event::Probe);
    }

    /// Asks the next fresh request: first the puts, then the final reads.
    #[inline(never)]
    pub(super) fn next_probe(&mut self) {
        let Some(probing) = &mut self.probing else {
            return;
        };
        let request = if let Some(node) = probing.puts.pop() {
            self.clients.probe_put(self.time.now, node, self.cluster.living)
        } else if let Some(key) = probing.gets.pop() {
            self.clients.probe_get(self.time.now, key, self.cluster.living)
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

    /// Two living replicas that do not agree on what is committed, or on the state it leads to.
    fn disagreement(&mut self) -> Option<Disagreement> {
        // A state costs as much to look at as there are keys, so it comes last.
        if let Some([first, second]) = self.differing(|raft| raft.commit_index()) {
            return Some(Disagreement::Commits { first, second });
        }
        let [(first, _), (second, _)] = self.differing(|raft| raft.state_fingerprint())?;
        let index = self.ask(second, |node| node.raft().map(RaftWindow::commit_index)).flatten();
        Some(Disagreement::States { first, second, index: index.unwrap_or_default() })
    }

    /// The first two living replicas that show different numbers through their windows.
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
