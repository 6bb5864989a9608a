//! Unique written values: an exact verdict in one sweep, for any concurrency.
//!
//! After Gibbons & Korach, "Testing shared memories". The put of a value and the gets that returned it form a
//! *cluster*; no operation of another cluster fits between them. Let `first` be the least return and `last` the
//! greatest invocation in a cluster. Then `u` must come before `v` exactly if `first(u) < last(v)`. So a history is
//! linearizable exactly if no get returned before its put was invoked, and no two clusters must each come before the
//! other.
//!
//! Only a cluster with `first < last` (its *zone*) can be in such a conflict with a later one. Zones without conflict
//! are disjoint, and completions are ordered by stamp. So one pass in the order of `first`, which remembers only the
//! last zone, finds every conflict. It needs no sorting and no hashing, because values are indexes.

use super::history::{Action, History, OpId};

/// The operations of one key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyOps<'a> {
    /// The operations that returned, ordered by the stamp of the return.
    pub completed: &'a [OpId],
    pub unreturned: &'a [OpId],
}

impl KeyOps<'_> {
    /// Returns all operations.
    pub(crate) fn all(&self) -> Vec<OpId> {
        [self.completed, self.unreturned].concat()
    }

    /// Returns the operations without a return in the history up to a number of completions.
    pub(crate) fn open_after(&self, completions: usize) -> impl Iterator<Item = OpId> {
        self.completed[completions..].iter().chain(self.unreturned).copied()
    }
}

/// The result of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swept {
    Linearizable,
    Violated,
    /// Some value is written twice, or another method is needed for another reason.
    NotUnique,
}

/// All operations on one value.
#[derive(Clone, Copy, Debug, Default)]
struct Cluster {
    /// The least return.
    first: u64,
    /// The greatest invocation.
    last: u64,
    /// The invocation of the put; [`UNWRITTEN`] if there is none.
    begun: u64,
    /// The number of the sweep that filled the cluster; an older number means that it is empty.
    sweep: u32,
    /// True if some get returned the value.
    observed: bool,
}

/// A stamp later than every return, so that an unwritten value looks like one read before it was written.
const UNWRITTEN: u64 = u64::MAX;

/// The sweep with its memory: one cluster for every value, reused for each key.
#[derive(Clone, Debug)]
pub(super) struct Sweep {
    clusters: Vec<Cluster>,
    /// The values of this sweep, ordered by the least return in their cluster.
    order: Vec<usize>,
    number: u32,
}

impl Sweep {
    pub(crate) fn new(history: &History) -> Self {
        Sweep {
            clusters: vec![Cluster::default(); history.value_count()],
            order: Vec::new(),
            number: 0,
        }
    }

    /// Checks one key.
    pub(crate) fn check(&mut self, history: &History, ops: KeyOps<'_>) -> Swept {
        if self.gather(history, ops) { self.judge(history) } else { Swept::NotUnique }
    }

    /// Builds the clusters; returns false if a relevant value has two writes, or if there is a compare-and-set.
    fn gather(&mut self, history: &History, ops: KeyOps<'_>) -> bool {
        self.start(history);
        for &id in ops.completed {
            let operation = history.operation(id);
            match operation.action {
                Action::Get { value } => {
                    self.join(value.index(), operation.invoke, operation.end).observed = true;
                }
                Action::Put { value } => {
                    let cluster = self.join(value.index(), operation.invoke, operation.end);
                    if cluster.begun != UNWRITTEN {
                        return false;
                    }
                    cluster.begun = operation.invoke;
                }
                Action::Cas { .. } => return false,
            }
        }
        for &id in ops.unreturned {
            let operation = history.operation(id);
            match operation.action {
                Action::Get { .. } => {}
                Action::Put { value } => {
                    let cluster = &mut self.clusters[value.index()];
                    if cluster.sweep != self.number || !cluster.observed {
                        continue; // It may as well never have happened.
                    }
                    if cluster.begun != UNWRITTEN {
                        return false;
                    }
                    cluster.begun = operation.invoke;
                    cluster.last = cluster.last.max(operation.invoke);
                }
                Action::Cas { .. } => return false,
            }
        }
        true
    }

