//! Services of one's own: the lock service of the examples, and a crate outside of the workspace that holds it.

use simulation::check::{CheckName, Class, judge};
use simulation::engine::{self, Options};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulator::files::load_suite;

#[path = "../../examples/lock/lock.rs"]
mod lock;

use lock::Locks;

/// The failures of a family, by check, of the first seeds.
fn failures(family: &str, seeds: u64) -> Vec<Failure> {
    let scenarios = load_suite(family).unwrap();
    let plans = scenarios.iter().flat_map(|(it, _)| (0..seeds).map(|seed| Plan::new(it, seed)));
    plans.filter_map(|plan| Failure::find(&Locks, &plan)).collect()
}

#[test]
fn two_owners_of_a_lock_are_found_by_the_rule_and_by_the_answers() {
    let failures = failures("cuts", 8);
    let by = |check| failures.iter().filter(|it| it.check == check).count();
    assert!(failures.iter().all(|it| it.class == Class::Correctness), "{failures:?}");
    assert!(by(CheckName::Linearizable) > 0 && by(CheckName::Invariants) > 0, "{failures:?}");
}

#[test]
fn operations_read_as_the_service_says() {
    let (scenario, _) = &load_suite("cuts/bridge").unwrap()[0];
    let plan = Plan::new(scenario, 0);
    let evidence = engine::run(&Locks, &plan, Options { trace: true, ..Options::default() });
    let own = evidence.own.as_ref().unwrap();
    let call = own.calls().into_iter().find(|call| call.answer.is_some()).unwrap();
    assert_eq!(call.call, "");
    assert_eq!(own.to_json()[0].to_string(), "");
    let verdict = judge(&plan, &evidence);
    let rule = verdict.check(CheckName::Invariants).unwrap();
    insta::assert_snapshot!(rule.detail);
}
