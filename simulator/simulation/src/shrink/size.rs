//! The frame of a plan: when it ends, and how plain its network is.

use super::Search;
use crate::Nanos;
use crate::plan::Plan;
use crate::scenario::ClientLinks;
use crate::units::{Ratio, Span};

impl Search<'_, '_> {
    /// Makes the network plainer.
    pub(super) fn simplify_network(&mut self) {
        self.accepts_with(|plan| plan.network.duplicate = Ratio::ZERO);
        self.accepts_with(|plan| plan.network.delay = Span::default());
        self.accepts_with(|plan| plan.network.clients = ClientLinks::default());
        self.accepts_with(|plan| plan.buggify = false);
        self.accepts_with(start_one_after_another);
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
