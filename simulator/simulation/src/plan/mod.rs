//! The plan: everything that a run will do to a cluster, fixed before it starts.
//!
//! [`Plan::new`] expands a scenario and a seed. From then on the run is a function of the plan alone, so a plan can be
//! printed, stored, edited and shrunk. Some choices only the run can make, such as the key of a get among those
//! acknowledged by then. Such a choice uses the `dice` of its own request: removing one request or fault from a plan
//! changes nothing about the others.

mod check;
mod describe;
mod expand;
mod fault;
mod keep;
mod losses;
mod script;
mod withheld;

use serde::{Deserialize, Serialize};

use crate::Nanos;
pub use crate::api::RequestKind;
use crate::api::{Clocks, Processes};
use crate::rng::Seed;
use crate::scenario::{Benchmarks, Budgets, Limits, Network, Progress, Scenario};
use crate::units::Ratio;
use crate::workloads::AnyWorkload;

pub use crate::bounds::PlanError;
pub use fault::{Fault, PlannedFault};
pub use keep::Assumed;
pub use losses::{Among, Losses, LostMessage};
pub use script::Script;
pub use withheld::Withheld;

/// A run, fully determined except for the behaviour of the replicas.
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
    /// The workload: the choice of keys and values by clients.
    pub workload: AnyWorkload,
    /// True if each client numbers its own requests, so that replicas see the same ids of several clients.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared_ids: bool,
    /// The time at which the scenario ends and healing begins.
    pub end: Nanos,
    /// The number of messages between replicas at which the scenario ends early.
    pub max_messages: u64,
    /// The messages between replicas that are dropped.
    pub losses: Losses,
    /// The delays, duplicates and order of messages.
    pub network: Network,
    /// The assumptions that replicas may make about their clocks.
    #[serde(default)]
    pub clocks: Clocks,
    /// The time from the start of each replica to its first step, in nanoseconds; empty if all are ready at once. See
    /// [`Plan::for_processes`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub start_ups: Vec<Nanos>,
    /// The longest wait for a datagram before due items are handled, in nanoseconds.
    ///
    /// It is 0 if the harness is never late. The harness also looks for due requests and faults after each datagram.
    /// The course's simulator waits a tenth of a second in its loop, so in a quiet cluster it sends several requests at
    /// once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub loop_wait: Nanos,
    /// True if replicas draw unusual limits from their seeds.
    ///
    /// Such limits make rare paths common (FoundationDB's "buggify").
    #[serde(default)]
    pub buggify: bool,
    /// The requests, ordered by time.
    pub requests: Vec<PlannedRequest>,
    /// The faults, ordered by time.
    pub faults: Vec<PlannedFault>,
    /// The fraction of requests that are gets; the course's lower bound on messages depends on it.
    pub mix: Ratio,
    /// The tiers by which the metrics are graded.
    pub benchmarks: Benchmarks,
    /// The fractions of requests that may fail.
    pub limits: Limits,
    /// The progress that is expected of a healthy majority while faults last, if the scenario says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The budgets beyond the course's four metrics, if the scenario sets any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budgets: Option<Budgets>,
    /// The moments at which what the seed leaves to chance begins to go otherwise, by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
    /// The datagrams that arrive, and are not handed to whom they are sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// The assumptions of the system under test, to which the run keeps unless they are violated on purpose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<Assumed>,
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

/// One request of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRequest {
    /// The time at which it is sent.
    pub at: Nanos,
    /// The client that sends it.
    pub client: u16,
    /// Get or put.
    pub kind: RequestKind,
    /// The source of its random choices: the key, the value and the first replica.
    pub dice: u64,
    /// The replica that is asked first, in place of the one that would be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u16>,
}

/// The time for which the course's loop waits for a datagram, in nanoseconds: a tenth of a second and the kernel's
/// typical delay.
const COURSE_LOOP_WAIT: Nanos = 100_190_000;

fn is_zero(nanos: &Nanos) -> bool {
    *nanos == 0
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Plan {
    /// Returns the plan that a scenario and a seed expand to.
    pub fn new(scenario: &Scenario, seed: u64) -> Plan {
        let scenario = &*expand::sized(scenario, Seed(seed));
        let extension = &scenario.extension;
        let swarm = expand::Swarm::new(scenario, Seed(seed));
        let workload = swarm.workload(&extension.workload);
        Plan {
            scenario: scenario.name.clone(),
            seed,
            replicas: scenario.replicas,
            clients: workload.clients,
            workload: workload.kind,
            shared_ids: workload.shared_ids,
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
            progress: extension.progress.clone(),
            budgets: extension.budgets,
            branches: Vec::new(),
            withheld: Vec::new(),
            assumptions: Vec::new(),
        }
    }

    /// Returns the same plan for replicas that are processes.
    ///
    /// The processes are launched one after the other, and the seed draws the duration of each start. In the course's
    /// workload, the clients send requests when the loop of the course's simulator would.
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

    /// Returns true if the plan has no faults and drops no messages.
    pub fn is_calm(&self) -> bool {
        let losses = match &self.losses {
            Losses::Random(chance) => *chance != Ratio::ZERO,
            Losses::Listed(list) => !list.is_empty(),
        };
        self.faults.is_empty() && !losses
    }

    /// Returns the roles and types of messages at which faults are aimed, each as often as a fault names it.
    pub(crate) fn aims(&self) -> impl Iterator<Item = &String> {
        let aims = self.faults.iter().map(|planned| match &planned.fault {
            Fault::Links { messages, .. } => messages.as_slice(),
            _ => &[],
        });
        aims.flatten()
    }

    /// Returns true if replicas of this plan may have to restart from their durable state.
    pub fn needs_durability(&self) -> bool {
        let needs_disk =
            |fault: &Fault| matches!(fault, Fault::Nodes { fault, .. } if fault.needs_disk());
        self.faults.iter().any(|planned| needs_disk(&planned.fault))
    }
}
