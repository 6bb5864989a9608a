//! The extension of the course's format: the object `"simulator"`.
//!
//! Every field may be left out. An example with all fields:
//!
//! ```
//! # use simulation::scenario::Scenario;
//! # let ours = r#"
//! "simulator": {
//!     "about": "a busy cluster in which everything goes wrong, sooner or later",
//!     "swarm": true,
//!     "buggify": true,
//!     "size": { "requests": 10000000, "max_packets": 100000000 },
//!     "clocks": "unbounded",
//!     "network": {
//!         "router_us": 100,
//!         "delay_us": [50, 2000],
//!         "fifo": false,
//!         "duplicate": 0.01,
//!         "duplicate_delay_us": [0, 5000],
//!         "clients": {
//!             "loss": 0.01,
//!             "delay_us": [0, 3000],
//!             "duplicate": 0.01,
//!             "duplicate_delay_us": [0, 2000000]
//!         }
//!     },
//!     "workload": {
//!         "kind": "contend", "clients": 8, "keys": 3, "roam": 0.1, "value_bytes": [10, 2000],
//!         "burst": 5
//!     },
//!     "events": [
//!         { "type": "cut", "time": 2, "until": 4, "from": "leader", "to": "followers" },
//!         { "type": "cut", "time": 5, "lasts": 1.5, "messages": ["vote"] },
//!         { "type": "isolate", "time": [2, 20], "lasts": [1, 4], "who": "leader" },
//!         { "type": "ring", "time": 20, "lasts": 5 },
//!         { "type": "bridge", "time": 8, "lasts": 5 },
//!         { "type": "partition", "count": [2, 6], "time": [2, 24], "lasts": [2, 5], "keep_leader": true },
//!
//!         { "type": "lose", "time": 5, "lasts": 1, "chance": [0.1, 0.9] },
//!         { "type": "delay", "time": 6, "lasts": 3, "delay_us": [0, [100, 9000]], "tail_us": 2000, "fifo": true },
//!         { "type": "duplicate", "time": 3, "lasts": 9, "chance": 0.1, "delay_us": [0, 3000000] },
//!         { "type": "corrupt", "time": 12, "lasts": 3, "chance": 0.2, "from": "any" },
//!         { "type": "clog", "time": [5, 20], "lasts": [0.1, 2], "from": "any", "to": ["any", "leader"] },
//!         { "type": "throttle", "time": 14, "lasts": 3, "bytes_per_second": [2000, 50000] },
//!         { "type": "flicker", "time": 5, "lasts": 9, "chance": 0.02, "outage_us": [1000, 500000] },
//!
//!         { "type": "kill", "time": 25, "who": "newest" },
//!         { "type": "crash", "count": [1, 9], "time": [2, 25], "lasts": [0.2, 4], "who": "any" },
//!         { "type": "pause", "time": [2, 25], "lasts": 2, "who": "leader" },
//!         { "type": "freeze", "time": [2, 25], "lasts": 2, "who": "leader" },
//!         { "type": "slow", "time": 9, "lasts": 5, "who": "0002", "step_us": [100, 20000] },
//!         { "type": "slow_sync", "time": 9, "lasts": 5, "who": "all", "sync_us": [100, 20000] },
//!         { "type": "full_disk", "time": 9, "lasts": 5, "who": "candidate" },
//!         { "type": "flip_bit", "time": 11, "who": "any" },
//!         { "type": "clock", "time": 3, "lasts": 9, "who": "0001", "rate_ppm": [-200000, 200000], "jump_s": [0, 2] },
//!         { "type": "coarse_clock", "time": 3, "lasts": 9, "who": "any", "tick_us": [1000, 16000] }
//!     ]
//! }
//! # "#;
//! # let tiers = "[1, 2, 3]";
//! # let text = format!(r#"{{"lifetime": 30, "replicas": 5, "requests": 9, "tests": {{"benchmarks": {{
//! #     "total_msgs": {tiers}, "failures": {tiers}, "duplicates": {tiers}, "median_latency": {tiers}
//! # }}}}, {ours}}}"#);
//! # assert_eq!(Scenario::parse("x", &text).map(|(it, _)| it.extension.faults.len()), Ok(23));
//! ```
//!
//! **Size.** The course bounds `requests` and `max_packets` by 900,000. In this simulator, `size` replaces both, with
//! up to 100 million requests.
//!
//! **Units.** Fields that end in `_us` are in microseconds; fields that end in `_s`, `time`, `until` and `lasts` are in
//! seconds. `time` and `until` count from the end of `start_wait`. `rate_ppm` is in parts per million, and negative for
//! a slow clock.
//!
//! **Ranges.** Every number of an event may be written as `[low, high]`. The plan then draws it uniformly, for each
//! seed and for each of the `count` times that the event happens. `delay_us` and `sync_us` already are two numbers,
//! `[shortest, longest]`, between which each message and each sync draws its own; each of them may be a range too.
//!
//! **Who.** A replica's id (`"0002"`), `"leader"`, `"candidate"`, `"newest"` (the follower with the most up-to-date
//! log), `"followers"`, `"all"`, `"any"` (one that the plan draws), or a list of these. The engine resolves roles when
//! the fault strikes. The default of `from` and `to` is all replicas.
//!
//! **Messages.** A fault of links can be limited to some types of messages. The types of the bundled replica are
//! `preVote`, `requestVote`, `vote` (the answer to either), `appendEntries`, `heartbeat` (one without entries),
//! `installSnapshot` and `appended` (the answer to these three); see [`Message::kind`](crate::api::Message::kind).
//!
//! **Overlaps.** A new partition replaces the old one; all other faults are in force at the same time.
//!
//! **Swarm** testing: with `"swarm": true` each event, each of `drops`, `buggify`, `delay_us`, `duplicate`,
//! `value_bytes` and `burst`, and each field of the network's `clients` takes part in a seed with probability one half.
//! The reason: a run in which everything goes wrong hides failures that need one fault to last for long (Groce et al.,
//! "Swarm testing", ISSTA 2012).
//!
//! Faults that remove replicas permanently (`kill`, `flip_bit` and the kills of the course) never remove a majority:
//! the plan leaves out those of the extension that could.
//!
//! A `workload` with the default `kind`, `"course"`, has no `keys`, `roam` and `value_bytes`.

