//! Shrinking: what is left fails in the same way, is small, and is the same every time.

use std::ops::ControlFlow;
use std::path::Path;

use simulation::check::{CheckName, Class};
use simulation::failure::Failure;
use simulation::plan::{Losses, Plan};
use simulation::shrink::{DEFAULT_RUNS, Shrunk, shrink, to_the_end};
use simulator::files::load_scenario;
use simulator::report;

#[allow(dead_code)]
#[path = "../../examples/primary_backup.rs"]
pub(crate) mod primary_backup;

use primary_backup::PrimaryBackup;

/// The primary that answers before it replicates, and loses what it has acknowledged.
fn failure(seed: u64) -> Failure {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course/advanced-2.json");
    let (scenario, _) = load_scenario(Path::new(path)).unwrap();
    Failure::find(&PrimaryBackup, &Plan::new(&scenario, seed)).unwrap()
}

fn shrunk(failure: &Failure) -> Shrunk {
    shrink(&PrimaryBackup, failure, DEFAULT_RUNS, &mut to_the_end).unwrap()
}

fn losses(plan: &Plan) -> usize {
    match &plan.losses {
        Losses::Listed(list) => list.len(),
        Losses::Random(_) => panic!("losses by chance are no small plan"),
    }
}

#[test]
fn a_lost_write_takes_a_put_a_lost_message_and_a_dead_primary() {
    let failure = failure(1);
    assert_eq!((failure.class, failure.check), (Class::Correctness, CheckName::Linearizable));
    let shrunk = shrunk(&failure);
    assert!(shrunk.is_minimal && shrunk.runs < 1_000, "{} runs", shrunk.runs);
    let plan = &shrunk.failure.plan;
    let mut text = Vec::new();
    report::plan::write(&mut text, plan).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(plan.requests.len() <= 3 && losses(plan) <= 3 && plan.faults.len() == 1, "{text}");
    assert!(plan.replicas < 5 && plan.clients == 1, "{text}");
    assert!(text.contains("the leader is killed") && text.contains("asks a put"), "{text}");
}

#[test]
fn what_is_left_fails_in_the_same_way_and_replays_to_its_digest() {
    for seed in 1..=5 {
        let failure = failure(seed);
        let small = shrunk(&failure).failure;
        assert_eq!((small.class, small.check), (failure.class, failure.check));
        let stored = small.to_json().unwrap();
        let read = Failure::parse(Path::new("small.json"), &stored).unwrap();
        assert_eq!(Failure::find(&PrimaryBackup, &read.plan), Some(small));
    }
}

#[test]
fn it_is_repeatable_and_a_small_plan_stays_as_it_is() {
    let first = shrunk(&failure(2));
    assert_eq!(shrunk(&failure(2)), first);
    assert_eq!(shrunk(&first.failure).failure, first.failure);
}

#[test]
fn nothing_that_is_left_can_be_left_out() {
    let small = shrunk(&failure(3)).failure;
    let without = |change: &dyn Fn(&mut Plan)| {
        let mut plan = small.plan.clone();
        change(&mut plan);
        small.again(&PrimaryBackup, &plan).is_some()
    };
    for number in 0..small.plan.requests.len() {
        let change = |plan: &mut Plan| {
            plan.requests.remove(number);
        };
        assert!(!without(&change), "request {number}");
    }
    for number in 0..losses(&small.plan) {
        let change = |plan: &mut Plan| {
            if let Losses::Listed(list) = &mut plan.losses {
                list.remove(number);
            }
        };
        assert!(!without(&change), "loss {number}");
    }
    assert!(!without(&|plan| plan.faults.clear()), "the fault");
}

#[test]
fn the_runs_are_bounded() {
    let few = shrink(&PrimaryBackup, &failure(1), 10, &mut to_the_end).unwrap();
    assert_eq!((few.runs, few.is_minimal), (10, false));
    assert!(few.failure.plan.requests.len() < failure(1).plan.requests.len());
}

#[test]
fn a_budget_keeps_its_metric() {
    let mut plan = failure(1).plan;
    plan.benchmarks.total_msgs = [50, 50, 50];
    plan.benchmarks.median_latency = [1, 1, 1];
    plan.faults.clear();
    plan.losses = Losses::Listed(Vec::new());
    let failure = Failure::find(&PrimaryBackup, &plan).unwrap();
    assert_eq!(failure.reason, "total messages earn no credit");
    let small = shrunk(&failure).failure;
    assert_eq!(small.reason, failure.reason);
    assert!(small.plan.requests.len() < 20, "{}", small.plan.requests.len());
}

#[test]
fn what_does_not_fail_cannot_be_shrunk() {
    let mut failure = failure(1);
    failure.plan.requests.clear();
    let error = shrink(&PrimaryBackup, &failure, 100, &mut to_the_end).unwrap_err();
    assert!(error.to_string().contains("no longer fails in the way that was stored"), "{error}");
}

/// Whoever breaks off gets what was found so far.
#[test]
fn a_shrinking_that_is_broken_off_keeps_its_best_plan() {
    let mut best = Vec::new();
    let mut observe = |runs: u32, plan: &Plan| {
        best.push(plan.clone());
        if runs == 60 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let failure = failure(1);
    let shrunk = shrink(&PrimaryBackup, &failure, DEFAULT_RUNS, &mut observe).unwrap();
    assert_eq!((shrunk.runs, shrunk.is_minimal, best.len()), (60, false, 60));
    assert_eq!(best.last(), Some(&shrunk.failure.plan));
    assert!(shrunk.failure.plan.requests.len() < failure.plan.requests.len());
}
