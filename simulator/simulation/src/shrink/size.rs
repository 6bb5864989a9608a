//! The size of a plan: its end, the settings of its network, and the numbers of clients and replicas.

use super::Search;
use crate::Nanos;
use crate::faults::keep_below;
use crate::plan::{Fault, Losses, Plan};
use crate::scenario::ClientLinks;
use crate::units::{Ratio, Span};

impl Search<'_> {
    /// Simplifies the network, and reduces the numbers of clients and replicas.
    pub(super) fn reduce_size(&mut self) {
        self.accepts_with(|plan| plan.network.duplicate = Ratio::ZERO);
        self.accepts_with(|plan| plan.network.delay = Span::default());
        self.accepts_with(|plan| plan.network.clients = ClientLinks::default());
        self.accepts_with(|plan| plan.buggify = false);
        self.accepts_with(start_one_after_another);
        self.accepts_with(drop_idle_clients);
        while self.best.clients > 1 && self.accepts_with(merge_last_client) {}
        while self.best.replicas > 1 && self.accepts_with(drop_last_replica) {}
    }

    /// Searches for the earliest end at which the run still fails, among the times of planned items, and removes later
    /// items.
    pub(super) fn end_early(&mut self) {
        let mut times: Vec<Nanos> = self.best.requests.iter().map(|it| it.at + 1).collect();
        times.extend(self.best.faults.iter().map(|it| it.at + 1));
        times.push(self.best.end);
        times.retain(|&at| at <= self.best.end);
        times.sort_unstable();
        times.dedup();
        // A binary search, although a run need not fail wherever a shorter one does: the result of the search does
        // fail.
        let (mut low, mut high) = (0, times.len().saturating_sub(1));
        while low < high && !self.is_used_up() {
            let middle = (low + high) / 2;
            if self.accepts_with(|plan| end_at(plan, times[middle])) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
    }
}

/// Removes random delays and copies of messages, and random limits of replicas.
pub(super) fn make_plain(plan: &mut Plan) {
    plan.network.duplicate = Ratio::ZERO;
    plan.network.delay = Span::default();
    plan.network.clients = ClientLinks::default();
    plan.buggify = false;
}

/// The time between the ends of two replicas' starts.
const START_INTERVAL: Nanos = 20_000_000;

/// Makes replicas ready in the order of their ids, at round times.
///
/// They are never ready at the same time, although that would be simpler: timeouts of equal length would then expire
/// together, which does not happen in reality.
fn start_one_after_another(plan: &mut Plan) {
    for (place, start_up) in (1..).zip(&mut plan.start_ups) {
        *start_up = place * START_INTERVAL;
    }
}

/// Ends a plan at a time, and removes the requests and faults from then on.
fn end_at(plan: &mut Plan, end: Nanos) {
    plan.end = end;
    plan.requests.retain(|request| request.at < end);
    plan.faults.retain(|fault| fault.at < end);
}

/// Removes clients without requests, and renumbers the others.
fn drop_idle_clients(plan: &mut Plan) {
    let mut busy: Vec<u16> = plan.requests.iter().map(|request| request.client).collect();
    busy.sort_unstable();
    busy.dedup();
    for request in &mut plan.requests {
        request.client = busy.partition_point(|&client| client < request.client) as u16;
    }
    plan.clients = (busy.len() as u16).max(1);
}

/// Gives the last client's requests to the one before it.
fn merge_last_client(plan: &mut Plan) {
    plan.clients -= 1;
    for request in &mut plan.requests {
        request.client = request.client.min(plan.clients - 1);
    }
}

/// Removes the last replica from the whole plan.
fn drop_last_replica(plan: &mut Plan) {
    plan.replicas -= 1;
    plan.start_ups.truncate(usize::from(plan.replicas));
    let count = plan.replicas;
    for planned in &mut plan.faults {
        match &mut planned.fault {
            Fault::KillLeader | Fault::Heal => {}
            Fault::KillNonLeader { order } | Fault::Partition { order, .. } => {
                order.retain(|&id| id < count);
            }
            Fault::Links { links, .. } => links.keep_replicas_below(count),
            Fault::Nodes { who, .. } => keep_below(count, who),
        }
    }
    if let Losses::Listed(losses) = &mut plan.losses {
        losses.retain(|lost| lost.from < count && lost.to < count);
    }
}
