//! The simulated machine of a replica: its clock, its disk, and the time at which its processor is free.
//!
//! Faults of nodes act only on this machine, and know no other part of the engine.

mod clock;
mod disk;

pub(crate) use clock::Clock;
pub(crate) use disk::Disk;

use crate::Nanos;

/// The machine of one replica.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    pub clock: Clock,
    pub disk: Disk,
    /// The time at which the replica can next handle input.
    pub busy_until: Nanos,
}
