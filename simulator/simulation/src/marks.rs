//! Coverage marks: rare states that a run reached.
//!
//! A check that always holds proves little if the states that could break it never occurred. The complement is a
//! *sometimes assertion* (FoundationDB, Antithesis): a state that must occur at least once over many runs. A run
//! records the marks that it reached, from four sources:
//!
//! - the engine: events of messages and replicas, each a [`Mark`];
//! - faults that had an effect, each with marks of its own ([`faults`]);
//! - the Raft monitor: states of the cluster as a whole, each also a [`Mark`];
//! - the system under test: its [`System::marks`](crate::api::System::marks), reported by
//!   [`Node::reached`](crate::api::Node::reached).
//!
//! An exploration counts the runs that reached each mark ([`Tally`]). A state that no run reached was not tested.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::faults;

/// Defines the marks, their order and their names in one place.
macro_rules! marks {
    ($($(#[$doc:meta])* $mark:ident: $name:literal,)*) => {
        /// A coverage mark of the engine or of its Raft monitor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mark {
            $($(#[$doc])* $mark,)*
        }

        impl Mark {
            /// All marks, in order.
            pub const ALL: &[Mark] = &[$(Mark::$mark,)*];

            /// Returns the mark's name in reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Mark::$mark => $name,)*
                }
            }
        }
    };
}

marks! {
    /// A message between replicas was dropped by chance.
    MessageLost: "message lost",
    /// A message between replicas was dropped by a partition or a cut.
    MessageCut: "message cut off",
    /// A message between replicas was delayed.
    MessageDelayed: "message delayed",
    /// A message between replicas arrived twice.
    MessageDuplicated: "message duplicated",
    /// A message between replicas arrived with changed bits.
    MessageCorrupted: "message corrupted",
    /// A message between replicas was corrupted so that its receiver would notice, and was dropped.
    CorruptionNoticed: "corruption noticed",
    /// A message between replicas was held back by a clogged link, or waited for its link's bandwidth.
    MessageHeld: "message held back",
    /// A client's request, or the answer to one, was dropped.
    ClientMessageLost: "client message lost",
    /// A client's request, or the answer to one, was delayed.
    ClientMessageDelayed: "client message delayed",
    /// A client's request arrived twice.
    RequestDuplicated: "request duplicated",
    /// A majority was separated from the rest.
    Partitioned: "cluster partitioned",
    /// The leader was on the smaller side of a partition.
    LeaderInMinority: "leader in the minority",
    /// A replica that was not the leader was killed.
    Killed: "follower killed",
    /// The leader was killed.
    LeaderKilled: "leader killed",
    /// A replica crashed, to restart later.
    Crashed: "replica crashed",
    /// A crashed replica restarted.
    Restarted: "replica restarted",
    /// A crash removed bytes that were not durable yet.
    UnsyncedLost: "unsynced write lost",
    /// A crash left the first bytes of a record that was being written.
    RecordTorn: "record torn",
    /// A replica refused to start from a damaged file.
    RestartRefused: "restart refused",

    /// Two replicas stood for election in one term (Raft §5.2).
    SplitVote: "two candidates in a term",
    /// A leader stopped leading while entries of its log were not committed.
    DeposedWithUncommitted: "deposed with uncommitted",
    /// A follower removed entries that conflicted with its leader's (Raft §5.3).
    LogTruncated: "log truncated",
    /// An entry was committed by the leader of a later term than its own (Raft §5.4.2).
    OldTermCommitted: "old-term entry committed",
    /// A snapshot replaced a log that had fewer entries (Raft §7).
    SnapshotInstalled: "snapshot installed",
}

/// The coverage marks that a run has reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// A bit for each [`Mark`].
    own: u64,
    /// A bit for each mark of a fault ([`faults`]).
    faults: u64,
    /// A bit for each mark of the system.
    system: u64,
    /// The names of the system's marks.
    names: &'static [&'static str],
}

const _: () = assert!(Mark::ALL.len() <= 64, "a bit for each mark");

