//! Proofs for any model: few calls of one key that have no legal order, whatever the others do.
//!
//! A set of calls is *closed* if it contains, with each call, all calls that may enable it and that it does not
//! precede, except for those whose effect is hidden: an overwriting call of the set lies between the two in real
//! time. If a closed set has no legal order, the whole has none: from a legal order of the whole, the calls outside
//! of the set can be taken out, the last one first, since none of them enables what follows, up to the call that
//! hides it.

use super::definition::{Model, Observation};
use super::part::{IsOpen, Part, sort_by_stamp};
use super::search::{self, Outcome};
use crate::reduce::without_chunks;

type Call<M> = Observation<<M as Model>::Op, <M as Model>::Answer>;
type Calls<'a, M> = [&'a Call<M>];

/// The largest number of calls among which a proof is sought: the last ones.
const MOST_CALLS: usize = 2_000;

/// The largest number of pairs of calls of which it is asked whether one enables the other.
const WORTH_COMPARING: usize = 50_000_000;

/// Returns the stamp of the first return after which the calls of a key have no legal order.
///
/// The calls that are open then may have any answer. `stuck` answers can be ordered.
pub(super) fn lost_at<M: Model>(model: &M, calls: &Calls<'_, M>, stuck: usize, budget: u64) -> u64 {
    let mut steps = budget;
    let returns = calls.iter().filter_map(|call| call.returned()).collect();
    first_lost(returns, stuck, &mut |at| is_lost_by(model, calls, at, &mut steps))
}

/// Returns true if the calls that had returned by a stamp certainly have no legal order, whatever the others do.
fn is_lost_by<M: Model>(model: &M, calls: &Calls<'_, M>, at: u64, steps: &mut u64) -> bool {
    let is_open = |call: &Call<M>| call.returned().is_none_or(|end| end > at);
    let begun: Vec<_> = calls.iter().filter(|call| call.invoke <= at).copied().collect();
    let part = Part::with_open(model, &begun, &is_open);
    matches!(search::search(model, &part, steps), Outcome::Illegal { .. })
}

/// Returns a smallest closed set of some calls without a legal order, by removing what is not needed; `None` if no
/// violation is found among the last of them. `first` is the state before all of them.
pub(super) fn shrink<M: Model>(
    model: &M,
    first: &M::State,
    calls: &Calls<'_, M>,
    mut ids: Vec<usize>,
    is_open: IsOpen<'_, M>,
    steps: &mut u64,
) -> Option<Vec<usize>> {
    let answered = |id: usize| calls[id].returned().filter(|_| !is_open(calls[id]));
    let end = |id: usize| answered(id).unwrap_or(u64::MAX);
    sort_by_stamp(&mut ids, &end);
    let ordered: Vec<&Call<M>> = ids.iter().map(|&id| calls[id]).collect();
    let ends = ids.iter().map(|&id| end(id)).collect();
    let closure = closure(model, &ordered, ends, is_open);
    let proof = closure.smallest(&mut |positions| {
        let calls: Vec<_> = positions.iter().map(|&position| ordered[position]).collect();
        let part = Part::with_open(model, &calls, is_open);
        let outcome = search::search_from(model, first.clone(), &part, steps);
        matches!(outcome, Outcome::Illegal { .. })
    })?;
    Some(proof.into_iter().map(|position| ids[position]).collect())
}

/// Finds out which of the calls, given in order of their returns, may need which.
fn closure<M: Model>(
    model: &M,
    calls: &Calls<'_, M>,
    ends: Vec<u64>,
    is_open: IsOpen<'_, M>,
) -> Closure {
    let whole = calls.len();
    let first = whole - whole.min(MOST_CALLS).min(WORTH_COMPARING / whole.max(1));
    let answer = |position: usize| {
        let call: &Call<M> = calls[position];
        call.answer.as_ref().filter(|_| !is_open(call)).map(|answered| &answered.answer)
    };
    let overwrites = |position: usize| {
        answer(position).is_some_and(|answer| model.overwrites(&calls[position].op, answer))
    };
    let needs = |position: usize| {
        let (later, answer) = (&calls[position].op, answer(position));
        let may_enable = |&other: &usize| {
            other != position
                && ends[position] >= calls[other].invoke
                && model.enables(&calls[other].op, later, answer)
        };
        let needed = (first..whole).filter(may_enable).collect();
        let before = (0..first).rev().find(may_enable).map(|other| ends[other]);
        Needs { calls: needed, before }
    };
    Closure {
        overwrites: (0..whole).map(overwrites).collect(),
        needs: (first..whole).map(needs).collect(),
        invokes: calls.iter().map(|call| call.invoke).collect(),
        ends,
        first,
    }
}

