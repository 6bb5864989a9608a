//! From a scenario and a seed to requests and faults with their times.

use crate::Nanos;
use crate::plan::{Fault, LinkEffect, LinkPattern, PlannedFault, PlannedRequest, RequestKind};
use crate::rng::{Seed, Stream};
use crate::scenario::{EventKind, FaultKind, Scenario};

/// Requests are spaced evenly over the lifetime; who asks and what is drawn for each.
pub(super) fn requests(scenario: &Scenario, mut draws: Stream) -> Vec<PlannedRequest> {
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
pub(super) fn faults(scenario: &Scenario, seed: Seed) -> Vec<PlannedFault> {
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
            FaultKind::Cut { until, from, to } => Fault::Links {
                links: LinkPattern::OneWay { from: from.clone(), to: to.clone() },
                messages: Vec::new(),
                effect: LinkEffect::Cut,
                until: scenario.start_wait + until,
            },
        },
    });
    let mut faults: Vec<PlannedFault> = course.chain(own).collect();
    faults.sort_by_key(|fault| fault.at);
    faults
}
