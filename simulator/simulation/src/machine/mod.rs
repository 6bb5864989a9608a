//! The simulated machine that a replica runs on: its clock, its disk, and when its processor is free.
//!
//! Faults of nodes act on these, and know nothing else of the engine.

mod clock;
mod disk;

pub(crate) use clock::Clock;
pub(crate) use disk::Disk;

use crate::Nanos;

/// One replica's machine.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    pub clock: Clock,
    pub disk: Disk,
    /// When the replica can next take something in.
    pub busy_until: Nanos,
}
