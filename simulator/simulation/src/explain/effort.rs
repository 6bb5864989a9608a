//! The bounds on the runs that explain a failure.

use crate::UnderTest;
use crate::evidence::Evidence;

/// The number of moments and runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Moments to begin with.
    pub moments: u32,
    /// Moments that may be added.
    pub splits: u32,
    /// Continuations from each moment at first.
    pub few: u32,
    /// Continuations from the moments around the greatest rise.
    pub many: u32,
    /// Plans that are tried to find a run that passes and is nearer than any continuation.
    pub siblings: u32,
}

/// A run of more messages between replicas than this takes too long to be made hundreds of times; and one of more
/// than this, to be made as often as a small one.
const VERY_MANY_MESSAGES: u64 = 30_000;
const MANY_MESSAGES: u64 = 5_000;

impl Effort {
    /// Returns how much is run where a run costs as much as the failure's. It must not depend on the machine: the
    /// same failure has the same explanation everywhere.
    pub(super) fn for_runs_like(system: &dyn UnderTest, evidence: &Evidence) -> Self {
        if system.executable().is_some() || evidence.messages > VERY_MANY_MESSAGES {
            Effort { moments: 5, splits: 6, few: 3, many: 6, siblings: 2 }
        } else if evidence.messages > MANY_MESSAGES {
            Effort { moments: 12, splits: 14, few: 8, many: 30, siblings: 6 }
        } else {
            Effort { moments: 16, splits: 16, few: 12, many: 40, siblings: 12 }
        }
    }

    /// Returns how many runs that is at most, about.
    pub(super) fn most_runs(self) -> u32 {
        (self.moments + self.splits) * self.few + 6 * (self.many - self.few) + 2 * self.siblings
    }
}
