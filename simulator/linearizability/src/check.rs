//! The verdict on a history of registers, key by key.

use super::any_initial;
use super::history::{History, KeyId};
use super::keys::{self, Judgement, Keys};
use super::verdict::{Budget, Verdict, Violation, Witness};

/// Checks every key of a history, and reports the earliest violation.
pub fn check(history: &History, budget: Budget) -> Verdict {
    if history.any_initial {
        return any_initial::check(history, budget);
    }
    let keys = Keys::new(history);
    let mut lost: Option<(u64, KeyId, bool)> = None;
    let mut unknown = None;
    for (key, judgement) in keys.judge_all(history, budget.steps) {
        match judgement {
            Judgement::Linearizable => {}
            Judgement::Lost { at, swept } => {
                if lost.is_none_or(|(earliest, ..)| at < earliest) {
                    lost = Some((at, key, swept));
                }
            }
            Judgement::Unknown { steps } => {
                unknown.get_or_insert((key, steps));
            }
        }
    }
    if let Some((at, key, swept)) = lost {
        let proof = keys::prove(history, keys.ops(key), at, swept, budget.steps);
        return Verdict::NotLinearizable(Box::new(Violation::new(history, key, &proof, at)));
    }
    match unknown {
        Some((key, steps)) => Verdict::Unknown { key: history.key_name(key).to_string(), steps },
        None => Verdict::Linearizable,
    }
}

/// Returns for every key a legal order of its operations.
///
/// # Errors
/// Returns the verdict if there is no legal order, or if the budget is too small to find one.
pub fn witness(history: &History, budget: Budget) -> Result<Witness, Verdict> {
    match check(history, budget) {
        Verdict::Linearizable => {}
        verdict => return Err(verdict),
    }
    if history.any_initial {
        let unknown = Verdict::Unknown { key: String::new(), steps: budget.steps };
        return any_initial::orders(history, budget).ok_or(unknown);
    }
    let keys = Keys::new(history);
    let order = |key: KeyId| match keys::order(history, keys.ops(key), budget.steps) {
        Some(order) => Ok((key, order)),
        None => {
            Err(Verdict::Unknown { key: history.key_name(key).to_string(), steps: budget.steps })
        }
    };
    (0..history.keys() as u32).map(KeyId).map(order).collect()
}
