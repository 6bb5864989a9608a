//! The register without a leader: the right one passes, and what is wrong with the other one shows in a plan at a
//! glance, although it takes lost messages.

use std::ops::ControlFlow;

use simulation::check::{CheckName, Class};
use simulation::engine::{self, Options};
use simulation::explain::{Change, explain};
use simulation::failure::Failure;
use simulation::plan::{Among, Losses, Plan};
use simulation::scenario::Scenario;
use simulation::shrink::{Effort, Shrunk, shrink, to_the_end};

#[allow(dead_code)]
#[path = "../../examples/register.rs"]
pub(crate) mod register;

use register::{Register, SCENARIO};

const WRONG: Register = Register { writes_back: false };

/// The first ten seeds with which the wrong register fails. Of 55, seven requests, three cuts and three losses are
/// left, of which no single change makes less: that one takes a start afresh.
const FAILING: [u64; 10] = [11, 50, 52, 55, 80, 85, 92, 126, 130, 131];

fn plan(seed: u64) -> Plan {
    Plan::new(&Scenario::parse("register", SCENARIO).unwrap().0, seed)
}

fn shrunk(seed: u64) -> Shrunk {
    let failure = Failure::find(&WRONG, &plan(seed)).unwrap();
    assert_eq!((failure.class, failure.check), (Class::Correctness, CheckName::Linearizable));
    let effort = Effort { runs: 2_000, ..Effort::default() };
    shrink(&WRONG, &failure, effort, &mut to_the_end).unwrap()
}

#[test]
fn a_register_that_writes_back_is_right() {
    for seed in FAILING.into_iter().chain(1..20) {
        let failure = Failure::find(&Register { writes_back: true }, &plan(seed));
        assert_eq!(failure.map(|it| it.finding()), None, "seed {seed}");
    }
}

#[test]
fn one_that_does_not_takes_few_requests_and_losses_to_show() {
    for seed in FAILING {
        let shrunk = shrunk(seed);
        let small = &shrunk.failure.plan;
        let Losses::Listed(losses) = &small.losses else { panic!("losses by chance: {small:?}") };
        assert!(shrunk.is_minimal, "{} runs", shrunk.runs);
        assert!(small.requests.len() <= 6 && losses.len() <= 2, "seed {seed}: {small:?}");
        assert!(small.faults.is_empty(), "seed {seed}: {small:?}");
    }
}

#[test]
fn what_decided_comes_before_the_failure_shows_and_some_run_escapes() {
    let scenario = Scenario::parse("register", SCENARIO).unwrap().0;
    let failure = Failure::find(&WRONG, &plan(FAILING[0])).unwrap();
    let mut goes_on = |_, _| ControlFlow::Continue(());
    let explained = explain(&WRONG, &failure, Some(&scenario), 2, &mut goes_on).unwrap();
    let story = explained.story.join("\n");
    let decisive = explained.decisive.unwrap();
    assert!(decisive.is_clear && decisive.at <= explained.shown_at, "{decisive:?}\n{story}");
    let is_get = decisive.events.iter().any(|event| event.what.contains("asks get(k1)"));
    assert!(is_get, "the get that overtakes shows what the half-done put began: {story}");
    let needed = explained.needed.unwrap();
    assert_eq!(needed.change, Change::Delivered, "{story}");
    assert!(needed.at < decisive.at && needed.event.what.contains("store k1 = v85"), "{needed:?}");
    assert!(needed.changed.percent() < needed.as_it_was.percent(), "{needed:?}");
    let sibling = explained.sibling.unwrap();
    assert!(sibling.passes && sibling.parts_at == needed.at, "{story}");
}

/// What is lost is named by the request that it serves, so it is the same message when others are left out.
#[test]
fn what_is_lost_stays_the_same_when_a_request_is_left_out() {
    let lost = |plan: &Plan| {
        let options = Options { decisions: true, ..Options::default() };
        let mut losses = engine::run(&WRONG, plan, options).losses;
        losses.retain(|lost| lost.of != Among::NoRequest);
        losses
    };
    let mut plan = plan(FAILING[0]);
    let mut losses = lost(&plan);
    assert!(losses.len() > 100, "{}", losses.len());
    plan.losses = Losses::Listed(losses.clone());
    let left_out = plan.requests.remove(100);
    losses.retain(|lost| lost.of != Among::Request(left_out.dice));
    assert_eq!(lost(&plan), losses);
}
