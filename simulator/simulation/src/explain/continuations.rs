//! Continuations: plans whose runs are the failure's up to a moment, and go on in another way.

use crate::Nanos;
use crate::UnderTest;
use crate::plan::{Branch, Fault, Losses, Plan, PlannedFault, PlannedRequest};
use crate::rng::{Dice, Seed};
use crate::scenario::Scenario;
use crate::units::Ratio;

/// The ways in which a failure's run could have gone on, by number.
///
/// From a moment on, a continuation has the requests and faults of another seed of the scenario, and draws from
/// another seed. Each of its faults happens at even odds: what all seeds have in common, such as a kill at a fixed
/// time, would otherwise be in all continuations, and never be seen to decide anything.
#[derive(Debug)]
pub(super) struct Continuations<'f> {
    plan: &'f Plan,
    others: Vec<Other>,
}

/// The part of a continuation that comes after its moment, whichever that is.
#[derive(Debug)]
struct Other {
    seed: u64,
    loss: Ratio,
    requests: Vec<PlannedRequest>,
    faults: Vec<PlannedFault>,
}

/// A continuation: the moment from which it goes otherwise, its number, and what it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub at: Nanos,
    pub number: u32,
    pub kept: Kept,
}

/// The part of the failure's plan that a continuation keeps after its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing: requests and faults are those of another seed.
    Nothing,
    /// All of its requests and faults; only draws differ.
    Plan,
    /// All but the faults that strike at the moment itself.
    AllButFaultsAtOnce,
}

/// Even odds.
const HALF: Ratio = Ratio::from_ppb(Ratio::BILLION / 2);

/// Uses of an item's dice: whether a fault happens; what becomes of a request where no scenario is known.
const HAPPENS: u64 = 0xC0;
const REDRAWN: u64 = 0xC1;

impl<'f> Continuations<'f> {
    /// Draws `count` of them. Where the scenario of the plan is not known, requests and faults are those of the plan:
    /// the requests with other keys, values and replicas asked.
    pub(super) fn new(
        system: &dyn UnderTest,
        plan: &'f Plan,
        scenario: Option<&Scenario>,
        count: u32,
    ) -> Self {
        let draw = |number| {
            let seed = Seed(plan.seed).stream(&format!("continuation {number}")).bits();
            match scenario {
                Some(scenario) => of_scenario(system, plan, scenario, seed),
                None => of_plan(plan, seed),
            }
        };
        Continuations { plan, others: (0..count).map(draw).collect() }
    }

    /// Returns the failure's own plan.
    pub(super) fn whole(&self) -> &'f Plan {
        self.plan
    }

    /// Returns the plan of a continuation.
    pub(super) fn plan(&self, Way { at, number, kept }: Way) -> Plan {
        let other = &self.others[number as usize];
        let mut plan = self.plan.clone();
        plan.branches.retain(|branch| branch.at < at);
        plan.branches.push(Branch { at, seed: other.seed, loss: other.loss });
        if kept != Kept::Nothing {
            plan.faults.retain(|planned| kept == Kept::Plan || planned.at != at);
            return plan;
        }
        plan.requests.retain(|request| request.at < at);
        plan.faults.retain(|planned| planned.at < at);
        plan.requests.extend(other.requests.iter().filter(|request| request.at >= at));
        plan.faults.extend(other.faults.iter().filter(|planned| planned.at >= at).cloned());
        plan
    }
}

/// Expands another seed of the scenario, in so far as that fits the plan.
fn of_scenario(system: &dyn UnderTest, plan: &Plan, scenario: &Scenario, seed: u64) -> Other {
    let scenario = Scenario { replicas: plan.replicas, ..scenario.clone() };
    let drawn = system.plan(&scenario, seed);
    let mut requests = drawn.requests;
    requests.retain(|request| request.at < plan.end);
    requests.iter_mut().for_each(|request| request.client %= plan.clients);
    let fits = |planned: &PlannedFault| {
        let alone = Plan { requests: Vec::new(), faults: vec![planned.clone()], ..plan.clone() };
        planned.at < plan.end && alone.check().is_ok()
    };
    let faults = thinned(drawn.faults.into_iter().filter(fits), seed);
    let loss = by_chance(&plan.losses).or(by_chance(&drawn.losses)).unwrap_or_default();
    Other { seed, loss, requests, faults }
}

/// The plan's own requests and faults, drawn anew.
fn of_plan(plan: &Plan, seed: u64) -> Other {
    let redrawn = |request: &PlannedRequest| {
        let mut dice = Dice::new(request.dice ^ seed, REDRAWN);
        let client = dice.below(usize::from(plan.clients)) as u16;
        PlannedRequest { client, dice: dice.bits(), ..*request }
    };
    let requests = plan.requests.iter().map(redrawn).collect();
    let faults = thinned(plan.faults.iter().cloned(), seed);
    Other { seed, loss: by_chance(&plan.losses).unwrap_or_default(), requests, faults }
}

/// The probability of losses, unless they are listed.
fn by_chance(losses: &Losses) -> Option<Ratio> {
    match losses {
        Losses::Random(loss) => Some(*loss),
        Losses::Listed(_) => None,
    }
}

/// About half of the faults. What ends a partition is none.
fn thinned(faults: impl Iterator<Item = PlannedFault>, seed: u64) -> Vec<PlannedFault> {
    let mut dice = Dice::new(seed, HAPPENS);
    let happens = |planned: &PlannedFault| planned.fault == Fault::Heal || dice.chance(HALF);
    faults.filter(happens).collect()
}
