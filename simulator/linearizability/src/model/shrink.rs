//! Proofs for any model: few calls of one key that have no legal order, whatever the others do.
//!
//! A set of calls is *closed* if it contains, with each call, all calls that may enable it and that it does not precede,
//! except for those whose effect an overwriting call of the set hides from it, which lies between them in real time. If a closed set has no legal order, the whole has none: from a legal order of the whole, the calls outside of the set
//! can be taken out, the last one first, since they enable none of those after them.

use super::definition::{Model, Observation};
use super::part::Part;
use super::search::{self, Outcome};

type Calls<'a, M> = [&'a Observation<<M as Model>::Op, <M as Model>::Answer>];

/// The number of pairs of calls to compare up to which a proof is made smaller.
const WORTH_COMPARING: usize = 50_000_000;

/// Returns the stamp of the first return after which the calls of a key have no legal order.
///
/// The calls that are open then may have any answer. `stuck` answers can be ordered.
pub(super) fn lost_at<M: Model>(model: &M, calls: &Calls<'_, M>, stuck: usize, budget: u64) -> u64 {
    let mut returns: Vec<u64> = calls.iter().filter_map(|call| call.returned()).collect();
    returns.sort_unstable();
    let mut steps = budget;
    let (mut fine, mut lost) = (stuck, returns.len());
    // Most violations are seen where the search was stuck, so ever larger parts are tried first.
    let mut reach = 1;
    while lost - fine > 1 {
        let middle = (fine + reach).min(fine + (lost - fine) / 2).max(fine + 1);
        reach *= 2;
        if is_lost_by(model, calls, returns[middle - 1], &mut steps) {
            lost = middle;
            reach = 1;
        } else {
            fine = middle;
        }
    }
    returns.get(lost.saturating_sub(1)).copied().unwrap_or(0)
}

/// Returns true if the calls that had returned by a stamp certainly have no legal order, whatever the others do.
fn is_lost_by<M: Model>(model: &M, calls: &Calls<'_, M>, at: u64, steps: &mut u64) -> bool {
    let is_open = |call: &Observation<M::Op, M::Answer>| call.returned().is_none_or(|end| end > at);
    let begun: Vec<_> = calls.iter().filter(|call| call.invoke <= at).copied().collect();
    let part = Part::with_open(model, &begun, is_open);
    matches!(search::search(model, &part, steps), Outcome::Illegal { .. })
}

/// Returns a smallest closed set of calls without a legal order, by removing what is not needed.
pub(super) fn shrink<M: Model>(
    model: &M,
    calls: &Calls<'_, M>,
    at: u64,
    budget: u64,
) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..calls.len()).filter(|&id| calls[id].invoke <= at).collect();
    let end = |id: usize| calls[id].returned().filter(|&end| end <= at).unwrap_or(u64::MAX);
    ids.sort_by_key(|&id| (end(id), id));
    let ends = ids.iter().map(|&id| end(id)).collect();
    let mut shrinker = Shrinker { model, calls, ids, ends, at, steps: budget };
    let mut proof = shrinker.recent();
    let mut chunk = proof.len().next_power_of_two() / 2;
    while chunk > 0 {
        let before = proof.len();
        let mut end = proof.len();
        while end > 0 {
            let start = end.saturating_sub(chunk);
            let rest = shrinker.closed_part([&proof[..start], &proof[end..]].concat());
            if rest.len() < proof.len() && shrinker.is_violated(&rest) {
                proof = rest;
            }
            end = start.min(proof.len());
        }
        // What one removal makes possible may be an earlier one.
        if chunk > 1 || proof.len() == before {
            chunk /= 2;
        }
    }
    proof.into_iter().map(|position| shrinker.ids[position]).collect()
}

/// The state of a shrinking. Calls are identified by their positions in the order of returns.
struct Shrinker<'m, 'a, M: Model> {
    model: &'m M,
    calls: &'m Calls<'a, M>,
    ids: Vec<usize>,
    /// The return of each call, `u64::MAX` if it was open at the end.
    ends: Vec<u64>,
    at: u64,
    steps: u64,
}

impl<M: Model> Shrinker<'_, '_, M> {
    fn call(&self, position: usize) -> &Observation<M::Op, M::Answer> {
        self.calls[self.ids[position]]
    }

    /// Returns the answer of a call, unless it was open at the end.
    fn answer(&self, position: usize) -> Option<&M::Answer> {
        let answered = self.call(position).answer.as_ref();
        answered.filter(|answered| answered.at <= self.at).map(|answered| &answered.answer)
    }

    fn is_violated(&mut self, part: &[usize]) -> bool {
        let calls: Vec<_> = part.iter().map(|&position| self.calls[self.ids[position]]).collect();
        let at = self.at;
        let part =
            Part::with_open(self.model, &calls, |call| call.returned().is_none_or(|end| end > at));
        matches!(search::search(self.model, &part, &mut self.steps), Outcome::Illegal { .. })
    }

    /// Returns a violation among the last calls, whose number is doubled until there is one.
    fn recent(&mut self) -> Vec<usize> {
        let whole = self.ids.len();
        let open = self.ends.iter().filter(|&&end| end == u64::MAX).count();
        let mut count = 16 + open;
        while count < whole {
            let part = self.closed_part((whole - count..whole).collect());
            if self.is_violated(&part) {
                return part;
            }
            count *= 2;
        }
        (0..whole).collect()
    }

    /// Returns the largest closed part of these calls, which are sorted; nothing if that takes too long.
    fn closed_part(&self, mut part: Vec<usize>) -> Vec<usize> {
        let mut compared = 0;
        loop {
            compared += part.len() * self.ids.len();
            if compared > WORTH_COMPARING {
                return Vec::new();
            }
            let kept = part.clone();
            part.retain(|&position| self.is_supported(position, &kept));
            if part.len() == kept.len() {
                return part;
            }
        }
    }

    /// Returns true if `kept`, which is sorted, has every call that this one may need.
    fn is_supported(&self, position: usize, kept: &[usize]) -> bool {
        let (later, answer) = (self.call(position), self.answer(position));
        let overwrites = |&other: &usize| {
            self.ends[other] < later.invoke
                && self
                    .answer(other)
                    .is_some_and(|answer| self.model.overwrites(&self.call(other).op, answer))
        };
        let overwritings = kept.iter().copied().filter(overwrites);
        // Calls that returned before are hidden.
        let hidden = overwritings.map(|other| self.call(other).invoke).max().unwrap_or(0);
        let mut kept = kept.iter().copied().peekable();
        (0..self.ids.len()).all(|other| {
            while kept.next_if(|&known| known < other).is_some() {}
            kept.peek() == Some(&other)
                || self.ends[other] < hidden
                || self.ends[position] < self.call(other).invoke
                || !self.model.enables(&self.call(other).op, &later.op, answer)
        })
    }
}
