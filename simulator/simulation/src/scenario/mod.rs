//! Scenario files: what a run consists of, before any seed is chosen.
//!
//! A scenario is the course's JSON configuration, plus our own additions under one top-level object,
//! `"simulator"`, which the course's simulator ignores. So every course file loads here, and every
//! file of ours loads there.
//!
//! ```text
//!  bytes ──parse──▶ text ──json──▶ located fields ──parse_course─────▶ Scenario
//!                                  │       │ └─────extension::parse──▶  └ Extension
//!                                  │       └──decimal──▶ exact integers: Nanos, Ratio
//!                                  └──error──▶ ScenarioError, Warning: file, line, column, field
//! ```
//!
//! No float leaves this module: times are integer nanoseconds and probabilities parts per billion,
//! both converted from the decimal digits that stand in the file.
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
//! # Ok::<(), simulation::scenario::ScenarioError>(())
//! ```

mod extension;
mod parse;
mod parse_course;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) use extension::{MESSAGES, MOST_PACKETS, MOST_REQUESTS};

pub use crate::api::Clocks;
pub use crate::faults::{Selector, Target};
pub use crate::json::{Place, ScenarioError, Warning};
pub use crate::units::{Delay, Drawn, MICROSECOND, Nanos, Ratio, RatioError, SECOND, Span};
pub use extension::{ClientLinks, Extension, Fault, FaultKind, Lasts, Network, Workload};

/// A scenario: the cluster, its load, its faults, and what is asked of it.
///
/// [`Scenario::of_file`] and [`Scenario::parse`] check every range given here. The `serde` form is another
/// one than a file's: nanoseconds, ratios as decimal text, ranges unchecked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without `.json`, or the name given to [`Scenario::parse`].
    pub name: String,
    /// The file it was loaded from. Not stored: a scenario means the same wherever its file lies.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// How long requests are sent for, 5 s or more; waits come on top.
    pub lifetime: Nanos,
    /// How many replicas, 3 to 21.
    pub replicas: u16,
    /// How many requests all clients send together, spread evenly over `lifetime`.
    pub requests: u32,
    /// The seed the file asks for, when the command line gives none.
    pub seed: Option<u64>,
    /// The fraction of requests that are a `get`; the others are a `put`.
    pub mix: Ratio,
    /// How long the replicas have before the first request.
    pub start_wait: Nanos,
    /// How long the run goes on after the last request.
    pub end_wait: Nanos,
    /// The probability that a replica-to-replica message is lost.
    pub drops: Ratio,
    /// More replica-to-replica messages than this end the run as a packet storm.
    pub max_packets: u64,
    /// The course's faults, earliest first; those at the same time in the file's order.
    pub events: Vec<Event>,
    /// The tiers the four metrics are graded by.
    pub benchmarks: Benchmarks,
    /// What fraction of the requests may fail before the run counts as incorrect.
    pub limits: Limits,
    /// Our own additions: the file's `"simulator"` object.
    pub extension: Extension,
}

impl Scenario {
    /// The whole run: both waits and the lifetime.
    pub fn duration(&self) -> Nanos {
        self.start_wait + self.lifetime + self.end_wait
    }
}

/// A fault of the course, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, counted from the end of `start_wait`; 0 to `lifetime`.
    pub at: Nanos,
    /// What happens.
    pub kind: EventKind,
}

/// The five faults a course scenario can ask for.
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
    /// Every kind, in the order the course's documentation lists them.
    pub const ALL: [Self; 5] =
        [Self::KillLeader, Self::KillNonLeader, Self::PartEasy, Self::PartHard, Self::PartEnd];

    /// The name a scenario file uses.
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

/// The tiers of the four metrics, each `[bonus, full, partial]`: a value earns the first tier it is
/// strictly less than, and no credit when it is less than none.
///
/// The file may write any number; here each is rounded *up* to a whole one. That changes no verdict,
/// because a whole `value` is less than `tier` exactly when it is less than `tier` rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmarks {
    /// Replica-to-replica messages.
    pub total_msgs: [u64; 3],
    /// `fail` answers and unanswered requests.
    pub failures: [u64; 3],
    /// Answers to a request that was already completed.
    pub duplicates: [u64; 3],
    /// The upper median time to an answer (seconds in the file).
    pub median_latency: [Nanos; 3],
}

/// The course's correctness limits, each a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Unanswered gets, of the gets generated.
    pub maximum_get_fail_fraction: Ratio,
    /// Unanswered puts, of the puts generated.
    pub maximum_put_fail_fraction: Ratio,
    /// Gets that had no key to ask for, of the gets generated.
    pub maximum_get_generation_fail_fraction: Ratio,
    /// Appends that may share a message; together with `mix` it bounds the messages from below.
    pub maximum_appends_batched_fraction: Ratio,
}

impl Default for Limits {
    /// The course's defaults.
    fn default() -> Self {
        Self {
            maximum_get_fail_fraction: Ratio::from_ppb(500_000_000),
            maximum_put_fail_fraction: Ratio::from_ppb(500_000_000),
            maximum_get_generation_fail_fraction: Ratio::from_ppb(100_000_000),
            maximum_appends_batched_fraction: Ratio::from_ppb(500_000_000),
        }
    }
}