impl Marks {
    /// Returns a set without any mark; `names` are the names of the system's marks.
    pub fn new(names: &'static [&'static str]) -> Self {
        Marks { names, ..Marks::default() }
    }

    /// Records that a mark was reached.
    #[inline]
    pub fn reach(&mut self, mark: Mark) {
        self.own |= 1 << mark as u32;
    }

    /// Records the marks that a replica has reached, as bits of [`Node::reached`](crate::api::Node::reached).
    pub fn reach_of_node(&mut self, bits: u64) {
        self.system |= bits;
    }

    /// Records the marks that faults have reached, as bits.
    pub(crate) fn reach_of_faults(&mut self, bits: u64) {
        self.faults |= bits;
    }

    /// Adds the marks that another part of the run has reached.
    pub(crate) fn merge(&mut self, other: Marks) {
        self.own |= other.own;
        self.faults |= other.faults;
        self.system |= other.system;
    }

    /// Returns true if a mark was reached.
    pub fn has(&self, mark: Mark) -> bool {
        self.own >> mark as u32 & 1 == 1
    }

    /// Returns the names of all marks that were reached: the engine's, then the faults', then the system's, each in
    /// their order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let Marks { own, faults, system, names } = *self;
        let of = |bits: u64| move |&(bit, _): &(u32, &'static str)| bits >> bit & 1 == 1;
        let ours = (0..64).zip(Mark::ALL.iter().map(|mark| mark.name()));
        let of_faults = (0..64).zip(faults::marks());
        let theirs = (0..64).zip(names.iter().copied());
        let reached = ours.filter(of(own)).chain(of_faults.filter(of(faults)));
        reached.chain(theirs.filter(of(system))).map(|(_, name)| name)
    }
}

impl Mark {
    /// Returns true if the mark can be reached with executables.
    ///
    /// They have no window for the Raft monitor.
    fn is_for_executables(self) -> bool {
        use Mark::{
            DeposedWithUncommitted, LogTruncated, OldTermCommitted, SnapshotInstalled, SplitVote,
        };
        !matches!(
            self,
            DeposedWithUncommitted
                | LogTruncated
                | OldTermCommitted
                | SnapshotInstalled
                | SplitVote
        )
    }
}

/// Returns the names of all marks except the system's; `of_executables` keeps only those visible from outside.
pub(crate) fn names(of_executables: bool) -> impl Iterator<Item = &'static str> {
    let could = move |mark: &&Mark| !of_executables || mark.is_for_executables();
    let ours = Mark::ALL.iter().filter(could).map(|mark| mark.name());
    ours.chain(faults::marks())
}

/// The number of runs that reached each mark, by the mark's name; only marks that were reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tally(BTreeMap<Cow<'static, str>, u64>);

impl Tally {
    /// Counts the marks of one run.
    pub fn ran(&mut self, marks: &Marks) {
        marks.names().for_each(|name| *self.0.entry(Cow::Borrowed(name)).or_default() += 1);
    }

    /// Adds runs that reached a mark.
    pub fn count_runs(&mut self, name: &str, runs: u64) {
        match self.0.get_mut(name) {
            Some(sum) => *sum = sum.saturating_add(runs),
            None if runs > 0 => _ = self.0.insert(Cow::Owned(name.to_owned()), runs),
            None => {}
        }
    }

    /// Returns the names of the marks that were reached, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }

    /// Adds the runs of another tally.
    pub fn add(&mut self, other: &Tally) {
        for (name, count) in &other.0 {
            match self.0.get_mut(name) {
                Some(sum) => *sum = sum.saturating_add(*count),
                None => _ = self.0.insert(name.clone(), *count),
            }
        }
    }

    /// Returns the number of runs that reached a mark.
    pub fn count(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::UnderTest;
    use crate::bundled::Bundled;

    /// A tally identifies a mark only by its name.
    #[test]
    fn no_two_marks_have_the_same_name() {
        let names = Bundled::default().all_marks();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn a_tally_counts_runs_not_occasions() {
        let mut marks = Marks::default();
        marks.reach(Mark::LogTruncated);
        marks.reach(Mark::MessageLost);
        marks.reach(Mark::MessageLost);
        assert_eq!(marks.names().collect::<Vec<_>>(), ["message lost", "log truncated"]);
        let mut tally = Tally::default();
        tally.ran(&marks);
        tally.ran(&Marks::default());
        let mut both = tally.clone();
        both.add(&tally);
        assert_eq!((both.count("message lost"), both.count("leader killed")), (2, 0));
    }
}
