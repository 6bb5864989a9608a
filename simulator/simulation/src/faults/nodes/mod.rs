//! What can go wrong with a replica and the machine it runs on: one file a fault.
//!
//! To add a fault: write its file, which implements `NodeFault`, and name it in the list below.

mod active;
mod coarse_clock;
mod crash;
mod flip_bit;
mod freeze;
mod full_disk;
mod kill;
mod pause;
mod slow;
mod slow_sync;
mod wrong_clock;

pub(crate) use active::{ActiveFaults, FaultStart};
pub use coarse_clock::CoarseClock;
pub use crash::Crash;
pub use flip_bit::FlipBit;
pub use freeze::Freeze;
pub use full_disk::FullDisk;
pub use kill::Kill;
pub use pause::Pause;
pub use slow::Slow;
pub use slow_sync::SlowSync;
pub use wrong_clock::WrongClock;

use std::fmt;

use super::FaultFields;
use crate::Nanos;
use crate::api::NodeId;
use crate::bounds::{Bounds, PlanError};
use crate::json::ScenarioError;
use crate::machine::Machine;
use crate::rng::{Dice, Stream};
use crate::units::Drawn;

/// Defines [`AnyNodeFault`] and lets it do what each fault does.
macro_rules! node_faults {
    ($($kind:ident,)*) => {
        super::registry::fault_registry! {
            /// A fault of a replica, of any kind.
            AnyNodeFault of NodeFault: $($kind,)*
        }

        impl AnyNodeFault {
            /// Whether its victims never come back, or may refuse to. Such a fault has no end.
            pub const fn is_for_good(&self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::IS_FOR_GOOD,)*
                }
            }

            /// Whether it means something only for what keeps its state on the simulation's disk.
            pub const fn needs_disk(&self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::NEEDS_DISK,)*
                }
            }

            /// Whether it means something only for clocks that the simulation may change.
            pub const fn needs_clock(&self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::NEEDS_CLOCK,)*
                }
            }

            /// The marks of faults that need the simulation's disk.
            pub(crate) fn disk_marks() -> impl Iterator<Item = &'static str> {
                let marks: [&[&str]; Self::NAMES.len()] =
                    [$(if $kind::NEEDS_DISK { $kind::MARKS } else { &[] },)*];
                marks.into_iter().flatten().copied()
            }

            const fn salt(self) -> u64 {
                match self {
                    $(Self::$kind(_) => $kind::SALT,)*
                }
            }

            /// Says what happens to a replica, and until when.
            pub(crate) fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String {
                match self {
                    $(Self::$kind(fault) => fault.describe(replica, until),)*
                }
            }

            fn strike(self, node: &mut FaultTarget<'_>) -> Strike {
                match self {
                    $(Self::$kind(fault) => fault.strike(node),)*
                }
            }

            fn end(self, now: Nanos, machine: &mut Machine) {
                match self {
                    $(Self::$kind(fault) => fault.end(now, machine),)*
                }
            }

            fn step_time(self, dice: &mut Dice) -> Nanos {
                match self {
                    $(Self::$kind(fault) => fault.step_time(dice),)*
                }
            }

            fn sync_time(self, dice: &mut Dice) -> Nanos {
                match self {
                    $(Self::$kind(fault) => fault.sync_time(dice),)*
                }
            }

            fn refuses_writes(self) -> bool {
                match self {
                    $(Self::$kind(fault) => fault.refuses_writes(),)*
                }
            }

            fn reads(self, since: Nanos, local: Nanos) -> Nanos {
                match self {
                    $(Self::$kind(fault) => fault.reads(since, local),)*
                }
            }

            fn wakes(self, since: Nanos, wanted: Nanos) -> Nanos {
                match self {
                    $(Self::$kind(fault) => fault.wakes(since, wanted),)*
                }
            }
        }
    };
}

node_faults! {
    Kill,
    Crash,
    Pause,
    Freeze,
    Slow,
    SlowSync,
    FullDisk,
    FlipBit,
    WrongClock,
    CoarseClock,
}

/// A fault of a replica: how it is written, what it does, what it is called.
pub(crate) trait NodeFault: Copy {
    /// Its name in scenarios and plans.
    const NAME: &'static str;

    /// An event of a scenario that shows its fields; it may need `"clocks": "unbounded"`.
    const EXAMPLE: &'static str;

