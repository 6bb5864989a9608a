//! Other draws: timeouts, delays and copies that a plan leaves to its seed.
//!
//! Each removal from a plan shifts the draws of the rest: the next message gets the delay that was meant for another.
//! So a plan can seem minimal only because of its draws. If a plan is still too large to grasp at a glance, far smaller
//! ones are tried with a few other seeds.

use super::Search;
use crate::check::Class;
use crate::plan::{Losses, Plan};
use crate::units::Ratio;

/// The greatest number of requests, faults or losses that can be taken in at a glance.
pub(super) const FEW: usize = 8;

/// The number of seeds that are tried with each smaller plan.
const SEEDS: u64 = 32;

impl Search<'_, '_> {
    /// Tries other seeds with a fraction of the requests: without losses, then with other losses by the same
    /// chance. True if one of them fails in the same way: then there is more to take away.
    ///
    /// Not where a budget is exceeded, which takes many requests whatever is drawn.
    pub(super) fn redraw(&mut self) -> bool {
        if self.target.class == Class::Budget || is_small(&self.best) {
            return false;
        }
        let none = Losses::Listed(Vec::new());
        let mut smaller = vec![(4, none.clone()), (2, none.clone()), (1, none)];
        if let Losses::Random(chance) = self.target.plan.losses
            && chance != Ratio::ZERO
        {
            // With all requests there could be more losses than before, without end.
            smaller.extend([(4, Losses::Random(chance)), (2, Losses::Random(chance))]);
        }
        let changes = smaller.iter().flat_map(|(part, losses)| {
            (1..=SEEDS).map(move |other| {
                move |plan: &mut Plan| {
                    plan.seed = plan.seed.wrapping_add(other);
                    plan.losses = losses.clone();
                    plan.requests = plan.requests.iter().step_by(*part).copied().collect();
                }
            })
        });
        self.accepts_first(changes).is_some()
    }
}

fn is_small(plan: &Plan) -> bool {
    let losses = match &plan.losses {
        Losses::Random(_) => usize::MAX,
        Losses::Listed(list) => list.len(),
    };
    plan.requests.len().max(plan.faults.len()).max(losses) <= FEW
}
