//! Services of one's own: the lock service of the examples under the checks.

use std::sync::atomic::{AtomicU64, Ordering};

use simulation::check::{CheckName, Class, judge};
use simulation::engine::{self, Options};
use simulation::failure::Failure;
use simulation::plan::{Plan, Script};
use simulation::units::SECOND;
use simulation::{Checked, UnderTest};
use simulator::files::load_suite;

use crate::support::{Scratch, assert_snapshot};

#[path = "../../examples/lock/lock.rs"]
mod lock;

use lock::Locks;

#[test]
fn two_owners_of_a_lock_are_found_by_the_rule_and_by_the_answers() {
    let scenarios = load_suite("cuts").unwrap();
    let plans = scenarios.iter().flat_map(|(it, _)| (0..2).map(|seed| Plan::new(it, seed)));
    let failures: Vec<_> = plans.filter_map(|plan| Failure::find(&Locks, &plan)).collect();
    assert!(failures.iter().all(|it| it.class == Class::Correctness));
    let by = |check| failures.iter().filter(|it| it.check == check).count();
    let counted = (by(CheckName::Linearizable), by(CheckName::Invariants));
    assert!(counted.0 > 0, "{counted:?}");
}

#[test]
fn operations_read_as_the_service_says() {
    let (scenario, _) = &load_suite("cuts/bridge").unwrap()[0];
    let plan = Plan::new(scenario, 0);
    let evidence = engine::run(&Locks, &plan, Options { trace: true, ..Options::default() });
    let own = evidence.own.as_ref().unwrap();
    let calls = own.to_json();
    let first = calls.iter().find(|call| !call["answer"].is_null()).unwrap();
    let told = evidence.trace.iter().find(|event| event.what.contains(" -> ")).unwrap();
    let verdict = judge(&plan, &evidence);
    let rule = &verdict.check(CheckName::Invariants).unwrap().detail;
    let text = format!("{}\n{}\n{rule}", first, told.what);
    assert_snapshot!("service_of_ones_own", &text);
}

#[test]
fn a_check_of_one_s_own_fails_a_run() {
    let few = Checked::new(Locks).check("few messages", |_, evidence| match evidence.messages {
        few @ 0..100 => Ok(format!("{few} messages")),
        many => Err(format!("{many} messages")),
    });
    let (scenario, _) = &load_suite("simple-1").unwrap()[0];
    let failure = Failure::find(&few, &few.plan(scenario, 0)).unwrap();
    assert_eq!((failure.class, failure.check), (Class::Correctness, CheckName::OwnChecks));
    assert!(failure.reason.starts_with("`few messages`: "), "{}", failure.reason);
}

#[test]
fn a_line_in_a_test_reports_the_smallest_failure_and_tries_it_first() {
    let scratch = Scratch::new("one-line");
    let check = || testing::check(&Locks).scenarios("cuts/bridge").failures(&*scratch);
    let report = check().seeds(0..20).find().expect("a seed that fails");
    assert_snapshot!("one_line_in_a_test", &report.replace(&*scratch.to_string_lossy(), "…"));
    // The seed is not among these, but the file is there.
    let again = check().seeds(100..101).find().expect("the failure that was saved");
    assert!(again.ends_with("bridge.json, which still fails\n"), "{again}");
}

/// A lock service that counts its runs, as one with a hidden clock would.
struct Hidden;

static RUNS: AtomicU64 = AtomicU64::new(0);

impl UnderTest for Hidden {
    fn name(&self) -> &str {
        "hidden"
    }

    fn run(&self, plan: &Plan, options: Options) -> simulation::evidence::Evidence {
        let mut plan = plan.clone();
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        plan.requests.iter_mut().for_each(|request| request.dice += number);
        Locks.run(&plan, options)
    }
}

#[test]
fn hidden_randomness_is_named() {
    let report = testing::check(&Hidden).scenarios("simple-1").seeds(0..1).find().unwrap();
    assert!(report.starts_with("hidden: two runs of simple-1, seed 0, differ"), "{report}");
    assert!(report.contains("First run:") && report.contains("Second run:"), "{report}");
    let script = (1..9).fold(Script::new("by hand", 3), |script, at| script.put(at * SECOND, 0));
    let plan = script.plan().unwrap();
    let report = testing::check(&Hidden).plan(plan).find().unwrap();
    assert!(report.starts_with("hidden: two runs of by hand, seed 1, differ"), "{report}");
}
