//! Shrinking of a violation that a search found, without ever making an illegal history from a legal one.
//!
//! Leaving out a get is always sound: if the whole has a legal order, so has the rest. Leaving out a write is sound
//! only if no remaining operation can have read it. So a sub-history is *closed* if, with each operation that observes
//! a value, it has every write that the operation may have observed: every write of that value that had begun by then,
//! unless another remaining write certainly came in between. If a closed sub-history has no legal order, neither has
//! the whole.
//!
//! The union of closed sub-histories is closed, so each set of operations has one largest closed part. Additional
//! operations never make an illegal history legal. So trying once to leave out each operation leads to a minimal proof.

use super::history::{Action, History, NEVER, OpId, Operation, ValueId};
use super::proof::{Precedence, Proof};
use super::reduce::without_chunks;
use super::verdict::Kind;

/// The number of operations up to which the proof is not only minimal, but the smallest of all.
const EXHAUSTIVE: usize = 12;

/// Shrinks the operations of a key that has no legal order from the return at stamp `lost_at` on.
///
/// `violated` returns true if some operations by themselves are a violation, and false if it cannot decide: the proof
/// is then still sound, but may be larger.
pub(super) fn shrink(
    history: &History,
    ids: &[OpId],
    lost_at: u64,
    violated: impl FnMut(&[OpId]) -> bool,
) -> Proof {
    // If there are only a few operations, later ones are considered too, since they may allow a smaller proof.
    let horizon = if ids.len() <= EXHAUSTIVE { NEVER - 1 } else { lost_at };
    let mut shrinker = Shrinker::new(history, ids, horizon, violated);
    let mut proof = shrinker.recent();
    let mut chunk = proof.len() / 2;
    while chunk > 0 {
        proof = without_chunks(proof, chunk, |rest| {
            let rest = shrinker.closed_part(rest);
            shrinker.is_violated(&rest).then_some(rest)
        });
        chunk /= 2;
    }
    if ids.len() <= EXHAUSTIVE {
        proof = shrinker.least(proof);
    }
    shrinker.present(&proof, ids)
}

/// The state of a shrinking. Operations are identified by their positions in the order of returns.
struct Shrinker<'a, F> {
    history: &'a History,
    /// All operations that can matter to the violation, ordered by the stamp of the return.
    ids: Vec<OpId>,
    /// The positions of the writes.
    writes: Vec<usize>,
    /// The positions of the writes, ordered by value.
    writes_of: Vec<(ValueId, usize)>,
    violated: F,
}

impl<'a, F: FnMut(&[OpId]) -> bool> Shrinker<'a, F> {
    fn new(history: &'a History, ids: &[OpId], horizon: u64, violated: F) -> Self {
        let matters = |operation: &Operation| {
            operation.invoke <= horizon
                && (operation.action.written().is_some() || operation.end <= horizon)
        };
        let mut ids: Vec<OpId> =
            ids.iter().copied().filter(|&id| matters(history.operation(id))).collect();
        ids.sort_by_key(|&id| (history.operation(id).end, id));
        let written = |position: usize| history.operation(ids[position]).action.written();
        let mut writes_of: Vec<(ValueId, usize)> =
            (0..ids.len()).filter_map(|position| Some((written(position)?, position))).collect();
        let writes = writes_of.iter().map(|&(_, position)| position).collect();
        writes_of.sort_unstable();
        Shrinker { history, ids, writes, writes_of, violated }
    }

