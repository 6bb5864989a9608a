//! The bounds on the runs that explain a failure.

use super::runs::work_of;
use crate::UnderTest;
use crate::evidence::Evidence;

/// The number of moments and runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Moments to begin with.
    pub moments: u32,
    /// Moments that may be added to find the greatest rise.
    pub splits: u32,
    /// Moments that may be added to find other rises.
    pub further_splits: u32,
    /// Moments to begin the second curve with, for which the plan is kept; none: there is no second curve.
    pub kept_moments: u32,
    /// Continuations from each moment at first.
    pub few: u32,
    /// Continuations from the moments around a rise.
    pub many: u32,
    /// Runs with one change, such as a message that does not arrive, to find one by which the failure does not happen;
    /// none: that is not looked for.
    pub trials: usize,
    /// Continuations with such a change, and without it.
    pub confirming: u32,
    /// The most events of all trials.
    pub work_for_trials: u64,
    /// Plans that are tried to find a run that passes and is nearer than any continuation.
    pub siblings: u32,
    /// Runs that escape and are compared with the failure, event by event.
    pub compared: usize,
    /// The events of all runs after which no further curve or rise is looked into.
    pub work: u64,
    /// True if the replicas are processes: a run takes far longer then.
    is_of_processes: bool,
}

/// The events of all runs after which no further curve or rise is looked into: some seconds of a core.
const WORK: u64 = 1_100_000;

/// A run of more events than this takes too long to be made hundreds of times; and one of more than this, to be made as
/// often as a small one.
const VERY_MANY_EVENTS: u64 = 40_000;
const MANY_EVENTS: u64 = 8_000;

impl Effort {
    /// Returns how much is run where a run costs as much as the failure's. It must not depend on the machine: the
    /// same failure has the same explanation everywhere.
    pub(super) fn for_runs_like(system: &dyn UnderTest, evidence: &Evidence) -> Self {
        let small = Effort {
            moments: 5,
            splits: 16,
            further_splits: 0,
            kept_moments: 0,
            few: 4,
            many: 24,
            trials: 16,
            confirming: 10,
            work_for_trials: WORK * 3 / 5,
            siblings: 2,
            compared: 3,
            work: WORK,
            is_of_processes: system.executable().is_some(),
        };
        let events = work_of(evidence);
        if small.is_of_processes {
            let few = Effort { trials: 0, few: 3, many: 5, siblings: 1, compared: 1, ..small };
            Effort { moments: 4, splits: 4, ..few }
        } else if events > VERY_MANY_EVENTS {
            small
        } else if events > MANY_EVENTS {
            let some = Effort { trials: 32, few: 8, many: 30, siblings: 6, compared: 6, ..small };
            Effort { moments: 12, splits: 14, further_splits: 6, kept_moments: 4, ..some }
        } else {
            let many = Effort { trials: 300, few: 12, many: 40, siblings: 8, compared: 6, ..small };
            Effort { moments: 16, splits: 16, further_splits: 10, kept_moments: 6, ..many }
        }
    }

    /// Returns those where continuations cost more than the failure's own run, as those do that end in a storm: by the
    /// mean number of events.
    pub(super) fn for_continuations(self, events: u64) -> Self {
        if events <= MANY_EVENTS {
            return self;
        }
        if self.is_of_processes {
            return Effort { few: 3, many: 3, splits: 2, ..self };
        }
        let (few, many) = (self.few.min(6), self.many.min(16));
        let (siblings, compared) = (self.siblings.min(3), self.compared.min(3));
        let trials = if events > VERY_MANY_EVENTS { 0 } else { self.trials.min(12) };
        let work_for_trials = self.work_for_trials.min(WORK / 10);
        Effort { few, many, trials, work_for_trials, siblings, compared, ..self }
    }

    /// Returns the events of all runs after which a second curve is not begun: little would be left for it.
    pub(super) fn work_before_second(self) -> u64 {
        self.work / 10 * 7
    }

    /// Returns the events that trials may have, after runs that had `work` events: fewer where the first curve took
    /// more than its part.
    pub(super) fn work_left_for_trials(self, work: u64) -> u64 {
        self.work_for_trials.min((self.work * 4 / 3).saturating_sub(work))
    }

    /// Returns those for the second curve.
    pub(super) fn of_second(self) -> Self {
        Effort { moments: self.kept_moments, ..self }
    }

    /// Returns how many runs that is at most, about.
    pub(super) fn most_runs(self) -> u32 {
        let curves = if self.kept_moments > 0 { 2 } else { 1 };
        let added = self.splits * curves + self.further_splits;
        (self.moments + self.kept_moments + added) * self.few
            + 6 * curves * (self.many - self.few)
            + 2 * self.siblings
            + self.trials as u32
    }
}
