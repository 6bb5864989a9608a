//! Marks: what was really reached.
//!
//! A check that always holds proves little if the states that could break it never came about. A
//! *sometimes assertion* (FoundationDB, Antithesis) is the other half: over many runs this must
//! have happened at least once. A run notes which marks it reached, from four sources:
//!
//! - the engine: what became of messages and replicas, a [`Mark`];
//! - faults that made a difference, each with marks of its own ([`faults`]);
//! - the Raft monitor: a turn that only a cluster as a whole can take, also a [`Mark`];
//! - what is under test: [`System::marks`](crate::api::System::marks), as
//!   [`Node::reached`](crate::api::Node::reached) says.
//!
//! An exploration counts in how many runs each was reached ([`Tally`]). What was never reached was
//! not tested.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::faults::{self, fault_marks};

/// Defines the marks, their order and their names in one place.
macro_rules! marks {
    ($($(#[$doc:meta])* $mark:ident: $name:literal,)*) => {
        /// A mark of the engine's own, or of its Raft monitor's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mark {
            $($(#[$doc])* $mark,)*
        }

        impl Mark {
            /// All of them.
            pub const ALL: &[Mark] = &[$(Mark::$mark,)*];

            /// Its name in reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Mark::$mark => $name,)*
                }
            }
        }
    };
}

marks! {
    /// A message between replicas was lost by chance.
    MessageLost: "message lost",
    /// One was stopped by a partition or a cut.
    MessageCut: "message cut off",
    /// One was delayed.
    MessageDelayed: "message delayed",
    /// One arrived twice.
    MessageDuplicated: "message duplicated",
    /// One arrived with other bits than it was sent with.
    MessageCorrupted: "message corrupted",
    /// One was corrupted, and its receiver would notice: it was dropped.
    CorruptionNoticed: "corruption noticed",
    /// One was held back by a clogged link, or waited for the bandwidth of its link.
    MessageHeld: "message held back",
    /// A client's request, or the answer to one, was lost.
    ClientMessageLost: "client message lost",
    /// One was delayed.
    ClientMessageDelayed: "client message delayed",
    /// A client's request arrived twice.
    RequestDuplicated: "request duplicated",
    /// A majority was separated from the rest.
    Partitioned: "cluster partitioned",
    /// The leader was on the smaller side.
    LeaderInMinority: "leader in the minority",
    /// A replica that did not lead was killed for good.
    Killed: "follower killed",
    /// The leader was.
    LeaderKilled: "leader killed",
    /// A replica crashed, to start again.
    Crashed: "replica crashed",
    /// A crashed replica started again.
    Restarted: "replica restarted",
    /// A crash took bytes that were not durable yet.
    UnsyncedLost: "unsynced write lost",
    /// A crash left the first bytes of a record that was being written.
    RecordTorn: "record torn",
    /// A replica refused to start from a damaged file.
    RestartRefused: "restart refused",

    /// Two stood for election in one term (Raft §5.2).
    SplitVote: "two candidates in a term",
    /// A leader stopped leading while entries of its log were not committed.
    DeposedWithUncommitted: "deposed with uncommitted",
    /// A follower removed entries that conflicted with its leader's (Raft §5.3).
    LogTruncated: "log truncated",
    /// An entry was committed by the leader of a later term than its own (Raft §5.4.2).
    OldTermCommitted: "old-term entry committed",
    /// A snapshot took the place of a log that had less (Raft §7).
    SnapshotInstalled: "snapshot installed",
}

/// The marks that a run has reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// A bit for each [`Mark`].
    own: u64,
    /// A bit for each mark of a fault ([`faults`]).
    faults: u64,
    /// A bit for each of the system's.
    system: u64,
    /// The system's names.
    names: &'static [&'static str],
}

const _: () = assert!(Mark::ALL.len() <= 64, "a bit for each mark");

impl Marks {
    /// None yet of the engine's, and of the system's with these names.
    pub fn new(names: &'static [&'static str]) -> Self {
        Marks { names, ..Marks::default() }
    }

    /// Notes that a mark is reached.
    #[inline]
    pub fn reach(&mut self, mark: Mark) {
        self.own |= 1 << mark as u32;
    }

    /// Notes what a replica has reached, by the bits of its
    /// [`Node::reached`](crate::api::Node::reached).
    pub fn reach_of_node(&mut self, bits: u64) {
        self.system |= bits;
    }

    /// Notes what faults have reached, by their bits.
    pub(crate) fn reach_of_faults(&mut self, bits: u64) {
        self.faults |= bits;
    }

    /// Adds what another part of the run has reached.
    pub(crate) fn merge(&mut self, other: Marks) {
        self.own |= other.own;
        self.faults |= other.faults;
        self.system |= other.system;
    }

    /// Whether a mark is reached.
    pub fn has(&self, mark: Mark) -> bool {
        self.own >> mark as u32 & 1 == 1
    }

    /// The names of all that are reached: the engine's first, then those of faults and the system's, each
    /// in their order.
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
    /// Whether it can be reached with executables: they keep nothing on the simulation's disks, and have
    /// no window for the Raft monitor.
    fn is_for_executables(self) -> bool {
        use Mark::{
            DeposedWithUncommitted, LogTruncated, OldTermCommitted, RecordTorn, RestartRefused,
            SnapshotInstalled, SplitVote, UnsyncedLost,
        };
        !matches!(
            self,
            DeposedWithUncommitted
                | LogTruncated
                | OldTermCommitted
                | RecordTorn
                | RestartRefused
                | SnapshotInstalled
                | SplitVote
                | UnsyncedLost
        )
    }
}

/// Returns the names of all marks but the system's own, or of those that show from outside of an executable.
pub(crate) fn names(of_executables: bool) -> impl Iterator<Item = &'static str> {
    let could = move |mark: &&Mark| !of_executables || mark.is_for_executables();
    let ours = Mark::ALL.iter().filter(could).map(|mark| mark.name());
    ours.chain(fault_marks(!of_executables))
}

/// In how many runs each mark was reached, by its name; only those that were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tally(BTreeMap<Cow<'static, str>, u64>);

impl Tally {
    /// Counts a run.
    pub fn ran(&mut self, marks: &Marks) {
        marks.names().for_each(|name| *self.0.entry(Cow::Borrowed(name)).or_default() += 1);
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

    /// In how many runs a mark was reached.
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

    /// Tallies know marks by their names alone.
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
