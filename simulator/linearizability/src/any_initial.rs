//! Keys that may start with any value: each of those is tried that can make a difference.
//!
//! The initial value matters only to operations that take effect before the first write, and thus only to those before
//! which no write had returned. So one of the values that these observed is the initial one, or a value that appears
//! nowhere.

use super::history::{Action, History, KeyId, OpId, ValueId};
use super::keys::{self, Judgement, Keys};
use super::sweep::{KeyOps, Sweep};
use super::verdict::{Budget, Verdict, Violation};

/// Checks a history whose keys may start with any value.
pub(super) fn check(history: &History, budget: Budget) -> Verdict {
    let mut lost: Option<(u64, KeyId, ValueId)> = None;
    let mut unknown = None;
    let mut history = history.clone();
    let other = ValueId(history.values.mint("another value".into()) + 1);
    let keys = Keys::new(&history);
    let mut sweep = Sweep::new(&history);
    for key in (0..history.keys() as u32).map(KeyId) {
        match judge(&mut history, keys.ops(key), other, &mut sweep, budget) {
            (_, Judgement::Linearizable) => {}
            (initial, Judgement::Lost { at, .. }) => {
                if lost.is_none_or(|(earliest, ..)| at < earliest) {
                    lost = Some((at, key, initial));
                }
            }
            (_, Judgement::Unknown { steps }) => {
                unknown.get_or_insert((key, steps));
            }
        }
    }
    if let Some((at, key, initial)) = lost {
        history.initial = initial;
        let proof = keys::prove(&history, keys.ops(key), at, true, budget.steps);
        return Verdict::NotLinearizable(Box::new(Violation::new(&history, key, &proof, at)));
    }
    match unknown {
        Some((key, steps)) => Verdict::Unknown { key: history.key_name(key).to_string(), steps },
        None => Verdict::Linearizable,
    }
}

/// Returns for every key an order that is legal with some initial value; `None` if that is not found.
pub(super) fn orders(history: &History, budget: Budget) -> Option<Vec<(KeyId, Vec<OpId>)>> {
    let mut history = history.clone();
    let other = ValueId(history.values.mint("another value".into()) + 1);
    let keys = Keys::new(&history);
    let mut sweep = Sweep::new(&history);
    let mut orders = Vec::new();
    for key in (0..history.keys() as u32).map(KeyId) {
        let (initial, _) = judge(&mut history, keys.ops(key), other, &mut sweep, budget);
        history.initial = initial;
        orders.push((key, keys::order(&history, keys.ops(key), budget.steps)?));
    }
    Some(orders)
}

/// Judges a key with each initial value that matters. Returns the best judgement, with the value.
fn judge(
    history: &mut History,
    ops: KeyOps<'_>,
    other: ValueId,
    sweep: &mut Sweep,
    budget: Budget,
) -> (ValueId, Judgement) {
    let mut best: Option<(ValueId, Judgement)> = None;
    for initial in candidates(history, ops, other) {
        history.initial = initial;
        let judgement = keys::judge(history, ops, sweep, budget.steps);
        let is_better = match (best, judgement) {
            (None, _) | (_, Judgement::Linearizable) => true,
            (Some((_, Judgement::Lost { at: then, .. })), Judgement::Lost { at, .. }) => at > then,
            (Some((_, Judgement::Lost { .. })), Judgement::Unknown { .. }) => true,
            _ => false,
        };
        if is_better {
            best = Some((initial, judgement));
        }
        if judgement == Judgement::Linearizable {
            break;
        }
    }
    best.unwrap_or((other, Judgement::Linearizable))
}

/// Returns the values that may be the initial one, the likeliest first.
fn candidates(history: &History, ops: KeyOps<'_>, other: ValueId) -> Vec<ValueId> {
    let operations = || ops.completed.iter().map(|&id| history.operation(id));
    let writes = operations().filter(|operation| operation.action.written().is_some());
    let written = writes.map(|write| write.end).min().unwrap_or(u64::MAX);
    let early = operations().filter(|operation| operation.invoke <= written);
    let mut values = Vec::new();
    for operation in early {
        let observed = match operation.action {
            Action::Get { value } => value,
            Action::Cas { from, ok: Some(true), .. } => from,
            Action::Put { .. } | Action::Cas { .. } => continue,
        };
        if !values.contains(&observed) {
            values.push(observed);
        }
    }
    values.push(other);
    values
}
