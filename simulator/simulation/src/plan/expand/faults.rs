//! The faults of a scenario's extension: number, times, victims and strength of each.

use std::collections::BTreeMap;

use super::Swarm;
use super::overlap::{Partition, partitions};
use crate::faults::{AnyLinkFault, AnyNodeFault, DrawnOrder};
use crate::plan::{Fault, PlannedFault};
use crate::rng::Seed;
use crate::scenario::{FaultKind, Lasts, Scenario};

/// Returns the planned faults of the scenario's extension, not sorted.
///
/// Each event draws from streams that are named after its type and its number among the events of that type. So one
/// more event of another type changes no other draws.
pub(super) fn own(scenario: &Scenario, seed: Seed, swarm: &Swarm) -> Vec<PlannedFault> {
    let mut planned = Vec::new();
    let mut separated = Vec::new();
    let mut of_type: BTreeMap<&str, u32> = BTreeMap::new();
    for fault in &scenario.extension.faults {
        let kind = fault.kind.name();
        let number = of_type.entry(kind).or_default();
        *number += 1;
        let name = format!("{kind} {number}");
        if !swarm.takes_part(&name) {
            continue;
        }
        let count = fault.count.draw(&mut seed.stream(&format!("{name}: count")));
        for occurrence in 1..=count {
            let stream = |purpose| seed.stream(&format!("{name}.{occurrence}: {purpose}"));
            let mut times = stream("when");
            let at = fault.at.draw(&mut times);
            let until = match fault.lasts {
                Lasts::Once => at,
                Lasts::For(lasts) => at + lasts.draw(&mut times),
                Lasts::Until(until) => until.draw(&mut times),
            };
            let (at, until) = (scenario.start_wait + at, scenario.start_wait + until);
            let mut order = DrawnOrder::new(scenario.replicas, stream("whom"));
            let mut draws = stream("how");
            let fault = match &fault.kind {
                FaultKind::Links { links, messages, fault } => Fault::Links {
                    links: links.draw(&mut order),
                    messages: messages.clone(),
                    fault: AnyLinkFault::draw(fault, &mut draws),
                    until,
                },
                FaultKind::Nodes { who, fault } => Fault::Nodes {
                    who: order.select(who),
                    fault: AnyNodeFault::draw(fault, &mut draws),
                    until,
                    dice: draws.bits(),
                },
                &FaultKind::Partition { keep_leader } => {
                    separated.push(Partition { at, until, keep_leader, order: order.replicas });
                    continue;
                }
            };
            planned.push(PlannedFault { at, fault });
        }
    }
    planned.extend(partitions(separated));
    planned
}
