//! Unique written values: an exact answer in one sweep, whatever the concurrency.
//!
//! After Gibbons & Korach, "Testing shared memories". The put of a value and the gets that returned it form a
//! *cluster*; nothing of another cluster fits between them. With `first` the least return and `last` the
//! greatest invocation in a cluster, `u` must come before `v` exactly if `first(u) < last(v)`. So a history is
//! linearizable exactly if no get returned before its put was invoked, and no two clusters must each come
//! before the other.
//!
//! Only a cluster with `first < last` (its *zone*) can be in such a conflict with a later one, zones without conflict
//! are disjoint, and completions arrive by stamp: one pass in the order of `first`, remembering the last zone, sees
//! every conflict. No sorting and no hashing: values are indices.

use super::history::{Action, History, OpId};

/// The operations of one key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyOps<'a> {
    /// Those that returned, by the stamp of the return.
    pub completed: &'a [OpId],
    pub unreturned: &'a [OpId],
}

impl KeyOps<'_> {
    /// All of them.
    pub fn all(&self) -> Vec<OpId> {
        [self.completed, self.unreturned].concat()
    }

    /// The operations without a return, if the history had stopped after this many completions.
    pub fn open_after(&self, completions: usize) -> impl Iterator<Item = OpId> {
        self.completed[completions..]
            .iter()
            .chain(self.unreturned)
            .copied()
    }
}

/// What a sweep says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swept {
    Linearizable,
    Violated,
    /// Some value is written twice, or something else asks for a search.
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
    /// The sweep this cluster belongs to: an older number means an empty cluster.
    sweep: u32,
    /// Some get returned the value.
    observed: bool,
}

/// Later than every return, so that an unwritten value looks like one read before it was written.
const UNWRITTEN: u64 = u64::MAX;

/// The sweep, with its memory: one cluster for every value, used again for key after key.
#[derive(Clone, Debug)]
pub(super) struct Sweep {
    clusters: Vec<Cluster>,
    /// The values of this sweep, by the least return in their cluster.
    order: Vec<usize>,
    number: u32,
}

impl Sweep {
    pub fn new(history: &History) -> Self {
        Sweep {
            clusters: vec![Cluster::default(); history.value_count()],
            order: Vec::new(),
            number: 0,
        }
    }

    /// Checks a key as it stood after this many completions.
    pub fn check(&mut self, history: &History, ops: KeyOps<'_>, completions: usize) -> Swept {
        if self.gather(history, ops, completions) {
            self.judge(history)
        } else {
            Swept::NotUnique
        }
    }

    /// Builds the clusters; false if a value that matters has two writes, or there is a compare-and-set.
    fn gather(&mut self, history: &History, ops: KeyOps<'_>, completions: usize) -> bool {
        self.start(history);
        for &id in &ops.completed[..completions] {
            let operation = history.operation(id);
            match operation.action {
                Action::Get { value } => {
                    self.join(value.index(), operation.invoke, operation.end)
                        .observed = true
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
        for id in ops.open_after(completions) {
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

    /// Empties all clusters but the one of the initial value, whose put is older than everything.
    fn start(&mut self, history: &History) {
        if self.number == u32::MAX {
            self.clusters.fill(Cluster::default());
            self.number = 0;
        }
        self.number += 1;
        self.order.clear();
        self.clusters[history.initial.index()] = Cluster {
            sweep: self.number,
            ..Cluster::default()
        };
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
}
