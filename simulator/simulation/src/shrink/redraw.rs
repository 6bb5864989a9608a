//! Other draws: timeouts, delays and copies that a plan leaves to its seed.
//!
//! Each removal from a plan shifts the draws of the rest: the next message gets the delay that was meant for another.
//! So a plan can seem minimal only because of its draws. If a plan is still too large to grasp at a glance, far smaller
//! ones are tried with a few other seeds.

use super::Search;
use crate::plan::{Losses, Plan};

/// The number of requests, of faults and of losses that can be grasped at a glance.
const FEW: usize = 8;

/// The number of seeds that are tried with each smaller plan.
const SEEDS: u64 = 32;

impl Search<'_> {
    /// Tries other seeds with a fraction of the requests and without losses. Returns true if one of them fails in the
    /// same way: then more can be removed.
    pub(super) fn redraw(&mut self) -> bool {
        if is_small(&self.best) {
            return false;
        }
        [4, 2, 1].into_iter().any(|part| {
            (1..=SEEDS).any(|other| {
                self.accepts_with(|plan| {
                    plan.seed = plan.seed.wrapping_add(other);
                    plan.losses = Losses::Listed(Vec::new());
                    plan.requests = plan.requests.iter().step_by(part).copied().collect();
                })
            })
        })
    }
}

fn is_small(plan: &Plan) -> bool {
    let losses = match &plan.losses {
        Losses::Random(_) => usize::MAX,
        Losses::Listed(list) => list.len(),
    };
    plan.requests.len().max(plan.faults.len()).max(losses) <= FEW
}
