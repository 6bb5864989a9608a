//! The plan: everything that will be done to a cluster, written out before anything runs.
//!
//! [`Plan::new`] expands a scenario and a seed. From then on the run is a function of the plan
//! alone, so a plan can be printed, stored, edited and shrunk. Choices that only the run can make
//! (which of the keys acknowledged by then a get asks for) are taken from the `dice` of the request
//! they belong to: removing one request or fault from a plan changes nothing about the others.

mod check;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::node::NodeId;
use crate::rng::{Seed, Stream};
use crate::scenario::{
    Benchmarks, EventKind, FaultKind, Limits, Network, Ratio, Scenario, Selector, WorkloadKind,
};

pub use check::PlanError;

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
    pub workload: WorkloadKind,
    /// When the scenario ends and healing begins.
    pub end: Nanos,
    /// The scenario ends early once replicas have sent this many messages.
    pub max_messages: u64,
    /// Which messages between replicas are lost.
    pub losses: Losses,
    /// How messages travel.
    pub network: Network,
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
}

/// Which messages between replicas are lost, until everything heals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Losses {
    /// Each with this probability; the link's own stream decides.
    Random(Ratio),
    /// These and no others. A run of the first kind leaves its list in
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
pub struct PlannedRequest {
    /// When it is asked.
    pub at: Nanos,
    /// Who asks.
    pub client: u16,
    /// Get or put.
    pub kind: RequestKind,
    /// Source of its choices: key, value, whom to ask.
    pub dice: u64,
}

/// Get or put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A read.
    Get,
    /// A write.
    Put,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFault {
    /// When it strikes.
    pub at: Nanos,
    /// What happens.
    pub fault: Fault,
}

/// What can go wrong on purpose. Where a fault picks replicas at random, `order` is the order in
/// which it considers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Fault {
    /// Kills the replica that the network takes for the leader; clients forget their leader.
    /// Does nothing while none is known.
    KillLeader,
    /// Kills another living replica.
    KillNonLeader {
        /// The first that lives and does not lead is killed.
        order: Vec<u16>,
    },
    /// Splits the cluster in a bare majority and the rest.
    Partition {
        /// The leader is put in the majority (course: `part_easy`). Otherwise nobody looks where
        /// it is, and clients forget it (`part_hard`).
        keep_leader: bool,
        /// The majority is filled from the front.
        order: Vec<u16>,
    },
    /// Ends the partition.
    Heal,
    /// Messages from one set of replicas to another are lost, but not those that go back.
    Cut {
        /// Senders; chosen at the moment the cut begins.
        from: Vec<Selector>,
        /// Receivers.
        to: Vec<Selector>,
        /// When it ends.
        until: Nanos,
    },
}

impl Plan {
    /// Expands a scenario with a seed.
    pub fn new(scenario: &Scenario, seed: u64) -> Plan {
        let workload = &scenario.extension.workload;
        Plan {
            scenario: scenario.name.clone(),
            seed,
            replicas: scenario.replicas,
            clients: workload.clients,
            workload: workload.kind,
            end: scenario.duration(),
            max_messages: scenario.max_packets,
            losses: Losses::Random(scenario.drops),
            network: scenario.extension.network.clone(),
            requests: plan_requests(scenario, Seed(seed).stream("workload")),
            faults: plan_faults(scenario, Seed(seed)),
            mix: scenario.mix,
            benchmarks: scenario.benchmarks,
            limits: scenario.limits,
        }
    }
}

/// Requests are spaced evenly over the lifetime; who asks and what is drawn for each.
fn plan_requests(scenario: &Scenario, mut draws: Stream) -> Vec<PlannedRequest> {
    let clients = u64::from(scenario.extension.workload.clients);
    let spread = |number: u32| {
        let share = u128::from(scenario.lifetime) * u128::from(number);
        scenario.start_wait + (share / u128::from(scenario.requests)) as Nanos
    };
    (0..scenario.requests)
        .map(|number| PlannedRequest {
            at: spread(number),
            kind: if draws.chance(scenario.mix) { RequestKind::Get } else { RequestKind::Put },
            client: draws.below(clients) as u16,
            dice: draws.bits(),
        })
        .collect()
}

/// The course's events and our own faults, by time. Each draws from a stream of its own.
fn plan_faults(scenario: &Scenario, seed: Seed) -> Vec<PlannedFault> {
    let course = scenario.events.iter().enumerate().map(|(number, event)| {
        let order = || {
            let mut order: Vec<u16> = (0..scenario.replicas).collect();
            seed.stream(&format!("event {number}")).shuffle(&mut order);
            order
        };
        let fault = match event.kind {
            EventKind::KillLeader => Fault::KillLeader,
            EventKind::KillNonLeader => Fault::KillNonLeader { order: order() },
            EventKind::PartEasy => Fault::Partition { keep_leader: true, order: order() },
            EventKind::PartHard => Fault::Partition { keep_leader: false, order: order() },
            EventKind::PartEnd => Fault::Heal,
        };
        PlannedFault { at: scenario.start_wait + event.at, fault }
    });
    let own = scenario.extension.faults.iter().map(|fault| PlannedFault {
        at: scenario.start_wait + fault.at,
        fault: match &fault.kind {
            FaultKind::Cut { until, from, to } => Fault::Cut {
                from: from.clone(),
                to: to.clone(),
                until: scenario.start_wait + until,
            },
        },
    });
    let mut faults: Vec<PlannedFault> = course.chain(own).collect();
    faults.sort_by_key(|fault| fault.at);
    faults
}
