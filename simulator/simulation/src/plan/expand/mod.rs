//! The expansion of a scenario and a seed into requests and faults with their times.
//!
//! Each purpose draws from a stream of its own, named after it, so one more fault changes no other draws.

mod faults;
mod for_good;
mod overlap;
mod swarm;

use std::borrow::Cow;

use crate::Nanos;
use crate::plan::{Fault, PlannedFault, PlannedRequest, RequestKind};
use crate::rng::{Seed, Stream};
use crate::scenario::{EventKind, Scenario, Workload};
use crate::units::Span;

pub(super) use swarm::Swarm;

/// Returns the scenario with the number of replicas that the seed draws, if it leaves that to the seed.
pub(super) fn sized(scenario: &Scenario, seed: Seed) -> Cow<'_, Scenario> {
    let Some(range) = scenario.extension.replicas else { return Cow::Borrowed(scenario) };
    let drawn = seed.stream("replicas").between(range.low.into(), range.high.into());
    Cow::Owned(Scenario { replicas: drawn as u16, ..scenario.clone() })
}

/// Returns the requests, spaced evenly over the lifetime or in bursts; the client and the dice are drawn for each.
pub(super) fn requests(
    scenario: &Scenario,
    workload: &Workload,
    mut draws: Stream,
) -> Vec<PlannedRequest> {
    let clients = u64::from(workload.clients);
    let spread = |number: u32| {
        let first = number - number % workload.burst.max(1);
        let share = u128::from(scenario.lifetime) * u128::from(first);
        scenario.start_wait + (share / u128::from(scenario.requests)) as Nanos
    };
    (0..scenario.requests)
        .map(|number| PlannedRequest {
            at: spread(number),
            kind: if draws.chance(scenario.mix) { RequestKind::Get } else { RequestKind::Put },
            client: draws.below(clients) as u16,
            dice: draws.bits(),
            to: None,
        })
        .collect()
}

/// The range of times, in nanoseconds, from the launch of one process to the launch of the next.
const LAUNCH: Span = Span { min: 1_000_000, max: 4_000_000 };

/// Returns the time at which each replica is ready, in nanoseconds from the first launch.
///
/// Replicas are launched in the order of their ids, without waiting for each other. The duration of a start depends on
/// the machine, which is the same for all, and up to a third more on chance. Each replica draws from a stream of its
/// own, to the nanosecond: so no two are ready at once, and timeouts of equal length do not expire together.
pub(super) fn start_ups(range: Span, replicas: u16, seed: Seed) -> Vec<Nanos> {
    let machine = seed.stream("start-up").between(range.min, range.max);
    let mut launched = 0;
    let draw = |id| {
        let mut draws = seed.stream(&format!("start-up {id}"));
        launched += draws.between(LAUNCH.min, LAUNCH.max);
        launched + machine + draws.between(0, machine / 3)
    };
    (0..replicas).map(draw).collect()
}

/// Returns the course's events and the extension's faults, ordered by time.
pub(super) fn faults(scenario: &Scenario, seed: Seed, swarm: &Swarm) -> Vec<PlannedFault> {
    let mut faults = course(scenario, seed);
    faults.extend(faults::own(scenario, seed, swarm));
    faults.sort_by_key(|planned| planned.at);
    for_good::spare_a_majority(&mut faults, scenario.replicas);
    faults
}

/// Returns the course's events as faults. Each draws from a stream of its own.
fn course(scenario: &Scenario, seed: Seed) -> Vec<PlannedFault> {
    let planned = |(number, event): (usize, &crate::scenario::Event)| {
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
    };
    scenario.events.iter().enumerate().map(planned).collect()
}
