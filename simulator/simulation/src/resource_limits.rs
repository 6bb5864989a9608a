//! The limits on what a process under test may use of the machine.

use serde::{Deserialize, Serialize};

use crate::Nanos;

/// Limits on a process under test, and on the turns of its threads; each is off where it is `None` or false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceLimits {
    /// The memory of each process, in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
    /// The number of processes and threads that the user may have who runs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<u32>,
    /// The real time that a run in virtual time may take, in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_time_ns: Option<Nanos>,
    /// True if the threads of a process take turns in one fixed way, in virtual time, and not as the seed draws them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fixed_turns: bool,
}

impl ResourceLimits {
    /// Returns true if there is no limit.
    pub fn is_none(&self) -> bool {
        *self == ResourceLimits::default()
    }

    /// Returns these limits, with those of another where these have none.
    #[must_use]
    pub fn or(self, other: ResourceLimits) -> ResourceLimits {
        ResourceLimits {
            memory_mib: self.memory_mib.or(other.memory_mib),
            processes: self.processes.or(other.processes),
            wall_time_ns: self.wall_time_ns.or(other.wall_time_ns),
            fixed_turns: self.fixed_turns || other.fixed_turns,
        }
    }
}
