//! Scenario files: the description of a run before any seed is chosen.
//!
//! A scenario is the course's JSON configuration, plus an extension of this project in one top-level object,
//! `"simulator"`, which the course's simulator ignores. So each of the two simulators can load the other's files.
//!
//! ```text
//!  bytes ──parse──▶ text ──json──▶ located fields ──parse_course─────▶ Scenario
//!                                  │       │ └─────extension::parse──▶  └ Extension
//!                                  │       └──decimal──▶ exact integers: Nanos, Ratio
//!                                  └──error──▶ ScenarioError, Warning: file, line, column, field
//! ```
//!
//! Every field is described in the page `scenarios.md` of the documentation.
//!
//! No float leaves this module. Times are integer nanoseconds and probabilities are parts per billion; both are
//! converted exactly from the decimal digits in the file.
//!
//! ```
//! use simulation::scenario::Scenario;
//!
//! let text = r#"{
//!     "lifetime": 30, "replicas": 5, "requests": 500, "drops": 0.05,
//!     "events": [{"type": "kill_leader", "time": 10}],
//!     "tests": {"benchmarks": {
//!         "total_msgs": [2200, 4500, 5500], "failures": [0, 1, 2],
//!         "duplicates": [0, 2, 5], "median_latency": [0.001, 0.005, 0.05]
//!     }}
//! }"#;
//! let (scenario, warnings) = Scenario::parse("example", text)?;
//! assert!(warnings.is_empty());
//! assert_eq!(scenario.drops.to_string(), "0.05");
//! assert_eq!(scenario.events[0].at, 10_000_000_000);
//!
//! let error = Scenario::parse("example", &text.replace("5, \"req", "2, \"req")).unwrap_err();
//! assert_eq!(error.to_string(), "example:2:33: `replicas`: 2 is out of range, expected 3 to 21");
//! # Ok::<(), simulation::json::ScenarioError>(())
//! ```

mod builder;
mod extension;
mod parse;
mod parse_course;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::units::{Nanos, Ratio};

pub use builder::Builder;
pub use extension::{
    Budgets, ClientLinks, Extension, Fault, FaultKind, Lasts, Network, Progress, Workload,
};
pub(crate) use extension::{MOST_PACKETS, MOST_REQUESTS, MOST_TIMEOUTS};

/// A scenario: the cluster, its load, its faults, and the limits it is graded by.
///
/// [`Scenario::of_file`] and [`Scenario::parse`] check every range given here. The `serde` form differs from that of a
/// scenario file: it has nanoseconds, ratios as decimal text, and unchecked ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without `.json`, or the name given to [`Scenario::parse`].
    pub name: String,
    /// The path of the file. It is not stored, because a scenario does not depend on its location.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// The time for which requests are sent, 5 s or more, in nanoseconds; the waits are added.
    pub lifetime: Nanos,
    /// The number of replicas, 3 to 21.
    pub replicas: u16,
    /// The number of requests of all clients together, spread evenly over `lifetime`.
    pub requests: u32,
    /// The seed to use if the command line gives none.
    pub seed: Option<u64>,
    /// The fraction of requests that are gets; the others are puts.
    pub mix: Ratio,
    /// The time before the first request, in nanoseconds.
    pub start_wait: Nanos,
    /// The time after `lifetime` until the scenario ends, in nanoseconds.
    pub end_wait: Nanos,
    /// The probability that a message between replicas is dropped.
    pub drops: Ratio,
    /// The largest number of messages between replicas; more end the scenario as a packet storm.
    pub max_packets: u64,
    /// The course's faults, earliest first; faults at the same time are in the file's order.
    pub events: Vec<Event>,
    /// The tiers by which the four metrics are graded.
    pub benchmarks: Benchmarks,
    /// The fractions of requests that may fail before the run counts as incorrect.
    pub limits: Limits,
    /// The extension: the file's `"simulator"` object.
    pub extension: Extension,
}

impl Scenario {
    /// Returns the duration of the scenario: both waits and the lifetime, in nanoseconds.
    pub fn duration(&self) -> Nanos {
        self.start_wait + self.lifetime + self.end_wait
    }
}

/// A fault of the course, and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The time, in nanoseconds from the end of `start_wait`; 0 to `lifetime`.
    pub at: Nanos,
    /// The fault.
    pub kind: EventKind,
}

/// The five faults of course scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Kills the replica last named as leader; it never returns.
    KillLeader,
    /// Kills a random living replica other than the leader.
    KillNonLeader,
    /// Splits off a minority; the leader stays with the majority.
    PartEasy,
    /// Splits off a random minority, with or without the leader.
    PartHard,
    /// Heals the partition.
    PartEnd,
}

impl EventKind {
    /// All kinds, in the order of the course's documentation.
    pub const ALL: [Self; 5] =
        [Self::KillLeader, Self::KillNonLeader, Self::PartEasy, Self::PartHard, Self::PartEnd];

    /// Returns the name in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KillLeader => "kill_leader",
            Self::KillNonLeader => "kill_non_leader",
            Self::PartEasy => "part_easy",
            Self::PartHard => "part_hard",
            Self::PartEnd => "part_end",
        }
    }
}

/// The tiers of the four metrics, each `[bonus, full, partial]`.
///
/// A value earns the first tier that it is strictly less than, and no credit if there is none. The file may contain any
/// numbers; here they are rounded *up* to whole ones. That changes no grade: a whole value is less than a tier exactly
/// if it is less than the tier rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmarks {
    /// Messages between replicas.
    pub total_msgs: [u64; 3],
    /// Answers `fail` and unanswered requests.
    pub failures: [u64; 3],
    /// Answers to requests that were already complete.
    pub duplicates: [u64; 3],
    /// The upper median of the times to an answer, in nanoseconds (in seconds in the file).
    pub median_latency: [Nanos; 3],
}

impl Benchmarks {
    /// Tiers that every value reaches, where no bound is set.
    pub const NONE: Self = Self {
        total_msgs: [u64::MAX; 3],
        failures: [u64::MAX; 3],
        duplicates: [u64::MAX; 3],
        median_latency: [Nanos::MAX; 3],
    };
}

/// The course's correctness limits, each a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest fraction of the generated gets that may stay unanswered.
    pub maximum_get_fail_fraction: Ratio,
    /// The largest fraction of the generated puts that may stay unanswered.
    pub maximum_put_fail_fraction: Ratio,
    /// The largest fraction of the generated gets that may lack a key to read.
    pub maximum_get_generation_fail_fraction: Ratio,
    /// The largest fraction of appends that may share a message; with `mix` it gives the lower bound on messages.
    pub maximum_appends_batched_fraction: Ratio,
}

impl Limits {
    /// Limits that no run exceeds, where none is set.
    pub const NONE: Self = Self {
        maximum_get_fail_fraction: Ratio::ONE,
        maximum_put_fail_fraction: Ratio::ONE,
        maximum_get_generation_fail_fraction: Ratio::ONE,
        maximum_appends_batched_fraction: Ratio::ONE,
    };
}

impl Default for Limits {
    /// Returns the course's defaults.
    fn default() -> Self {
        Self {
            maximum_get_fail_fraction: Ratio::from_ppb(500_000_000),
            maximum_put_fail_fraction: Ratio::from_ppb(500_000_000),
            maximum_get_generation_fail_fraction: Ratio::from_ppb(100_000_000),
            maximum_appends_batched_fraction: Ratio::from_ppb(500_000_000),
        }
    }
}