    /// The fault itself, if it has no fields.
    const UNIT: Option<Self> = None;

    /// The names of its coverage marks. The first is reached when the fault makes a difference.
    const MARKS: &'static [&'static str] = &[];

    /// Whether its victims never come back, or may refuse to. Such a fault has no end.
    const IS_FOR_GOOD: bool = false;

    /// Whether it means something only for what keeps its state on the simulation's disk.
    const NEEDS_DISK: bool = false;

    /// Whether it means something only for clocks that the simulation may change.
    const NEEDS_CLOCK: bool = false;

    /// The part of a plan's dice that it draws from while it is in force. Stored plans rely on it.
    const SALT: u64 = 1;

    /// Reads its fields from a scenario.
    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError>;

    /// Draws each of its numbers between two ends.
    fn draw(low: Self, _high: Self, _draws: &mut Stream) -> Self {
        low
    }

    /// Checks its numbers in a plan.
    fn check(self, _bounds: &Bounds) -> Result<(), PlanError> {
        Ok(())
    }

    /// Says what happens to a replica, and until when.
    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String;

    /// Strikes a replica that runs.
    fn strike(self, node: &mut FaultTarget<'_>) -> Strike;

    /// Ends a fault that was in force.
    fn end(self, _now: Nanos, _machine: &mut Machine) {}

    /// The extra time that a step takes.
    fn step_time(self, _dice: &mut Dice) -> Nanos {
        0
    }

    /// The extra time that a step takes which writes.
    fn sync_time(self, _dice: &mut Dice) -> Nanos {
        0
    }

    /// Whether the disk takes no more, so that a replica that writes crashes.
    fn refuses_writes(self) -> bool {
        false
    }

    /// What the replica reads off its clock when that shows `local`; the fault struck when it showed
    /// `since`. Must never decrease, nor exceed `local`.
    fn reads(self, _since: Nanos, local: Nanos) -> Nanos {
        local
    }

    /// What the clock first shows when the replica reads at least `wanted`.
    fn wakes(self, _since: Nanos, wanted: Nanos) -> Nanos {
        wanted
    }
}

/// What comes of a fault that strikes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strike {
    /// It is in force until its end.
    Lasts,
    /// So it is, and until its machine is free the process of an executable is stopped.
    Suspends,
    /// It has made its difference, and nothing of it lasts.
    Happened,
    /// The replica is killed.
    Kills,
    /// The replica crashes, and restarts at the fault's end. The dice decide what its disk keeps.
    Crashes(Dice),
    /// It makes no difference, for this reason.
    Misses(&'static str),
}

/// The machine of a replica that is struck, and what the fault may choose by.
pub(crate) struct FaultTarget<'a> {
    pub now: Nanos,
    pub until: Nanos,
    pub machine: &'a mut Machine,
    pub dice: Dice,
    /// The fault's marks that were reached, a bit each.
    pub reached: u64,
}

impl FaultTarget<'_> {
    /// Lets the replica take nothing in until the fault ends.
    fn suspend(&mut self) -> Strike {
        self.machine.busy_until = self.machine.busy_until.max(self.until);
        Strike::Suspends
    }

    /// Reaches one of the fault's marks, by its place in [`NodeFault::MARKS`].
    fn reach(&mut self, mark: u32) {
        self.reached |= 1 << mark;
    }
}

/// The replica that a description is about: named, or known from the context.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ReplicaMention<'a> {
    /// As a plan names it.
    Named(&'a str),
    /// The line of a timeline begins with it.
    Known,
}

impl ReplicaMention<'_> {
    /// Returns `0002 is …`, or `is …`.
    fn does(self, what: impl fmt::Display) -> String {
        match self {
            ReplicaMention::Named(name) => format!("{name} {what}"),
            ReplicaMention::Known => what.to_string(),
        }
    }

    /// Returns `the disk of 0002`, or `its disk`.
    fn part(self, part: &str) -> String {
        match self {
            ReplicaMention::Named(name) => format!("the {part} of {name}"),
            ReplicaMention::Known => format!("its {part}"),
        }
    }
}

/// Returns the dice of a fault for one of its victims.
fn dice_of(dice: u64, salt: u64, victim: NodeId) -> Dice {
    Dice::new(dice, salt << 16 | u64::from(victim.0))
}
