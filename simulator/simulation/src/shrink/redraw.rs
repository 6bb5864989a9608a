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

/// The number of other runs of the whole plan that are shrunk in its place.
const RESTARTS: u32 = 2;

impl Search<'_, '_> {
    /// Starts again from the whole plan with other seeds, where what is left is not small, and keeps the smallest
    /// plan of all. Not where a budget is exceeded, for the same reason as above.
    ///
    /// The first start can end where no single change leads out.
    pub(super) fn start_afresh(&mut self) {
        let mut other_seeds = 1..=SEEDS;
        for _ in 0..RESTARTS {
            if self.target.class == Class::Budget || is_small(&self.best) {
                return;
            }
            let smallest = (self.best.clone(), self.decisions.clone());
            self.set_aside = Some(smallest.0.clone());
            self.best = self.target.plan.clone();
            let changes = other_seeds
                .by_ref()
                .map(|other| move |plan: &mut Plan| plan.seed = plan.seed.wrapping_add(other));
            let fails_again = self.accepts_first(changes).is_some();
            if fails_again {
                self.shrink_best();
            }
            self.set_aside = None;
            if !fails_again || weight(&self.best) >= weight(&smallest.0) {
                (self.best, self.decisions) = smallest;
            }
        }
    }
}

/// Returns how much there is in a plan to understand: what can be lost by chance is more than any list.
pub(super) fn weight(plan: &Plan) -> usize {
    match &plan.losses {
        Losses::Random(_) => usize::MAX,
        Losses::Listed(list) => plan.requests.len() + plan.faults.len() + list.len(),
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
