//! Other draws: time-outs, delays and copies that a plan leaves to its seed.
//!
//! Whatever is left out of a plan shifts the draws of the rest: the next message takes the delay that
//! was meant for another. So a plan can look as small as it can be only because of its draws. Where a
//! plan is still too large to be taken in at a glance, far smaller ones are tried with a few others.

use super::Search;
use crate::plan::{Losses, Plan};

/// The number of requests, faults and losses that can be taken in at a glance.
const FEW: usize = 8;

/// How many seeds are tried with each smaller plan.
const SEEDS: u64 = 32;

impl Search<'_> {
    /// Tries other seeds with a fraction of the requests and without losses. True if one of them
    /// fails in the same way: then there is more to take away.
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
