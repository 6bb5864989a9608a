//! The division of a history by keys.
//!
//! Linearizability is local (Herlihy & Wing, section 3.3): a history is linearizable exactly if the operations on each
//! key are. So each key is judged alone, by the cheapest method that is exact for it.

use std::panic::resume_unwind;

use super::chains;
use super::history::{Action, History, KeyId, NEVER, OpId};
use super::proof::{self, Proof};
use super::repeated::{self, Outcome};
use super::shrink;
use super::sweep::{KeyOps, Sweep, Swept};

/// The number of operations below which starting threads costs more time than it saves.
const WORTH_THREADS: usize = 50_000;

/// The operations of a history, grouped by key.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    completed: Groups,
    unreturned: Groups,
}

impl Keys {
    pub(crate) fn new(history: &History) -> Keys {
        let all = (0..history.operations.len() as u32).map(OpId);
        let unreturned: Vec<OpId> = all.filter(|&id| history.operation(id).end == NEVER).collect();
        Keys {
            completed: Groups::new(history, &history.completions),
            unreturned: Groups::new(history, &unreturned),
        }
    }

    /// Judges every key. The results do not depend on the number of threads.
    pub(crate) fn judge_all(&self, history: &History, budget: u64) -> Vec<(KeyId, Judgement)> {
        let keys = history.keys() as u32;
        let threads = threads_worth_starting(history).min(keys).max(1);
        let judge_share = |share: u32| {
            let mut sweep = Sweep::new(history);
            let mine = (share..keys).step_by(threads as usize).map(KeyId);
            mine.map(|key| (key, judge(history, self.ops(key), &mut sweep, budget)))
                .collect::<Vec<_>>()
        };
        if threads <= 1 {
            return judge_share(0);
        }
        let mut judged = std::thread::scope(|scope| {
            let judge_share = &judge_share;
            let workers: Vec<_> =
                (0..threads).map(|share| scope.spawn(move || judge_share(share))).collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect::<Vec<_>>()
        });
        judged.sort_unstable_by_key(|&(key, _)| key);
        judged
    }

    pub(crate) fn ops(&self, key: KeyId) -> KeyOps<'_> {
        KeyOps { completed: self.completed.get(key), unreturned: self.unreturned.get(key) }
    }
}

/// Returns the number of threads to use. It does not query the system for a small history, because that would take
/// longer than the check.
fn threads_worth_starting(history: &History) -> u32 {
    if history.operations.len() < WORTH_THREADS {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |count| count.get() as u32)
}

/// Operations sorted by key, and in the given order within each key.
#[derive(Clone, Debug)]
struct Groups {
    ids: Vec<OpId>,
    /// The index at which each key's operations begin, and the end of the last.
    starts: Vec<usize>,
}

impl Groups {
    /// Sorts operations by key with a counting sort.
    fn new(history: &History, ids: &[OpId]) -> Groups {
        if history.keys() == 1 {
            return Groups { ids: ids.to_vec(), starts: vec![0, ids.len()] };
        }
        let mut starts = vec![0; history.keys() + 1];
        for &id in ids {
            starts[history.operation(id).key.index() + 1] += 1;
        }
        for key in 1..starts.len() {
            starts[key] += starts[key - 1];
        }
        let mut next = starts.clone();
        let mut sorted = vec![OpId(0); ids.len()];
        for &id in ids {
            let place = &mut next[history.operation(id).key.index()];
            sorted[*place] = id;
            *place += 1;
        }
        Groups { ids: sorted, starts }
    }

    fn get(&self, key: KeyId) -> &[OpId] {
        &self.ids[self.starts[key.index()]..self.starts[key.index() + 1]]
    }
}

/// The result for one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Linearizable,
    /// There is no legal order from the return at stamp `at` on. `swept` is true if the sweep found it.
    Lost {
        at: u64,
        swept: bool,
    },
    Unknown {
        steps: u64,
    },
}

/// Judges one key with the cheapest method that is exact for it.
pub(super) fn judge(
    history: &History,
    ops: KeyOps<'_>,
    sweep: &mut Sweep,
    budget: u64,
) -> Judgement {
    match sweep.check(history, ops) {
        Swept::Linearizable => return Judgement::Linearizable,
        Swept::Violated => {
            return Judgement::Lost { at: sweep.lost_at(history, ops), swept: true };
        }
        Swept::NotUnique => {}
    }
    let check = |completions| chains::check(history, ops, completions);
    match check(ops.completed.len()) {
        Swept::Linearizable => return Judgement::Linearizable,
        Swept::Violated => {
            return Judgement::Lost { at: lost_at(history, ops, check), swept: false };
        }
        Swept::NotUnique => {}
    }
    let mut left = budget;
    match repeated::search(history, &ops.all(), &mut left) {
        Outcome::Linearizable => Judgement::Linearizable,
        Outcome::Lost(at) => Judgement::Lost { at, swept: false },
        Outcome::OutOfBudget => Judgement::Unknown { steps: budget - left },
    }
}

/// Returns the stamp of the first return after which a violated key has no legal order.
///
/// Every shorter history has a legal order and every longer one has none, so bisection finds it.
fn lost_at(history: &History, ops: KeyOps<'_>, mut check: impl FnMut(usize) -> Swept) -> u64 {
    let (mut fine, mut lost) = (0, ops.completed.len());
    while lost - fine > 1 {
        let middle = fine + (lost - fine) / 2;
        if check(middle) == Swept::Violated { lost = middle } else { fine = middle }
    }
    history.operation(ops.completed[lost - 1]).end
}

/// Returns a legal order of a key's operations, or `None` if the search gives up.
pub(super) fn order(history: &History, ops: KeyOps<'_>, mut steps: u64) -> Option<Vec<OpId>> {
    let failed =
        |&id: &OpId| matches!(history.operation(id).action, Action::Cas { ok: Some(false), .. });
    if !ops.completed.iter().any(failed)
        && let Some(order) = chains::order(history, ops)
    {
        return Some(order);
    }
    repeated::order(history, &ops.all(), &mut steps)
}

/// Returns a proof that a key is not linearizable, which has no legal order from the return at stamp `at` on.
pub(super) fn prove(
    history: &History,
    ops: KeyOps<'_>,
    at: u64,
    swept: bool,
    budget: u64,
) -> Proof {
    let least = if swept { proof::least(history, ops) } else { None };
    least.unwrap_or_else(|| {
        let mut sweep = Sweep::new(history);
        let mut left = budget;
        shrink::shrink(history, &ops.all(), at, |ids| {
            is_violated(history, ids, &mut sweep, &mut left)
        })
    })
}

/// Returns true if some operations of one key, ordered by the stamp of their return, certainly have no legal order.
fn is_violated(history: &History, ids: &[OpId], sweep: &mut Sweep, steps: &mut u64) -> bool {
    let (completed, unreturned) =
        ids.split_at(ids.partition_point(|&id| history.operation(id).end != NEVER));
    let ops = KeyOps { completed, unreturned };
    let swept = match sweep.check(history, ops) {
        Swept::NotUnique => chains::check(history, ops, completed.len()),
        swept => swept,
    };
    match swept {
        Swept::Linearizable => false,
        Swept::Violated => true,
        Swept::NotUnique => repeated::is_violated(history, ids, steps),
    }
}
