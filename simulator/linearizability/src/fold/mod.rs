//! Folding: a history is checked up to some point and shortened during its recording, so that the length of a run is
//! not bounded by memory.
//!
//! A put that overlaps with no other operation of its key, not even with one that has not returned yet, cuts the key's
//! history in two: it follows all operations before it and precedes all after it. After the put the key has its value,
//! whatever happened before. So the whole is linearizable exactly if both parts are, with the put in each. The earlier
//! part is checked and dropped, except for the put. If it has no legal order, the key keeps all operations, so that the
//! check at the end reports the violation.
//!
//! An operation that never returns overlaps with all later ones, and would prevent further cuts. But a get without a
//! return has no effect. A put of a value that is written once took effect before the cut if its value was read there;
//! it then belongs to the earlier part. Otherwise it may take effect later or never, and stays.

use super::history::{Action, History, KeyId, NEVER, OpId, Operation, ValueId};
use super::keys::{Judgement, Keys, judge};
use super::recorder::Recorder;
use super::sweep::{KeyOps, Sweep};

impl Recorder {
    /// Checks the history so far, and drops the operations that later ones cannot affect.
    ///
    /// `called_since` returns the stamp of the earliest operation on a key that has begun but is not recorded yet,
    /// `u64::MAX` if there is none. `budget` bounds the search for each key. After this call, ids of operations are
    /// invalid. Ids of values are valid only if they are in the remaining history or among the `held`.
    pub fn fold(
        &mut self,
        called_since: impl Fn(KeyId) -> u64,
        held: impl Iterator<Item = ValueId>,
        budget: u64,
    ) {
        if self.is_unsorted() {
            return;
        }
        let history = self.history_mut();
        let keys = Keys::new(history);
        let mut is_dropped = vec![false; history.operations.len()];
        let mut sweep = Sweep::new(history);
        for key in (0..history.keys() as u32).map(KeyId) {
            let ops = keys.ops(key);
            let blocked_since = blocked_since(history, ops).min(called_since(key));
            let Some(cut) = last_cut(history, ops.completed, blocked_since) else { continue };
            let (earlier, unreturned) = (&ops.completed[..cut], read_by(history, ops, cut));
            let before = KeyOps { completed: &ops.completed[..=cut], unreturned: &unreturned };
            if judge(history, before, &mut sweep, budget) == Judgement::Linearizable {
                let dropped = earlier.iter().chain(&unreturned);
                dropped.for_each(|id| is_dropped[id.index()] = true);
            }
        }
        drop_operations(history, &is_dropped);
        drop_values(history, held);
    }
}

/// Returns the call of the first operation that never returned and that no cut can pass.
fn blocked_since(history: &History, ops: KeyOps<'_>) -> u64 {
    let all = || ops.completed.iter().chain(ops.unreturned).map(|&id| history.operation(id));
    let is_simple = |operation: &Operation| match operation.action {
        Action::Get { .. } => true,
        Action::Put { value } => {
            all().filter(|other| other.action.written() == Some(value)).count() == 1
        }
        Action::Cas { .. } => false,
    };
    let has_cas = || all().any(|operation| matches!(operation.action, Action::Cas { .. }));
    let unreturned = ops.unreturned.iter().map(|&id| history.operation(id));
    let blocking = unreturned.filter(|operation| !is_simple(operation) || has_cas());
    blocking.map(|operation| operation.invoke).min().unwrap_or(NEVER)
}

/// Returns the puts without a return whose values were read before a cut.
fn read_by(history: &History, ops: KeyOps<'_>, cut: usize) -> Vec<OpId> {
    let is_read = |value: ValueId| {
        let mut earlier = ops.completed[..cut].iter();
        earlier.any(|&id| history.operation(id).action == Action::Get { value })
    };
    let unreturned = ops.unreturned.iter().copied();
    unreturned
        .filter(|&id| match history.operation(id).action {
            Action::Put { value } => is_read(value),
            Action::Get { .. } | Action::Cas { .. } => false,
        })
        .collect()
}

/// Returns the index of the last put that overlaps with no other operation, among the returned operations of a key. It
/// is at least 1, so that the cut drops something.
fn last_cut(history: &History, completed: &[OpId], blocked_since: u64) -> Option<usize> {
    let mut next_call = blocked_since;
    for place in (1..completed.len()).rev() {
        let operation = history.operation(completed[place]);
        let last_return = history.operation(completed[place - 1]).end;
        let is_alone = last_return < operation.invoke && operation.end < next_call;
        if is_alone && matches!(operation.action, Action::Put { .. }) {
            return Some(place);
        }
        next_call = next_call.min(operation.invoke);
    }
    None
}

/// Drops the chosen operations, and renumbers the others.
fn drop_operations(history: &mut History, is_dropped: &[bool]) {
    let mut moved = Vec::with_capacity(is_dropped.len());
    let mut kept = 0;
    for &dropped in is_dropped {
        moved.push(OpId(kept));
        kept += u32::from(!dropped);
    }
    history.folded += is_dropped.len() as u64 - u64::from(kept);
    let mut dropped = is_dropped.iter();
    history.operations.retain(|_| dropped.next() != Some(&true));
    history.completions.retain(|id| !is_dropped[id.index()]);
    history.completions.iter_mut().for_each(|id| *id = moved[id.index()]);
}

/// Drops the texts of values that no operation uses any more.
fn drop_values(history: &mut History, held: impl Iterator<Item = ValueId>) {
    let mut is_used = vec![false; history.value_count()];
    held.for_each(|value| is_used[value.index()] = true);
    for operation in &history.operations {
        match operation.action {
            Action::Put { value } | Action::Get { value } => is_used[value.index()] = true,
            Action::Cas { from, to, .. } => {
                is_used[from.index()] = true;
                is_used[to.index()] = true;
            }
        }
    }
    let unused = is_used.iter().skip(1).enumerate().filter(|(_, is_used)| !**is_used);
    unused.for_each(|(name, _)| history.values.free(name as u32));
}

#[cfg(test)]
mod tests;
