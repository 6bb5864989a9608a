//! The disks of nodes that are processes: the folders in which they run.

use crate::Nanos;

/// The behaviour of a process's disk during one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskService {
    /// The time that each sync takes, in nanoseconds.
    pub sync_time: Nanos,
    /// True if the disk is full: a process that syncs crashes.
    pub is_full: bool,
}

/// The use that a process made of its disk during one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// True if it synced anything.
    pub synced: bool,
    /// True if it tried to sync while the disk was full. It takes no further step.
    pub was_refused: bool,
}

/// The result of a crash for a replica's disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskLoss {
    /// The number of bytes that were written, not synced, and lost.
    pub bytes: usize,
    /// True if other bytes of the same write survived.
    pub is_torn: bool,
    /// The reason for which the disk keeps nothing of what a process knew, if that is its own doing.
    pub unkept: Option<Unkept>,
}

/// The reason for which a process starts again without what it knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unkept {
    /// It wrote no file.
    WroteNothing,
    /// It wrote files, and synced none of them.
    SyncedNothing,
}
