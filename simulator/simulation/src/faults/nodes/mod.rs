//! The faults of a replica and of its machine, one file per fault.
//!
//! To add a fault, write its file, which implements `NodeFault`, and add its name to the list below.

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
use crate::api::{Assumption, NodeId};
use crate::bounds::{Bounds, PlanError};
use crate::json::ScenarioError;
use crate::machine::Machine;
use crate::rng::{Dice, Stream};
use crate::units::Drawn;

/// Defines [`AnyNodeFault`], which delegates to each fault.
macro_rules! node_faults {
    ($($kind:ident,)*) => {
        super::registry::fault_registry! {
            /// A fault of a replica, of any kind.
            AnyNodeFault of NodeFault: $($kind,)*
        }

        impl AnyNodeFault {
            /// Returns true if the victims are lost permanently, or may refuse to restart. Such a fault has no end.
            pub const fn is_for_good(&self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::IS_FOR_GOOD,)*
                }
            }

            /// Returns true if the fault has an effect only on systems that use the simulated disk.
            pub const fn needs_disk(&self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::NEEDS_DISK,)*
                }
            }

            /// Returns true if the fault has an effect only on clocks that the simulation can change.
            pub const fn needs_clock(&self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::NEEDS_CLOCK,)*
                }
            }

            /// Returns the assumption that the fault breaks, if it breaks one.
            pub(crate) fn breaks(self) -> Option<Assumption> {
                match self {
                    $(Self::$kind(fault) => fault.breaks(),)*
                }
            }

            const fn salt(self) -> u64 {
                match self {
                    $(Self::$kind(_) => $kind::SALT,)*
                }
            }

            /// Returns a description of the fault and its end.
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

/// A fault of a replica: its form in files, its effect, and its description.
pub(crate) trait NodeFault: Copy {
    /// The name in scenarios and plans.
    const NAME: &'static str;

    /// An example of a scenario event with all fields; it may need `"clocks": "unbounded"`.
    const EXAMPLE: &'static str;

    /// The fault itself, if it has no fields.
    const UNIT: Option<Self> = None;

    /// The names of the fault's coverage marks. The first is reached when the fault has an effect.
    const MARKS: &'static [&'static str] = &[];

    /// True if the victims are lost permanently, or may refuse to restart. Such a fault has no end.
    const IS_FOR_GOOD: bool = false;

    /// True if the fault has an effect only on systems that use the simulated disk.
    const NEEDS_DISK: bool = false;

    /// True if the fault has an effect only on clocks that the simulation can change.
    const NEEDS_CLOCK: bool = false;

    /// The salt of the plan's dice, for the fault's draws while it is in force. Stored plans depend on it.
    const SALT: u64 = 1;

    /// Reads the fault's fields from a scenario.
    fn read(fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError>;

    /// Draws each of the fault's numbers between two ends.
    fn draw(low: Self, _high: Self, _draws: &mut Stream) -> Self {
        low
    }

    /// Checks the fault's numbers in a plan.
    fn check(self, _bounds: &Bounds) -> Result<(), PlanError> {
        Ok(())
    }

    /// Returns a description of the fault and its end.
    fn describe(self, replica: ReplicaMention<'_>, until: &str) -> String;

    /// Returns the assumption that the fault breaks, if it breaks one.
    fn breaks(self) -> Option<Assumption> {
        None
    }

    /// Strikes a running replica, and returns the result.
    fn strike(self, node: &mut FaultTarget<'_>) -> Strike;

    /// Ends a fault that was in force.
    fn end(self, _now: Nanos, _machine: &mut Machine) {}

    /// Returns the extra time of a step, in nanoseconds.
    fn step_time(self, _dice: &mut Dice) -> Nanos {
        0
    }

    /// Returns the further extra time of a step that writes to the disk, in nanoseconds.
    fn sync_time(self, _dice: &mut Dice) -> Nanos {
        0
    }

    /// Returns true if the disk refuses writes, so that a replica that writes crashes.
    fn refuses_writes(self) -> bool {
        false
    }

    /// Returns the time that the replica reads when its clock shows `local`; `since` is the clock's time when the fault
    /// struck. The result must never decrease over time, nor exceed `local`.
    fn reads(self, _since: Nanos, local: Nanos) -> Nanos {
        local
    }

    /// Returns the first time of the clock at which the replica reads at least `wanted`.
    fn wakes(self, _since: Nanos, wanted: Nanos) -> Nanos {
        wanted
    }
}

/// The result of a fault that strikes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strike {
    /// The fault is in force until its end.
    Lasts,
    /// The fault is in force until its end; the process of an executable is paused until its machine is free.
    Suspends,
    /// The replica is killed.
    Kills,
    /// The replica crashes, and restarts at the fault's end. The dice choose the unsynced bytes that survive.
    Crashes(Dice),
    /// A bit on the replica's disk flips, which the dice choose.
    FlipsBit(Dice),
}

/// The machine of a replica that a fault strikes, and the dice for the fault's choices.
pub(crate) struct FaultTarget<'a> {
    pub now: Nanos,
    pub until: Nanos,
    pub machine: &'a mut Machine,
    pub dice: Dice,
    /// The fault's marks that were reached, one bit each.
    pub reached: u64,
}

impl FaultTarget<'_> {
    /// Keeps the replica from handling input until the fault ends.
    fn suspend(&mut self) -> Strike {
        self.machine.busy_until = self.machine.busy_until.max(self.until);
        Strike::Suspends
    }

    /// Records one of the fault's marks, by its index in [`NodeFault::MARKS`].
    fn reach(&mut self, mark: u32) {
        self.reached |= 1 << mark;
    }
}

/// The subject of a description: a named replica, or one known from the context.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ReplicaMention<'a> {
    /// A replica with the name that a plan gives it.
    Named(&'a str),
    /// The replica at the beginning of the timeline's line.
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
