//! The node faults in force at one replica.

use super::{AnyNodeFault, FaultTarget, NodeFault as _, SlowSync, Strike, dice_of};
use crate::Nanos;
use crate::api::NodeId;
use crate::machine::Machine;
use crate::rng::Dice;

/// The faults in force at a replica, at most one of each kind: a new one replaces the old one.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults {
    list: Vec<Active>,
    /// The marks that were reached, one bit each, in the order of [`AnyNodeFault::MARKS`].
    reached: u64,
}

/// A fault in force at a replica.
#[derive(Debug)]
struct Active {
    fault: AnyNodeFault,
    /// The bit of the fault's first mark; 0 if it has none.
    mark: u64,
    /// The time that the replica's clock showed when the fault struck.
    since: Nanos,
    until: Nanos,
    dice: Dice,
}

/// A fault that strikes, as the plan describes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultStart {
    pub fault: AnyNodeFault,
    pub until: Nanos,
    /// The source of the fault's choices.
    pub dice: u64,
}

impl ActiveFaults {
    /// Strikes the replica, and returns the result.
    pub(crate) fn strike(
        &mut self,
        now: Nanos,
        victim: NodeId,
        start: FaultStart,
        machine: &mut Machine,
    ) -> Strike {
        let FaultStart { fault, until, dice } = start;
        let since = machine.clock.local(now);
        let dice = dice_of(dice, fault.salt(), victim);
        let mut target = FaultTarget { now, until, machine, dice, reached: 0 };
        let strike = fault.strike(&mut target);
        let FaultTarget { until, dice, reached, .. } = target;
        self.reached |= fault.mark_bits(reached);
        if let Strike::Lasts | Strike::Suspends = strike {
            self.list.retain(|active| active.fault.name() != fault.name());
            self.list.push(Active { fault, mark: fault.mark_bits(1), since, until, dice });
        }
        strike
    }

    /// Records that a fault had an effect which the engine brought about.
    pub(crate) fn note_effect(&mut self, fault: AnyNodeFault) {
        self.reached |= fault.mark_bits(1);
    }

    /// Returns true if no fault is in force.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Ends the faults whose time has come.
    pub(crate) fn end_due(&mut self, now: Nanos, machine: &mut Machine) {
        self.list.retain(|active| {
            if active.until <= now {
                active.fault.end(now, machine);
            }
            active.until > now
        });
    }

    /// Ends all faults at the next [`end_due`](Self::end_due).
    pub(crate) fn heal(&mut self, now: Nanos) {
        for active in &mut self.list {
            active.until = active.until.min(now);
        }
    }

    /// Returns the extra time of the current step, in nanoseconds; `writes` is true if it writes to the disk.
    pub(crate) fn step_time(&mut self, now: Nanos, writes: bool) -> Nanos {
        let mut sum = 0;
        for active in self.list.iter_mut().filter(|active| now < active.until) {
            let mut time = active.fault.step_time(&mut active.dice);
            if writes {
                time += active.fault.sync_time(&mut active.dice);
            }
            if time > 0 {
                self.reached |= active.mark;
            }
            sum += time;
        }
        sum
    }

    /// Returns the extra time of each sync during the current step, in nanoseconds, for a replica that may not sync.
    pub(crate) fn sync_time(&mut self, now: Nanos) -> Nanos {
        let active = self.list.iter_mut().filter(|active| now < active.until);
        active.map(|active| active.fault.sync_time(&mut active.dice)).sum()
    }

    /// Records that the replica synced while syncs took longer.
    pub(crate) fn note_slow_sync(&mut self, now: Nanos) {
        let of_disk =
            |active: &&Active| now < active.until && active.fault.name() == SlowSync::NAME;
        self.list.iter().filter(of_disk).for_each(|active| self.reached |= active.mark);
    }

    /// Returns true if the disk refuses writes now.
    pub(crate) fn is_disk_full(&self, now: Nanos) -> bool {
        self.list.iter().any(|active| now < active.until && active.fault.refuses_writes())
    }

    /// Returns the time until which the disk refuses a write, if it refuses one now. Called if a step writes.
    pub(crate) fn refuses_write(&mut self, now: Nanos) -> Option<Nanos> {
        let mut active = self.list.iter().filter(|active| now < active.until);
        let active = active.find(|active| active.fault.refuses_writes())?;
        self.reached |= active.mark;
        Some(active.until)
    }

    /// Returns the time that the replica reads from its clock, which shows `local`.
    pub(crate) fn reads(&mut self, now: Nanos, local: Nanos) -> Nanos {
        self.change(now, local, |active, time| active.fault.reads(active.since, time))
    }

    /// Returns the time that the clock must show for the replica to read `wanted`.
    pub(crate) fn wakes(&mut self, now: Nanos, wanted: Nanos) -> Nanos {
        self.change(now, wanted, |active, time| active.fault.wakes(active.since, time))
    }

    /// Returns a time as changed by each fault in force.
    fn change(
        &mut self,
        now: Nanos,
        mut time: Nanos,
        change: impl Fn(&Active, Nanos) -> Nanos,
    ) -> Nanos {
        for active in self.list.iter().filter(|active| now < active.until) {
            let changed = change(active, time);
            if changed != time {
                self.reached |= active.mark;
            }
            time = changed;
        }
        time
    }

    /// Returns the marks that were reached, as bits.
    pub(crate) fn reached(&self) -> u64 {
        self.reached
    }
}
