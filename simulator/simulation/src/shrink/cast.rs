//! The members of a plan: its clients and its replicas.

use super::Search;
use crate::evidence::Decisions;
use crate::faults::{renumber, renumber_order};
use crate::plan::{Fault, Losses, Plan};

impl Search<'_, '_> {
    /// Leaves out clients and replicas.
    pub(super) fn reduce_cast(&mut self) {
        self.accepts_with(drop_idle_clients);
        while self.best.clients > 1 && self.accepts_with(merge_last_client) {}
        while self.best.replicas > 1 && (self.drops_last_replica() || self.drops_any_replica()) {}
    }

    fn drops_last_replica(&mut self) -> bool {
        self.accepts_with(|plan| drop_replica(plan, plan.replicas - 1))
    }

    /// With one replica less, requests would be asked of other replicas, so each is told whom to ask first.
    fn drops_any_replica(&mut self) -> bool {
        let decisions = &self.decisions.clone();
        let drops = (0..self.best.replicas).rev().map(|id| {
            move |plan: &mut Plan| {
                name_replicas(plan, decisions);
                drop_replica(plan, id);
            }
        });
        self.accepts_first(drops).is_some()
    }
}

/// Numbers the clients that ask anything from 0 on.
fn drop_idle_clients(plan: &mut Plan) {
    let mut busy: Vec<u16> = plan.requests.iter().map(|request| request.client).collect();
    busy.sort_unstable();
    busy.dedup();
    for request in &mut plan.requests {
        request.client = busy.partition_point(|&client| client < request.client) as u16;
    }
    plan.clients = (busy.len() as u16).max(1);
}

/// Lets the last client's requests be asked by the one before it.
fn merge_last_client(plan: &mut Plan) {
    plan.clients -= 1;
    for request in &mut plan.requests {
        request.client = request.client.min(plan.clients - 1);
    }
}

/// Names the replica that each request was asked of first. That is the same run.
pub(super) fn name_replicas(plan: &mut Plan, decisions: &Decisions) {
    plan.requests.sort_by_key(|request| request.at);
    for (request, &to) in plan.requests.iter_mut().zip(&decisions.asked_first) {
        request.to = to;
    }
}

/// Leaves a replica out, wherever it is named; those after it move up.
pub(super) fn drop_replica(plan: &mut Plan, dropped: u16) {
    plan.replicas -= 1;
    if usize::from(dropped) < plan.start_ups.len() {
        plan.start_ups.remove(usize::from(dropped));
    }
    renumber_replicas(plan, |id| (id != dropped).then(|| id - u16::from(id > dropped)));
}

/// Gives replicas other numbers wherever they are named, and leaves out those that get none.
pub(super) fn renumber_replicas(plan: &mut Plan, number: impl Fn(u16) -> Option<u16>) {
    for request in &mut plan.requests {
        request.to = request.to.and_then(&number);
    }
    for planned in &mut plan.faults {
        match &mut planned.fault {
            Fault::KillLeader | Fault::Heal => {}
            Fault::KillNonLeader { order } | Fault::Partition { order, .. } => {
                renumber_order(order, &number);
            }
            Fault::Links { links, .. } => links.renumber(&number),
            Fault::Nodes { who, .. } => renumber(who, &number),
        }
    }
    if let Losses::Listed(losses) = &mut plan.losses {
        losses.retain_mut(|lost| {
            let link = number(lost.from).zip(number(lost.to));
            (lost.from, lost.to) = link.unwrap_or((lost.from, lost.to));
            link.is_some()
        });
    }
}
