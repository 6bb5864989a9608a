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
    /// Tries other seeds with a fraction of the requests: without losses, then with other losses, by the chance that
    /// the scenario gave and by one in three. True if one of them fails in the same way: then there is more to take
    /// away.
    ///
    /// Not where a budget is exceeded, which takes many requests whatever is drawn.
    pub(super) fn redraw(&mut self) -> bool {
        if self.target.class == Class::Budget || is_small(&self.best) {
            return false;
        }
        let none = Losses::Listed(Vec::new());
        let mut smaller = vec![(4, none.clone()), (2, none.clone()), (1, none)];
        // With all requests there could be more losses than before, without end.
        let is_lossless = matches!(&self.best.losses, Losses::Listed(list) if list.is_empty());
        if let (Losses::Random(chance), false) = (&self.target.plan.losses, is_lossless) {
            let third = Ratio::ONE.ppb() / 3;
            let chances = [*chance, Ratio::from_ppb(third)].map(Losses::Random);
            smaller
                .extend(chances.into_iter().flat_map(|chance| [(4, chance.clone()), (2, chance)]));
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

/// Whether a plan can be taken in at a glance. What is lost takes longer to understand, so with losses all counts.
fn is_small(plan: &Plan) -> bool {
    let (requests, faults) = (plan.requests.len(), plan.faults.len());
    match &plan.losses {
        Losses::Random(_) => false,
        Losses::Listed(list) if list.is_empty() => requests.max(faults) <= FEW,
        Losses::Listed(list) => requests + faults + list.len() <= FEW,
    }
}
