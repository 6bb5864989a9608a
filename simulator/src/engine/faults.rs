//! The faults: what strikes the cluster, and how a plan's words pick their victims.

use crate::engine::Run;
use crate::engine::network::NodeSet;
use crate::metrics::leader_text;
use crate::node::{Node, NodeId};
use crate::plan::Fault;
use crate::scenario::Selector;
use crate::trace::{Kind, Who};

impl<N: Node> Run<'_, N> {
    /// A fault strikes.
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
            Fault::Cut { from, to, until } => {
                let (from, to) = (self.select(from), self.select(to));
                self.links.cut(*until, from, to);
                self.note_fault(|| {
                    let until = *until as f64 / 1e9;
                    format!("messages from {from} to {to} are cut off until {until:.3} s")
                });
            }
        }
    }

    fn kill_leader(&mut self) {
        let Some(leader) = self.leader.take() else {
            return self.note_fault(|| "no leader is known, so none is killed".to_owned());
        };
        self.kill(leader, "the leader, ");
        self.clients.forget_leader();
    }

    fn kill_non_leader(&mut self, order: &[u16]) {
        let mut victims = order.iter().map(|&id| NodeId(id));
        let victim = victims.find(|&id| self.living.contains(id) && self.leader != Some(id));
        match victim {
            Some(victim) if self.living.len() > 1 => self.kill(victim, ""),
            _ => self.note_fault(|| "no other replica lives that could be killed".to_owned()),
        }
    }

    fn kill(&mut self, id: NodeId, title: &str) {
        if !self.living.contains(id) {
            return self.note_fault(|| format!("{id} is dead already"));
        }
        self.living.remove(id);
        self.killed.push(id);
        self.slots[id.index()].running = false;
        self.note_fault(|| format!("{title}{id} is killed"));
    }

    /// A bare majority on one side, the rest on the other; the dead count as well.
    fn partition(&mut self, keep_leader: bool, order: &[u16]) {
        let mut side = NodeSet::default();
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
        let leader = self.leader;
        self.links.partition = Some(side);
        let rest: NodeSet =
            order.iter().map(|&id| NodeId(id)).filter(|&id| !side.contains(id)).collect();
        self.note_fault(|| {
            format!("a partition separates {side} from {rest} (leader: {})", leader_text(leader))
        });
    }

    fn select(&self, selectors: &[Selector]) -> NodeSet {
        let picks = |selector: &Selector, id: NodeId| match selector {
            Selector::Replica(number) => id.0 == *number,
            Selector::Leader => self.leader == Some(id),
            Selector::Followers => self.leader != Some(id),
            Selector::All => true,
        };
        let ids = (0..self.plan.replicas).map(NodeId);
        ids.filter(|&id| selectors.iter().any(|selector| picks(selector, id))).collect()
    }

    fn note_fault(&mut self, what: impl FnOnce() -> String) {
        self.tracer.note(self.now, Kind::Fault, Who::World, what);
    }
}
