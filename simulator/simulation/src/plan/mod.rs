//! The plan: everything that will be done to a cluster, written out before anything runs.
//!
//! [`Plan::new`] expands a scenario and a seed. From then on the run is a function of the plan
//! alone, so a plan can be printed, stored, edited and shrunk. Choices that only the run can make
//! (which of the keys acknowledged by then a get asks for) are taken from the `dice` of the request
//! they belong to: removing one request or fault from a plan changes nothing about the others.

mod check;
mod describe;
mod expand;
mod fault;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::api::{Clocks, NodeId, Processes};
use crate::rng::Seed;
use crate::scenario::{Benchmarks, Limits, Network, Scenario};
use crate::units::Ratio;
use crate::workloads::AnyWorkload;

pub use crate::bounds::PlanError;
pub use crate::workloads::RequestKind;
pub use fault::{Fault, PlannedFault};

/// A run, fully decided except for what the replicas do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The seed: the source of the plan, of the replicas' own seeds and of the network's draws.
    pub seed: u64,
    /// Number of replicas.
    pub replicas: u16,
    /// Number of clients.
    pub clients: u16,
    /// How clients choose keys and values.
    pub workload: AnyWorkload,
    /// When the scenario ends and healing begins.
    pub end: Nanos,
    /// The scenario ends early once replicas have sent this many messages.
    pub max_messages: u64,
    /// Which messages between replicas are lost.
    pub losses: Losses,
    /// How messages travel.
    pub network: Network,
    /// What the replicas may assume of their clocks.
    #[serde(default)]
    pub clocks: Clocks,
    /// How long each replica takes from a start to its first step, in nanoseconds, by replica; empty where all
    /// are ready at once. See
    /// [`Plan::for_processes`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub start_ups: Vec<Nanos>,
    /// The simulator looks for requests and faults that are due whenever it has dealt with a datagram, and after
    /// this time without one, in nanoseconds; 0 if it is never late. The original's loop waits for datagrams for
    /// a tenth of a second, so in a quiet cluster it asks several requests at once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub loop_wait: Nanos,
    /// Replicas draw unusual limits from their seeds, so that rare paths are common (FoundationDB's
    /// "buggify").
    #[serde(default)]
    pub buggify: bool,
    /// The requests, by time.
    pub requests: Vec<PlannedRequest>,
    /// The faults, by time.
    pub faults: Vec<PlannedFault>,
    /// The fraction of requests that are gets: the course's lower bound on messages depends on it.
    pub mix: Ratio,
    /// The tiers that the metrics are graded by.
    pub benchmarks: Benchmarks,
    /// What fraction of the requests may fail.
    pub limits: Limits,
    /// The moments at which what the seed leaves to chance begins to go otherwise, by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
}

/// A moment from which on draws come from another seed: losses, delays and copies of messages, and what replicas
/// draw, as far as they can ([`Node::reseed`](crate::api::Node::reseed)). Before it, the run is that of the plan
/// without the branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The moment. What happens at this very time goes otherwise already.
    pub at: Nanos,
    /// The source of all draws from then on.
    pub seed: u64,
    /// The probability with which each message between replicas is lost from then on, in place of
    /// [`Plan::losses`].
    pub loss: Ratio,
}

/// Which messages between replicas are lost, until everything heals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Losses {
    /// Each with this probability, and those that faults of links take; the link's own streams decide.
    Random(Ratio),
    /// These and no others: faults of links take none by chance. A run of the first kind leaves its list in
    /// [`Evidence::losses`](crate::evidence::Evidence::losses): with that list in place of the
    /// probability, the plan gives the same run.
    Listed(Vec<LostMessage>),
}

/// One message that is lost, by its place among the messages of its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostMessage {
    /// The sender.
    pub from: u16,
    /// The receiver.
    pub to: u16,
    /// Which message of this link, from 1. Those that a partition or a cut stops do not count.
    pub nth: u32,
}

/// The link, and which of its messages.
impl fmt::Display for LostMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} #{}", NodeId(self.from), NodeId(self.to), self.nth)
    }
}

/// One request of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRequest {
    /// When it is asked.
    pub at: Nanos,
    /// The client that asks.
    pub client: u16,
    /// Get or put.
    pub kind: RequestKind,
    /// Source of its choices: key, value, whom to ask.
    pub dice: u64,
}

/// How long the original's loop waits for a datagram: a tenth of a second, and what the kernel is late.
const COURSE_LOOP_WAIT: Nanos = 100_190_000;

fn is_zero(nanos: &Nanos) -> bool {
    *nanos == 0
}

impl Plan {
    /// Expands a scenario with a seed.
    pub fn new(scenario: &Scenario, seed: u64) -> Plan {
        let extension = &scenario.extension;
        let swarm = expand::Swarm::new(scenario, Seed(seed));
        let workload = swarm.workload(&extension.workload);
        Plan {
            scenario: scenario.name.clone(),
            seed,
            replicas: scenario.replicas,
            clients: workload.clients,
            workload: workload.kind,
            end: scenario.duration(),
            max_messages: scenario.max_packets,
            losses: Losses::Random(swarm.maybe("drops", scenario.drops)),
            network: swarm.network(&extension.network),
            clocks: extension.clocks,
            start_ups: Vec::new(),
            loop_wait: 0,
            buggify: swarm.maybe("buggify", extension.buggify),
            requests: expand::requests(scenario, &workload, Seed(seed).stream("workload")),
            faults: expand::faults(scenario, Seed(seed), &swarm),
            mix: scenario.mix,
            benchmarks: scenario.benchmarks,
            limits: scenario.limits,
            branches: Vec::new(),
        }
    }

    /// The same plan for replicas that are processes: they are launched one after the other, each
    /// takes as long to start as the seed draws, and the course's clients ask as its simulator's loop comes
    /// round.
    #[must_use]
    pub fn for_processes(mut self, processes: Processes) -> Plan {
        if let Some(range) = processes.start_up {
            self.start_ups = expand::start_ups(range, self.replicas, Seed(self.seed));
        }
        if let AnyWorkload::Course(_) = self.workload {
            self.loop_wait = COURSE_LOOP_WAIT;
        }
        self
    }

    /// Whether nothing goes wrong in it: there are no faults, and no message is lost.
    pub fn is_calm(&self) -> bool {
        let losses = match &self.losses {
            Losses::Random(chance) => *chance != Ratio::ZERO,
            Losses::Listed(list) => !list.is_empty(),
        };
        self.faults.is_empty() && !losses
    }

    /// Whether replicas of this plan may have to start again from what they made durable.
    pub fn needs_durability(&self) -> bool {
        let needs_disk =
            |fault: &Fault| matches!(fault, Fault::Nodes { fault, .. } if fault.needs_disk());
        self.faults.iter().any(|planned| needs_disk(&planned.fault))
    }
}
