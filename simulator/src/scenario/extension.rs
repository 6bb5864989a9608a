//! Our own additions to the course's format: the object `"simulator"`.
//!
//! Everything in it may be left out. All that it knows:
//!
//! ```
//! # use simulator::scenario::Scenario;
//! # let ours = r#"
//! "simulator": {
//!     "about": "a leader that is heard by nobody, while copies of messages arrive late",
//!     "network": {
//!         "router_us": 100,
//!         "delay_us": [50, 2000],
//!         "fifo": false,
//!         "duplicate": 0.01,
//!         "duplicate_delay_us": [0, 5000]
//!     },
//!     "workload": { "kind": "contend", "clients": 8, "keys": 3 },
//!     "events": [
//!         { "type": "cut", "time": 5, "until": 10, "from": "leader", "to": "followers" },
//!         { "type": "cut", "time": 15, "until": 20, "from": ["0000", "0001"], "to": "all" }
//!     ]
//! }
//! # "#;
//! # let tiers = "[1, 2, 3]";
//! # let text = format!(r#"{{"lifetime": 30, "replicas": 5, "requests": 9, "tests": {{"benchmarks": {{
//! #     "total_msgs": {tiers}, "failures": {tiers}, "duplicates": {tiers}, "median_latency": {tiers}
//! # }}}}, {ours}}}"#);
//! # assert_eq!(Scenario::parse("x", &text).map(|(it, _)| it.extension.faults.len()), Ok(2));
//! ```
//!
//! `_us` fields are microseconds, `time` and `until` seconds after `start_wait`. A `workload` of
//! `kind` `"course"`, the default, has no `keys`.

use serde::{Deserialize, Serialize};

use super::{MICROSECOND, Nanos, Ratio};

/// What a scenario asks for beyond the course's format. The default is the course's behaviour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// What the scenario is after, in one line.
    pub about: Option<String>,
    /// How messages travel.
    pub network: Network,
    /// Who asks for what.
    pub workload: Workload,
    /// What the replicas may assume of their clocks.
    #[serde(default)]
    pub clocks: Clocks,
    /// Whether replicas draw unusual limits from their seeds (FoundationDB's "buggify").
    #[serde(default)]
    pub buggify: bool,
    /// Faults the course's format lacks, earliest first.
    pub faults: Vec<Fault>,
}

/// What replicas may assume of their clocks; a scenario with faults outside the bound says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clocks {
    /// Any two run at speeds that differ by less than 10 %, and none ever stops or jumps.
    #[default]
    Bounded,
    /// Nothing: they stop, jump and race.
    Unbounded,
}

/// How messages travel. The default is the course's single serial router and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// How long the serial first-in-first-out router takes for each message.
    pub router: Nanos,
    /// Extra delay of each replica-to-replica message, drawn for each.
    pub delay: Span,
    /// Whether a link keeps its messages in order despite `delay`.
    pub fifo: bool,
    /// The probability that a replica-to-replica message arrives a second time.
    pub duplicate: Ratio,
    /// How much later the second copy arrives.
    pub duplicate_delay: Span,
    /// What happens to clients' requests and to the answers.
    #[serde(default)]
    pub clients: ClientLinks,
}

/// What happens on the way between clients and replicas. The default is the course's: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientLinks {
    /// The probability that a request or an answer is lost. No client repeats a lost one.
    pub loss: Ratio,
    /// Extra delay of each, drawn for each.
    pub delay: Span,
    /// The probability that a request or an answer arrives a second time.
    pub duplicate: Ratio,
    /// How much later the second copy arrives.
    pub duplicate_delay: Span,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            router: 100 * MICROSECOND,
            delay: Span::default(),
            fifo: false,
            duplicate: Ratio::ZERO,
            duplicate_delay: Span::default(),
            clients: ClientLinks::default(),
        }
    }
}

/// How long something takes: uniform within `span`, plus a tail in which each further `tail` halves
/// what is left (an exponential distribution of that half-life); no tail if 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// The body.
    pub span: Span,
    /// The half-life of the tail.
    #[serde(default)]
    pub tail: Nanos,
}

/// A range of durations, both ends included, `min <= max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The shortest.
    pub min: Nanos,
    /// The longest.
    pub max: Nanos,
}

/// Who sends requests, and for which keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// How many clients, 1 to 1000.
    pub clients: u16,
    /// Which keys they use.
    pub kind: WorkloadKind,
}

impl Default for Workload {
    fn default() -> Self {
        Self { clients: 8, kind: WorkloadKind::Course }
    }
}

/// Which keys the clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkloadKind {
    /// As in the course: each client has keys of its own.
    Course,
    /// All clients read and write the same few keys.
    Contend {
        /// How many keys they share, 1 to 100,000.
        keys: u32,
    },
}

/// A fault of our own, at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When it begins, counted from the end of `start_wait`; 0 to `lifetime`.
    pub at: Nanos,
    /// What happens.
    pub kind: FaultKind,
}

/// The faults the course's format lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Replica-to-replica messages of one direction are lost; those the other way are not.
    Cut {
        /// When it heals, on the same clock as [`Fault::at`] and later than it.
        until: Nanos,
        /// The senders.
        from: Vec<Selector>,
        /// The receivers.
        to: Vec<Selector>,
    },
}

/// Replicas a fault applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// One replica by its number; replica 10 is `"000A"` in the file.
    Replica(u16),
    /// The replica last named as leader when the fault begins.
    Leader,
    /// The replica that last became a candidate, while it still is one.
    Candidate,
    /// The follower whose log is the most up-to-date (Raft §5.4.1), the first of equals.
    Newest,
    /// Every replica but the leader.
    Followers,
    /// Every replica.
    All,
}
