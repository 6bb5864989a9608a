//! The lists of a plan: losses, faults and requests, each made as short as possible.

use super::Search;
use super::list::shorten;
use super::size::make_plain;
use crate::check::Class;
use crate::plan::{Losses, Plan};

/// How many pieces in a row are tried in vain before smaller ones are, where a budget is exceeded. That can take
/// hundreds of requests, any of which would do: to try to leave out each of them would take long and save little.
const PATIENCE_FOR_BUDGETS: usize = 8;

impl Search<'_, '_> {
    /// Takes away all of a kind at once, which most failures do not need: it saves trying them one
    /// by one, and what is left fails for fewer reasons.
    pub(super) fn take_away_wholesale(&mut self) {
        self.accepts_with(|plan| plan.losses = Losses::Listed(Vec::new()));
        self.accepts_with(make_plain);
        self.accepts_with(|plan| plan.faults.clear());
        self.accepts_with(|plan| plan.requests.clear());
    }

    /// Removes the items that the failure does not need.
    pub(super) fn shorten_parts(&mut self) {
        self.end_early();
        let faults = self.best.faults.clone();
        self.shorten(&faults, |plan, rest| plan.faults = rest);
        self.end_early();
        let requests = self.best.requests.clone();
        self.shorten(&requests, |plan, rest| plan.requests = rest);
        self.cut_links();
        if let Losses::Listed(losses) = self.best.losses.clone() {
            self.shorten(&losses, |plan, rest| plan.losses = Losses::Listed(rest));
        }
    }

    fn shorten<T: Clone>(&mut self, list: &[T], put: fn(&mut Plan, Vec<T>)) {
        let is_budget = self.target.class == Class::Budget;
        let patience = if is_budget { PATIENCE_FOR_BUDGETS } else { usize::MAX };
        shorten(list, patience, |candidates| {
            self.accepts_first(candidates.map(|rest| move |plan: &mut Plan| put(plan, rest)))
        });
    }
}