mod faults;
mod parse;
mod parse_faults;

pub(super) use faults::fault_names;
pub use faults::{Fault, FaultKind, Lasts};
pub(crate) use parse::{MOST_PACKETS, MOST_REQUESTS};
pub(super) use parse::{Size, extension};
pub(crate) use parse_faults::MESSAGES;

use serde::{Deserialize, Serialize};

use crate::api::Clocks;
use crate::units::{MICROSECOND, Nanos, Ratio, Span};
use crate::workloads::AnyWorkload;

/// The extension of a scenario. The default is the course's behaviour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The purpose of the scenario, in one line.
    pub about: Option<String>,
    /// The delays, duplicates and order of messages.
    pub network: Network,
    /// The clients and their requests.
    pub workload: Workload,
    /// The assumptions that replicas may make about their clocks.
    #[serde(default)]
    pub clocks: Clocks,
    /// True if replicas draw unusual limits from their seeds (FoundationDB's "buggify").
    #[serde(default)]
    pub buggify: bool,
    /// True if only some of the faults, drawn for each seed, take part.
    #[serde(default)]
    pub swarm: bool,
    /// The faults of the extension, in the file's order.
    pub faults: Vec<Fault>,
}

/// The delays, duplicates and order of messages. The default is only the course's single serial router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The time that the serial first-in-first-out router takes for each message.
    pub router: Nanos,
    /// The range of the extra delay of messages between replicas, drawn for each message.
    pub delay: Span,
    /// True if a link keeps its messages in order despite `delay`.
    pub fifo: bool,
    /// The probability that a message between replicas arrives a second time.
    pub duplicate: Ratio,
    /// The range of times after which the second copy arrives.
    pub duplicate_delay: Span,
    /// The drops, delays and duplicates of clients' requests and their answers.
    #[serde(default)]
    pub clients: ClientLinks,
}

/// The faults between clients and replicas. The default is the course's: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientLinks {
    /// The probability that a request or an answer is dropped. Clients do not repeat dropped requests.
    pub loss: Ratio,
    /// The range of the extra delay of requests and answers, drawn for each.
    pub delay: Span,
    /// The probability that a request or an answer arrives a second time.
    pub duplicate: Ratio,
    /// The range of times after which the second copy arrives.
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

/// The clients, and the way they choose their requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// The number of clients, 1 to 1000.
    pub clients: u16,
    /// The choice of keys and values.
    pub kind: AnyWorkload,
    /// The number of requests that are sent at one moment, 1 to 10,000.
    #[serde(default = "one")]
    pub burst: u32,
}

fn one() -> u32 {
    1
}

impl Default for Workload {
    fn default() -> Self {
        Self { clients: 8, kind: AnyWorkload::default(), burst: one() }
    }
}

#[cfg(test)]
mod tests {
    use crate::faults::{AnyLinkFault, AnyNodeFault};
    use crate::scenario::Scenario;

    #[test]
    fn every_fault_has_an_example_that_is_read_as_that_fault() {
        let names = AnyNodeFault::NAMES.iter().chain(AnyLinkFault::NAMES);
        let examples = AnyNodeFault::EXAMPLES.iter().chain(AnyLinkFault::EXAMPLES);
        for (name, example) in names.zip(examples) {
            let text = format!(
                r#"{{"lifetime": 30, "replicas": 5, "requests": 9, "tests": {{"benchmarks": {{
                    "total_msgs": [1, 2, 3], "failures": [1, 2, 3], "duplicates": [1, 2, 3],
                    "median_latency": [1, 2, 3]}}}},
                    "simulator": {{"clocks": "unbounded", "events": [{example}]}}}}"#
            );
            let (scenario, warnings) = Scenario::parse(name, &text).unwrap();
            assert_eq!((scenario.extension.faults[0].kind.name(), warnings.len()), (*name, 0));
        }
    }
}