    /// Empties all clusters except that of the initial value, whose put precedes everything.
    fn start(&mut self, history: &History) {
        if self.number == u32::MAX {
            self.clusters.fill(Cluster::default());
            self.number = 0;
        }
        self.number += 1;
        self.order.clear();
        self.clusters[history.initial.index()] =
            Cluster { sweep: self.number, ..Cluster::default() };
    }

    fn join(&mut self, value: usize, invoke: u64, end: u64) -> &mut Cluster {
        let cluster = &mut self.clusters[value];
        if cluster.sweep == self.number {
            cluster.last = cluster.last.max(invoke);
        } else {
            *cluster = Cluster {
                first: end,
                last: invoke,
                begun: UNWRITTEN,
                sweep: self.number,
                observed: false,
            };
            self.order.push(value);
        }
        cluster
    }

    fn judge(&self, history: &History) -> Swept {
        let initial = &self.clusters[history.initial.index()];
        let mut zone: Option<&Cluster> = None;
        for &value in &self.order {
            let cluster = &self.clusters[value];
            let conflict = |zone: &Cluster| cluster.first < zone.last && zone.first < cluster.last;
            if cluster.first < cluster.begun
                || cluster.first < initial.last
                || zone.is_some_and(conflict)
            {
                return Swept::Violated;
            }
            if cluster.first < cluster.last {
                zone = Some(cluster);
            }
        }
        Swept::Linearizable
    }

    /// Returns the stamp of the first return after which the key has no legal order.
    ///
    /// The last check must have been of this key, and have found a violation. The same clusters are filled once more,
    /// completion by completion. Two of them begin to contradict each other when the `last` of one passes the `first`
    /// of the other, so only the clusters that were just passed need an inspection.
    pub(crate) fn lost_at(&mut self, history: &History, ops: KeyOps<'_>) -> u64 {
        for &value in &self.order {
            self.clusters[value].first = UNWRITTEN;
        }
        let initial = history.initial.index();
        self.clusters[initial].last = 0;
        let mut begun = 0;
        for &id in ops.completed {
            let operation = history.operation(id);
            let (Action::Get { value } | Action::Put { value }) = operation.action else {
                continue;
            };
            let value = value.index();
            let cluster = &mut self.clusters[value];
            let passed = cluster.last;
            cluster.last = passed.max(operation.invoke);
            if value != initial && cluster.first == UNWRITTEN {
                // No operation began after this return, so no `last` has passed it yet. An observed put counts from its
                // call on.
                cluster.first = operation.end;
                cluster.last = if cluster.begun == UNWRITTEN {
                    0
                } else {
                    operation.invoke.max(cluster.begun)
                };
                begun += 1;
            }
            let cluster = self.clusters[value];
            if operation.end < cluster.begun || self.contradicted(value, initial, passed, begun) {
                return operation.end;
            }
        }
        ops.completed.last().map_or(0, |&id| history.operation(id).end)
    }

    /// Returns true if a cluster contradicts one of those whose `first` it just passed.
    fn contradicted(&self, value: usize, initial: usize, passed: u64, begun: usize) -> bool {
        let cluster = &self.clusters[value];
        if value == initial {
            return self.order[..begun]
                .first()
                .is_some_and(|&other| self.clusters[other].first < cluster.last);
        }
        let from =
            self.order[..begun].partition_point(|&other| self.clusters[other].first < passed);
        let others = self.order[from..begun].iter().map(|&other| (other, &self.clusters[other]));
        let mut passed_now = others.take_while(|(_, other)| other.first < cluster.last);
        passed_now.any(|(other, rival)| other != value && cluster.first < rival.last)
    }
}
