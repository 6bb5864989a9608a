//! The extension of the course's format: the object `"simulator"`.
//!
//! Everything in it may be left out. The page `scenarios.md` of the documentation describes all fields, with
//! examples; a test holds it against what is parsed here.

mod budgets;
mod faults;
mod parse;
mod parse_faults;
mod progress;

pub use budgets::Budgets;
pub(super) use faults::fault_names;
pub use faults::{Fault, FaultKind, Lasts};
pub(crate) use parse::{MOST_PACKETS, MOST_REQUESTS};
pub(super) use parse::{Size, extension};
pub(crate) use progress::MOST_TIMEOUTS;
pub use progress::Progress;

use serde::{Deserialize, Serialize};

use crate::api::Clocks;
use crate::units::{Drawn, MICROSECOND, Nanos, Ratio, Span};
use crate::workloads::AnyWorkload;

/// The extension of a scenario. The default is the course's behaviour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The purpose of the scenario, in one line.
    pub about: Option<String>,
    /// The range from which each seed draws the number of replicas, in place of that of the course's part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Drawn<u16>>,
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
    /// The progress that is expected of a healthy majority while faults last, if the scenario says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The budgets beyond the course's four metrics, if the scenario sets any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budgets: Option<Budgets>,
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
    /// True if each client numbers its own requests, so that replicas see the same ids of several clients.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared_ids: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn one() -> u32 {
    1
}

impl Default for Workload {
    fn default() -> Self {
        Self { clients: 8, kind: AnyWorkload::default(), burst: one(), shared_ids: false }
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
