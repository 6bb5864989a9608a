//! The faults of a plan: their effects on the cluster, and the selection of their victims.

use crate::Nanos;
use crate::api::{Host, NodeId, NodeSet};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::faults::nodes::FaultStart;
use crate::faults::{self, LinkPattern};
use crate::marks::Mark;
use crate::metrics::leader_text;
use crate::plan::Fault;
use crate::trace::{Actor, Kind};

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Applies a fault that is due.
    #[inline(never)]
    pub(super) fn strike(&mut self, fault: &Fault) {
        self.recording.fold(self.time.now, 7, NodeId(0), NodeId(0), 0);
        match fault {
            Fault::KillLeader => self.kill_leader(),
            Fault::KillNonLeader { order } => self.kill_non_leader(order),
            Fault::Partition { keep_leader, order } => self.partition(*keep_leader, order),
            Fault::Heal => {
                self.network.links.partition = None;
                self.note_partition();
                self.draw(|picture, now| picture.ends(now, "partition"));
                self.note_fault(|| "the partition ends".to_owned());
            }
            Fault::Links { links, messages, fault: effect, until } => {
                let meant = self.who_is_meant(links);
                let links = links
                    .links(self.plan.replicas, |who| self.cluster.select(who, self.network.leader));
                if let Some(progress) = &mut self.recording.progress {
                    progress.links_struck(self.time.now, &links, *until);
                }
                self.network.links.strike(*until, links, messages, *effect);
                self.draw(|picture, now| {
                    picture.struck(
                        now,
                        Some(*until),
                        None,
                        effect.name(),
                        &format_args!("{fault}{meant}"),
                    );
                });
                self.note_fault(|| format!("{fault}{meant}"));
            }
            Fault::Nodes { who, fault: effect, until, dice } => {
                let who = self.cluster.select(who, self.network.leader);
                if who.is_empty() {
                    self.note_fault(|| format!("no replica is meant, so nothing happens: {fault}"));
                }
                for id in who.iter() {
                    self.strike_node(id, FaultStart { fault: *effect, until: *until, dice: *dice });
                }
            }
        }
    }

    fn kill_leader(&mut self) {
        let Some(leader) = self.network.leader else {
            return self.note_fault(|| "no leader is known, so none is killed".to_owned());
        };
        if self.askable().contains(leader) || !self.cluster.living.contains(leader) {
            self.kill(leader, "the leader, ");
        } else {
            self.note_fault(|| {
                format!("the leader, {leader}, is taken for dead, so none is killed")
            });
        }
        self.network.leader = None;
        self.clients.forget_leader();
    }

    fn kill_non_leader(&mut self, order: &[u16]) {
        let mut victims = order.iter().map(|&id| NodeId(id));
        let candidates = self.askable();
        let victim = victims.find(|&id| candidates.contains(id) && self.network.leader != Some(id));
        match victim {
            Some(victim) if candidates.len() > 1 => self.kill(victim, ""),
            _ => self.note_fault(|| "no other replica lives that could be killed".to_owned()),
        }
    }

    pub(super) fn kill(&mut self, id: NodeId, title: &str) {
        let state = &mut self.cluster.nodes[id.index()];
        let is_down = state.restart_at != Nanos::MAX;
        if !self.cluster.living.contains(id) && !is_down {
            return self.note_fault(|| format!("{id} is dead already"));
        }
        state.running = false;
        state.restart_at = Nanos::MAX;
        state.forget_work();
        self.stop_node(id);
        self.recording.marks.reach(if self.network.leader == Some(id) {
            Mark::LeaderKilled
        } else {
            Mark::Killed
        });
        self.cluster.living.remove(id);
        self.recording.gone(self.time.now, id);
        self.cluster.killed.push(id);
        self.draw_state(id);
        self.draw(|picture, now| {
            picture.relieved(now, id);
            picture.struck(now, None, Some(id), "kill", &format_args!("{title}{id} is killed"));
        });
        self.note_fault(|| format!("{title}{id} is killed"));
    }

    /// Begins a partition: a bare majority on one side, the rest on the other. Dead replicas count as well.
    fn partition(&mut self, keep_leader: bool, order: &[u16]) {
        let mut side = NodeSet::default();
        let led = self.network.leader;
        match self.network.leader {
            Some(leader) if keep_leader => side.insert(leader),
            _ => {
                self.network.leader = None;
                self.clients.forget_leader();
            }
        }
        let majority = usize::from(self.plan.replicas) / 2 + 1;
        for &id in order {
            if side.len() < majority {
                side.insert(NodeId(id));
            }
        }
        self.recording.marks.reach(Mark::Partitioned);
        if led.is_some_and(|leader| !side.contains(leader)) {
            self.recording.marks.reach(Mark::LeaderInMinority);
        }
        let leader = self.network.leader;
        self.network.links.partition = Some(side);
        self.note_partition();
        let rest: NodeSet =
            order.iter().map(|&id| NodeId(id)).filter(|&id| !side.contains(id)).collect();
        let what = || {
            format!("a partition separates {side} from {rest} (leader: {})", leader_text(leader))
        };
        self.draw(|picture, now| {
            picture.ends(now, "partition");
            picture.struck(now, Some(Nanos::MAX), None, "partition", &what());
        });
        self.note_fault(what);
    }

    /// Returns which replicas have, at this moment, the roles by which links are selected, for reports.
    fn who_is_meant(&self, links: &LinkPattern) -> String {
        let mut text = String::new();
        for role in links.selectors().filter(|selector| selector.is_one_role()) {
            let name = faults::names(&[role]);
            let has_it = self.cluster.select(&[role], self.network.leader);
            text.push_str(&match has_it.iter().next() {
                Some(id) => format!("; {name} is {id}"),
                None => format!("; {name} is unknown"),
            });
        }
        text
    }

    /// Records the partition in force.
    fn note_partition(&mut self) {
        if let Some(progress) = &mut self.recording.progress {
            progress.partitioned(self.time.now, self.network.links.partition);
        }
    }

    fn note_fault(&mut self, what: impl FnOnce() -> String) {
        self.recording.tracer.note(self.time.now, Kind::Fault, Actor::World, what);
    }
}
