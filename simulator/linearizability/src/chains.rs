//! Unique values with compare-and-set: clusters are joined into chains, then whole chains are swept.
//!
//! A successful compare-and-set reads one value and writes the next in one step, so no other operation fits between the
//! two clusters. They form a chain, which behaves like one big cluster. There is a violation if two such operations
//! read the same value, if a chain is a ring, or if the links of a chain contradict real time.

use super::history::{Action, History, OpId, ValueId};
use super::sweep::{KeyOps, Swept};

/// All operations on one value.
#[derive(Clone, Debug, Default)]
struct Cluster {
    /// The least return and the greatest invocation; an empty cluster has `first > last`.
    zone: Zone,
    /// The operation that wrote the value.
    write: Option<OpId>,
    /// The writes that never returned and may have written the value.
    candidates: Vec<OpId>,
    /// The clusters whose values a compare-and-set wrote after it read this value.
    next: Vec<usize>,
    observed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Zone {
    first: u64,
    last: u64,
}

impl Default for Zone {
    fn default() -> Self {
        Zone { first: u64::MAX, last: 0 }
    }
}

impl Zone {
    fn join(&mut self, other: Zone) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// Checks a key after a number of completions.
pub(super) fn check(history: &History, ops: KeyOps<'_>, completions: usize) -> Swept {
    let mut chains = Chains::new(history, ops, completions);
    if !chains.gather() || !chains.adopt_unreturned() || chains.has_asserting_failure() {
        return Swept::NotUnique;
    }
    if chains.link() && chains.judge() { Swept::Linearizable } else { Swept::Violated }
}

/// Returns a legal order of all operations that matter, if the values are unique and there is one.
pub(super) fn order(history: &History, ops: KeyOps<'_>) -> Option<Vec<OpId>> {
    let mut chains = Chains::new(history, ops, ops.completed.len());
    let unique = chains.gather() && chains.adopt_unreturned() && !chains.has_asserting_failure();
    (unique && chains.link() && chains.judge()).then(|| chains.in_order())
}

struct Chains<'a> {
    history: &'a History,
    ops: KeyOps<'a>,
    completions: usize,
    /// The values that occur, sorted; the index of a cluster is the position of its value.
    values: Vec<ValueId>,
    clusters: Vec<Cluster>,
    initial: usize,
}

impl<'a> Chains<'a> {
    fn new(history: &'a History, ops: KeyOps<'a>, completions: usize) -> Self {
        let values = history.values_of(&ops.all());
        let clusters = vec![Cluster::default(); values.len()];
        let mut chains = Chains { history, ops, completions, values, clusters, initial: 0 };
        chains.initial = chains.code(history.initial);
        chains
    }

    fn code(&self, value: ValueId) -> usize {
        self.values.partition_point(|&known| known < value)
    }

    /// Builds the clusters of the operations that returned; returns false if a value is written twice.
    fn gather(&mut self) -> bool {
        for &id in &self.ops.completed[..self.completions] {
            let unique = match self.history.operation(id).action {
                Action::Get { value } => {
                    let (cluster, zone) = (self.code(value), self.zone(id));
                    self.clusters[cluster].zone.join(zone);
                    self.clusters[cluster].observed = true;
                    true
                }
                Action::Put { .. } | Action::Cas { .. } => self.write(id),
            };
            if !unique {
                return false;
            }
        }
        true
    }

    fn zone(&self, id: OpId) -> Zone {
        let operation = self.history.operation(id);
        Zone { first: operation.end, last: operation.invoke }
    }

    /// Adds a write that took effect; returns false if the value already has one.
    fn write(&mut self, id: OpId) -> bool {
        let action = self.history.operation(id).action;
        let Some(value) = action.written().map(|value| self.code(value)) else {
            return true;
        };
        if value == self.initial || self.clusters[value].write.replace(id).is_some() {
            return false;
        }
        let zone = self.zone(id);
        self.clusters[value].zone.join(zone);
        if let Action::Cas { from: source, .. } = action {
            let source = self.code(source);
            self.clusters[source].next.push(value);
            self.clusters[source].observed = true;
        }
        true
    }

    /// Adds the writes that never returned, but must have taken effect because their value was observed.
    fn adopt_unreturned(&mut self) -> bool {
        for id in self.ops.open_after(self.completions) {
            if let Some(value) = self.history.operation(id).action.written() {
                let value = self.code(value);
                self.clusters[value].candidates.push(id);
            }
        }
        let mut observed: Vec<usize> =
            (0..self.clusters.len()).filter(|&value| self.clusters[value].observed).collect();
        while let Some(value) = observed.pop() {
            for id in std::mem::take(&mut self.clusters[value].candidates) {
                // In a prefix the return may be recorded, but lies in the future.
                let first = self.clusters[value].zone.first;
                if !self.write(id) {
                    return false;
                }
                self.clusters[value].zone.first = first;
                if let Action::Cas { from, .. } = self.history.operation(id).action {
                    observed.push(self.code(from));
                }
            }
        }
        true
    }

