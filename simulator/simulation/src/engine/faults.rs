//! The faults: what strikes the cluster, and how a plan's words pick their victims.

use std::cmp::Reverse;

use crate::Nanos;
use crate::api::{Host, Node, NodeId, NodeSet, Role};
use crate::engine::Run;
use crate::faults::Selector;
use crate::faults::nodes::Blow;
use crate::marks::Mark;
use crate::metrics::leader_text;
use crate::plan::Fault;
use crate::trace::{Actor, Kind};

impl<N: Node, H: Host<N>> Run<'_, N, H> {
    /// A fault strikes.
    #[inline(never)]
    pub(super) fn strike(&mut self, fault: &Fault) {
        self.fold(7, NodeId(0), NodeId(0), 0);
        match fault {
            Fault::KillLeader => self.kill_leader(),
            Fault::KillNonLeader { order } => self.kill_non_leader(order),
            Fault::Partition { keep_leader, order } => self.partition(*keep_leader, order),
            Fault::Heal => {
                self.links.partition = None;
                self.note_fault(|| "the partition ends".to_owned());
            }
            Fault::Links { links, messages, fault: effect, until } => {
                let links = links.links(self.plan.replicas, |who| self.select(who));
                self.links.strike(*until, links, messages, *effect);
                self.note_fault(|| fault.to_string());
            }
            Fault::Nodes { who, fault: effect, until, dice } => {
                let who = self.select(who);
                if who.is_empty() {
                    self.note_fault(|| format!("no replica is meant, so nothing happens: {fault}"));
                }
                for id in who.iter() {
                    self.strike_node(id, Blow { fault: *effect, until: *until, dice: *dice });
                }
            }
        }
    }

    fn kill_leader(&mut self) {
        let Some(leader) = self.leader else {
            return self.note_fault(|| "no leader is known, so none is killed".to_owned());
        };
        if self.askable().contains(leader) || !self.living.contains(leader) {
            self.kill(leader, "the leader, ");
        } else {
            self.note_fault(|| {
                format!("the leader, {leader}, is taken for dead, so none is killed")
            });
        }
        self.leader = None;
        self.clients.forget_leader();
    }

    fn kill_non_leader(&mut self, order: &[u16]) {
        let mut victims = order.iter().map(|&id| NodeId(id));
        let candidates = self.askable();
        let victim = victims.find(|&id| candidates.contains(id) && self.leader != Some(id));
        match victim {
            Some(victim) if candidates.len() > 1 => self.kill(victim, ""),
            _ => self.note_fault(|| "no other replica lives that could be killed".to_owned()),
        }
    }

    pub(super) fn kill(&mut self, id: NodeId, title: &str) {
        let slot = &mut self.slots[id.index()];
        let is_down = slot.restart_at != Nanos::MAX;
        if !self.living.contains(id) && !is_down {
            return self.note_fault(|| format!("{id} is dead already"));
        }
        slot.running = false;
        slot.restart_at = Nanos::MAX;
        slot.forget_work();
        self.stop_node(id);
        self.marks.reach(if self.leader == Some(id) { Mark::LeaderKilled } else { Mark::Killed });
        self.living.remove(id);
        self.gone(id);
        self.killed.push(id);
        self.note_fault(|| format!("{title}{id} is killed"));
    }

    /// A bare majority on one side, the rest on the other; the dead count as well.
    fn partition(&mut self, keep_leader: bool, order: &[u16]) {
        let mut side = NodeSet::default();
        let led = self.leader;
        match self.leader {
            Some(leader) if keep_leader => side.insert(leader),
            _ => {
                self.leader = None;
                self.clients.forget_leader();
            }
        }
        let majority = usize::from(self.plan.replicas) / 2 + 1;
        for &id in order {
            if side.len() < majority {
                side.insert(NodeId(id));
            }
        }
        self.marks.reach(Mark::Partitioned);
        if led.is_some_and(|leader| !side.contains(leader)) {
            self.marks.reach(Mark::LeaderInMinority);
        }
        let leader = self.leader;
        self.links.partition = Some(side);
        let rest: NodeSet =
            order.iter().map(|&id| NodeId(id)).filter(|&id| !side.contains(id)).collect();
        self.note_fault(|| {
            format!("a partition separates {side} from {rest} (leader: {})", leader_text(leader))
        });
    }

    fn select(&self, selectors: &[Selector]) -> NodeSet {
        let (candidate, newest) = (self.candidate(), self.newest());
        let picks = |selector: &Selector, id: NodeId| match selector {
            Selector::Replica(number) => id.0 == *number,
            Selector::Leader => self.leader == Some(id),
            Selector::Candidate => candidate == Some(id),
            Selector::Newest => newest == Some(id),
            Selector::Followers => self.leader != Some(id),
            Selector::All => true,
        };
        let ids = (0..self.plan.replicas).map(NodeId);
        ids.filter(|&id| selectors.iter().any(|selector| picks(selector, id))).collect()
    }

    /// The candidate of the highest term.
    fn candidate(&self) -> Option<NodeId> {
        let slots = (0..).map(NodeId).zip(&self.slots);
        let candidates = slots.filter(|(_, slot)| slot.running && slot.role == Role::Candidate);
        candidates.max_by_key(|(id, slot)| (slot.term, Reverse(*id))).map(|(id, _)| id)
    }

    /// The follower with the most up-to-date log (Raft §5.4.1).
    fn newest(&self) -> Option<NodeId> {
        let slots = (0..).map(NodeId).zip(&self.slots);
        let followers = slots.filter(|(id, slot)| slot.running && self.leader != Some(*id));
        let logs = followers.filter_map(|(id, slot)| {
            let window = slot.node.as_ref()?.raft()?;
            Some(((window.last_term(), window.last_index(), Reverse(id)), id))
        });
        logs.max().map(|(_, id)| id)
    }

    fn note_fault(&mut self, what: impl FnOnce() -> String) {
        self.tracer.note(self.now, Kind::Fault, Actor::World, what);
    }
}
