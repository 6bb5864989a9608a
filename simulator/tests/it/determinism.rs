//! The same plan gives the same run: in any order, on any thread, with or without a trace.

use std::path::Path;
use std::thread;

use simulation::bundled::Bundled;
use simulation::engine::{self, Options};
use simulation::plan::Plan;
use simulator::files::load_suite;

/// Returns the plans of two seeds of every scenario in the repository.
fn plans() -> Vec<Plan> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let scenarios = load_suite(root).unwrap().into_iter();
    scenarios
        .map(|(scenario, _)| scenario)
        .flat_map(|scenario| [1, 7].map(|seed| Plan::new(&scenario, seed)))
        .collect()
}

fn digest(plan: &Plan) -> u64 {
    engine::run(&Bundled::default(), plan, Options::default()).digest.value()
}

#[test]
fn a_plan_s_digest_depends_on_nothing_else() {
    let plans = plans();
    let digests: Vec<u64> = plans.iter().map(digest).collect();
    let reversed: Vec<u64> = plans.iter().rev().map(digest).collect();
    assert!(digests.iter().eq(reversed.iter().rev()), "in another order");
    let elsewhere = thread::scope(|scope| {
        let thread = scope.spawn(|| plans.iter().map(digest).collect::<Vec<u64>>());
        thread.join().unwrap()
    });
    assert_eq!(digests, elsewhere, "on another thread");
    let traced = Options { trace: true, inspect: true, ..Options::default() };
    for (plan, digest) in plans.iter().zip(&digests) {
        let watched = engine::run(&Bundled::default(), plan, traced);
        assert_eq!(watched.digest.value(), *digest, "while it is watched");
    }
}

#[test]
fn different_seeds_differ() {
    let mut digests: Vec<u64> = plans().iter().map(digest).collect();
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn a_stored_plan_is_the_same_plan() {
    for plan in plans() {
        let stored = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&stored).unwrap(), plan);
    }
}

/// A new fault must not change other draws: each purpose has a random stream of its own name.
#[test]
fn a_fault_more_changes_no_request_and_no_other_fault() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/course/partition-4.json");
    let scenario = load_suite(path).unwrap().remove(0).0;
    let mut fewer = scenario.clone();
    fewer.events.pop();
    let (all, fewer) = (Plan::new(&scenario, 3), Plan::new(&fewer, 3));
    assert_eq!(all.requests, fewer.requests);
    assert_eq!(all.faults[..fewer.faults.len()], fewer.faults);
}