    /// Returns true if a failed compare-and-set excludes a value that the key could have had.
    fn has_asserting_failure(&self) -> bool {
        self.ops.completed[..self.completions].iter().any(|&id| {
            match self.history.operation(id).action {
                Action::Cas { from, ok: Some(false), .. } => {
                    let from = self.code(from);
                    from == self.initial || self.clusters[from].write.is_some()
                }
                _ => false,
            }
        })
    }

    /// Returns true if every observed value has a write that had begun before, and at most one follower.
    fn link(&self) -> bool {
        self.clusters.iter().enumerate().all(|(value, cluster)| {
            let begun = match cluster.write {
                Some(id) => self.history.operation(id).invoke,
                None if value == self.initial => 0,
                None => u64::MAX,
            };
            (!cluster.observed || begun != u64::MAX)
                && cluster.zone.first >= begun
                && cluster.next.len() <= 1
        })
    }

    /// Returns true if the chains, each taken as one cluster, agree with real time and with each other.
    fn judge(&self) -> bool {
        let before_all = self.chain(self.initial);
        let others: Option<Vec<_>> = self.heads().map(|head| self.chain(head)).collect();
        let (Some((before_all, length)), Some(others)) = (before_all, others) else {
            return false;
        };
        let reached = length + others.iter().map(|(_, length)| length).sum::<usize>();
        let writes = self.clusters.iter().filter(|cluster| cluster.write.is_some()).count();
        let zones: Vec<Zone> = others.into_iter().map(|(zone, _)| zone).collect();
        // Clusters that no chain from a head reaches form a ring.
        reached == writes + 1
            && zones.iter().all(|zone| zone.first >= before_all.last)
            && fit(zones)
    }

    /// Returns the values written by puts. Each begins a chain, as the initial value does.
    fn heads(&self) -> impl Iterator<Item = usize> {
        let is_put = |id: OpId| matches!(self.history.operation(id).action, Action::Put { .. });
        let clusters = self.clusters.iter().enumerate();
        clusters
            .filter(move |(_, cluster)| cluster.write.is_some_and(is_put))
            .map(|(value, _)| value)
    }

    /// Returns the operations, chain after chain.
    ///
    /// No two zones overlap. So the beginning of a zone is early enough for all operations that must follow it; for a
    /// cluster without a zone, the time at which all its members have begun is.
    fn in_order(&self) -> Vec<OpId> {
        let mut gets = vec![Vec::new(); self.clusters.len()];
        for &id in self.ops.completed {
            if let Action::Get { value } = self.history.operation(id).action {
                gets[self.code(value)].push(id);
            }
        }
        let mut heads: Vec<usize> = self.heads().collect();
        heads.sort_by_cached_key(|&head| {
            let Zone { first, last } =
                self.chain(head).map_or_else(Zone::default, |(zone, _)| zone);
            (first.min(last), first < last)
        });
        let mut order = Vec::new();
        for head in std::iter::once(self.initial).chain(heads) {
            let mut at = Some(head);
            while let Some(value) = at {
                order.extend(self.clusters[value].write);
                order.append(&mut gets[value]);
                at = self.clusters[value].next.first().copied();
            }
        }
        order
    }

    /// Returns the zone and the length of the chain that begins at `head`; `None` if its links contradict real time.
    fn chain(&self, head: usize) -> Option<(Zone, usize)> {
        let mut whole = self.clusters[head].zone;
        let mut length = 1;
        let mut at = head;
        while let Some(&next) = self.clusters[at].next.first() {
            let zone = self.clusters[next].zone;
            if zone.first < whole.last {
                return None;
            }
            whole.join(zone);
            length += 1;
            at = next;
        }
        Some((whole, length))
    }
}

/// Returns true if no two zones must each come before the other.
fn fit(mut zones: Vec<Zone>) -> bool {
    zones.sort_by_key(|zone| zone.first);
    let mut previous: Option<Zone> = None;
    zones.into_iter().all(|zone| {
        let fits = previous.is_none_or(|last| zone.first >= last.last || last.first >= zone.last);
        if zone.first < zone.last {
            previous = Some(zone);
        }
        fits
    })
}