// What follows knows no model, so that it is compiled once, not once for each model.

/// Returns the first of the stamps by which the calls are lost; `fine` of them are known to be legal.
fn first_lost(
    mut returns: Vec<u64>,
    mut fine: usize,
    is_lost_by: &mut dyn FnMut(u64) -> bool,
) -> u64 {
    returns.sort_unstable();
    let mut lost = returns.len();
    // Most violations are seen where the search was stuck, so ever larger parts are tried first.
    let mut reach = 1;
    while lost - fine > 1 {
        let middle = (fine + reach).min(fine + (lost - fine) / 2).max(fine + 1);
        reach *= 2;
        if is_lost_by(returns[middle - 1]) {
            lost = middle;
            reach = 1;
        } else {
            fine = middle;
        }
    }
    returns.get(lost.saturating_sub(1)).copied().unwrap_or(0)
}

/// Says of calls, by their positions, whether they have no legal order.
type IsViolated<'f> = &'f mut dyn FnMut(&[usize]) -> bool;

/// The calls that each call needs. Calls are identified by their positions in the order of returns.
struct Closure {
    invokes: Vec<u64>,
    /// The return of each call, `u64::MAX` if it is open.
    ends: Vec<u64>,
    /// The position from which on calls may be part of the proof.
    first: usize,
    /// The calls that each call from `first` on may need.
    needs: Vec<Needs>,
    /// True for each call that overwrites what happened before it.
    overwrites: Vec<bool>,
}

/// The calls that a call may need.
struct Needs {
    /// Calls that may be part of the proof.
    calls: Vec<usize>,
    /// The latest return of the others.
    before: Option<u64>,
}

impl Closure {
    /// Returns a smallest closed set that is violated; `None` if there is none among the last calls.
    fn smallest(&self, is_violated: IsViolated<'_>) -> Option<Vec<usize>> {
        let mut proof = self.recent(is_violated)?;
        let mut chunk = proof.len().next_power_of_two() / 2;
        while chunk > 0 {
            let before = proof.len();
            proof = without_chunks(proof, chunk, |rest| {
                let rest = self.closed_part(rest);
                is_violated(&rest).then_some(rest)
            });
            // What one removal makes possible may be an earlier one.
            if chunk > 1 || proof.len() == before {
                chunk /= 2;
            }
        }
        Some(proof)
    }

    /// Returns a violation among the last calls, whose number is doubled until there is one.
    fn recent(&self, is_violated: IsViolated<'_>) -> Option<Vec<usize>> {
        let whole = self.ends.len();
        let open = self.ends.iter().filter(|&&end| end == u64::MAX).count();
        let mut count = 16 + open;
        loop {
            let start = whole.saturating_sub(count).max(self.first);
            let part = self.closed_part((start..whole).collect());
            if is_violated(&part) {
                return Some(part);
            }
            if start == self.first {
                return None;
            }
            count *= 2;
        }
    }

    /// Returns the largest closed part of these calls, which are sorted.
    fn closed_part(&self, mut part: Vec<usize>) -> Vec<usize> {
        let mut kept = vec![false; self.ends.len()];
        part.iter().for_each(|&position| kept[position] = true);
        loop {
            // For each number of returns, the latest call of a kept one that overwrites: calls that returned before it
            // are hidden from those that began after its return.
            let mut hidden_from = Vec::with_capacity(part.len() + 1);
            let mut latest = 0;
            hidden_from.push((0, 0));
            for &position in part.iter().filter(|&&position| self.overwrites[position]) {
                latest = self.invokes[position].max(latest);
                hidden_from.push((self.ends[position], latest));
            }
            let before = part.len();
            part.retain(|&position| {
                let invoke = self.invokes[position];
                let known = hidden_from.partition_point(|&(end, _)| end < invoke).max(1);
                let hidden = hidden_from[known - 1].1;
                let needs = &self.needs[position - self.first];
                // Most calls need earlier ones, so one pass removes most of what depends on each other.
                kept[position] = needs.before.is_none_or(|end| end < hidden)
                    && needs.calls.iter().all(|&other| kept[other] || self.ends[other] < hidden);
                kept[position]
            });
            if part.len() == before {
                return part;
            }
        }
    }
}