    fn operation(&self, position: usize) -> &'a Operation {
        self.history.operation(self.ids[position])
    }

    fn is_violated(&mut self, part: &[usize]) -> bool {
        let ids: Vec<OpId> = part.iter().map(|&position| self.ids[position]).collect();
        (self.violated)(&ids)
    }

    /// Returns a violation among the last operations, whose number is doubled until there is one.
    fn recent(&mut self) -> Vec<usize> {
        let whole = self.ids.len();
        let mut count = 32;
        while count < whole {
            let part = self.closed_part((whole - count..whole).collect());
            if self.is_violated(&part) {
                return part;
            }
            count *= 2;
        }
        (0..whole).collect()
    }

    /// Returns the largest closed part of these operations.
    fn closed_part(&self, mut part: Vec<usize>) -> Vec<usize> {
        loop {
            let kept = part.clone();
            part.retain(|&position| self.is_supported(position, &kept));
            if part.len() == kept.len() {
                return part;
            }
        }
    }

    /// Returns true if `kept`, which is sorted, has every write that this operation may have observed.
    fn is_supported(&self, position: usize, kept: &[usize]) -> bool {
        let observer = self.operation(position);
        let Some(needed) = Needed::by(observer) else {
            return true;
        };
        let is_kept = |write: usize| kept.binary_search(&write).is_ok();
        // The latest beginning of a kept write that was certainly over before the observer began.
        let kept_operations = kept.iter().map(|&other| self.operation(other));
        let settled = kept_operations
            .filter(|write| write.action.written().is_some() && write.precedes(observer));
        let overwritten_from = settled.map(|write| write.invoke).max().unwrap_or(0);
        let may_be_observed = |write: usize| {
            let operation = self.operation(write);
            write != position && operation.end >= overwritten_from && !observer.precedes(operation)
        };
        match needed {
            Needed::AnyBut(value) => {
                let from = self
                    .writes
                    .partition_point(|&write| self.operation(write).end < overwritten_from);
                let others = self.writes[from..].iter().copied();
                let others =
                    others.filter(|&write| self.operation(write).action.written() != Some(value));
                others.filter(|&write| may_be_observed(write)).all(is_kept)
            }
            Needed::This(value) => {
                let writes = self.writes_of(value);
                let mut others = writes
                    .iter()
                    .map(|&(_, write)| write)
                    .filter(|&write| write != position)
                    .peekable();
                // Not needed for soundness, but for a proof that can be understood alone: if a value was written, some
                // write of it is shown.
                let needs_one = value != self.history.initial && others.peek().is_some();
                let from = writes
                    .partition_point(|&(_, write)| self.operation(write).end < overwritten_from);
                let all_kept = writes[from..]
                    .iter()
                    .map(|&(_, write)| write)
                    .filter(|&write| may_be_observed(write))
                    .all(is_kept);
                all_kept && (!needs_one || others.any(is_kept))
            }
        }
    }

    fn writes_of(&self, value: ValueId) -> &[(ValueId, usize)] {
        let start = self.writes_of.partition_point(|&(other, _)| other < value);
        let end = self.writes_of.partition_point(|&(other, _)| other <= value);
        &self.writes_of[start..end]
    }

    /// Returns the first of the smallest closed violations, given some violation.
    fn least(&mut self, proof: Vec<usize>) -> Vec<usize> {
        let mut subsets: Vec<u32> = (1..1 << self.ids.len())
            .filter(|set: &u32| set.count_ones() < proof.len() as u32)
            .collect();
        subsets.sort_by_key(|set| set.count_ones());
        for set in subsets {
            let part: Vec<usize> =
                (0..self.ids.len()).filter(|position| set >> position & 1 == 1).collect();
            if part.iter().all(|&position| self.is_supported(position, &part))
                && self.is_violated(&part)
            {
                return part;
            }
        }
        proof
    }

    fn present(&self, proof: &[usize], ids: &[OpId]) -> Proof {
        let mut operations: Vec<OpId> = proof.iter().map(|&position| self.ids[position]).collect();
        let late_writes: Vec<OpId> =
            operations.iter().filter_map(|&id| self.late_write(id, ids)).collect();
        operations.extend(late_writes);
        operations.sort_unstable();
        operations.dedup();
        let edges = self.edges(&operations);
        Proof { kind: self.kind(&operations), operations, edges }
    }

    /// Returns the first write of a value that an operation observed before any write of it began.
    fn late_write(&self, id: OpId, ids: &[OpId]) -> Option<OpId> {
        let Some(Needed::This(value)) = Needed::by(self.history.operation(id)) else {
            return None;
        };
        if value == self.history.initial || !self.writes_of(value).is_empty() {
            return None;
        }
        let writes = ids
            .iter()
            .copied()
            .filter(|&id| self.history.operation(id).action.written() == Some(value));
        writes.min_by_key(|&id| (self.history.operation(id).invoke, id))
    }

    fn kind(&self, proof: &[OpId]) -> Kind {
        let operation = |&id: &OpId| self.history.operation(id);
        let mut kind = Kind::Cycle;
        for observer in proof.iter().map(operation) {
            let Some(Needed::This(value)) = Needed::by(observer) else {
                continue;
            };
            if value == self.history.initial || observer.end == NEVER {
                continue;
            }
            let mut writes = proof
                .iter()
                .map(operation)
                .filter(|write| write.action.written() == Some(value))
                .peekable();
            if writes.peek().is_none() {
                return Kind::ThinAir;
            }
            if writes.all(|write| observer.precedes(write)) {
                kind = Kind::FutureRead;
            }
        }
        kind
    }

    /// Returns the real-time order, without pairs that follow from others.
    fn edges(&self, proof: &[OpId]) -> Vec<Precedence> {
        let precedes =
            |a: OpId, b: OpId| self.history.operation(a).precedes(self.history.operation(b));
        let mut edges = Vec::new();
        for &a in proof {
            for &b in proof {
                if precedes(a, b) && !proof.iter().any(|&c| precedes(a, c) && precedes(c, b)) {
                    edges.push(Precedence { before: a, after: b, orders: None });
                }
            }
        }
        edges
    }
}

/// The value that an operation must have observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needed {
    This(ValueId),
    AnyBut(ValueId),
}

impl Needed {
    fn by(observer: &Operation) -> Option<Needed> {
        match observer.action {
            Action::Put { .. } => None,
            Action::Get { value } => Some(Needed::This(value)),
            Action::Cas { from, ok: Some(false), .. } => Some(Needed::AnyBut(from)),
            Action::Cas { from, .. } => Some(Needed::This(from)),
        }
    }
}
