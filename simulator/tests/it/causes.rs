//! Findings of executables come with a cause, from the run's elections, waits and starts.

use crate::support::{self, assert_snapshot};

use executables::External;
use simulation::UnderTest as _;
use simulation::check::{CheckName, Verdict, judge};
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulator::report::layout::Page;
use simulator::report::{Outcome, text};

const SCENARIO: &str = r#"{"lifetime": 5, "start_wait": 2, "end_wait": 0, "replicas": 5, "requests": 20,
    "mix": 0.5, "tests": {"maximum_appends_batched_fraction": 1, "benchmarks": {
        "total_msgs": [1500, 2500, 3500], "failures": [1, 2, 3],
        "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

/// Runs replicas in Python; returns `None` if Python is not installed.
fn run(name: &str) -> Option<(Plan, Evidence, Verdict)> {
    let system = External::new(&support::python(name)?).expect("it can be driven");
    let (scenario, _warnings) = Scenario::parse("causes", SCENARIO).expect("a scenario");
    let plan = system.plan(&scenario, 1);
    let evidence = system.run(&plan, Options::default());
    let verdict = judge(&plan, &evidence);
    Some((plan, evidence, verdict))
}

/// Returns the report, from its checks on.
fn report((plan, evidence, verdict): (Plan, Evidence, Verdict)) -> String {
    let (replay_command, environment) = ("simulator replay".to_owned(), None);
    let outcome = Outcome { plan, replay_command, environment, evidence, verdict };
    let mut out = Vec::new();
    text::write(&mut Page::new(&mut out), &outcome).expect("memory");
    let text = String::from_utf8(out).expect("UTF-8");
    let (_, checks) = text.split_once("Checks\n").expect("it has checks");
    checks.to_owned()
}

#[test]
fn replicas_that_wait_to_be_spoken_to_are_named() {
    let Some(run) = run("mute") else { return };
    assert_snapshot!("report_mute", &report(run));
}

#[test]
fn one_that_wins_and_never_leads_is_named() {
    let Some(run) = run("never_leads") else { return };
    assert_snapshot!("report_never_leads", &report(run));
}

/// In few languages does the end of a thread by an exception end the process.
#[test]
fn a_thread_that_died_is_named() {
    let Some(run) = run("loses_a_thread") else { return };
    let report = report(run);
    assert!(report.contains("its standard error says: KeyError: 'no such key'"), "{report}");
}

/// The original sends to the replica, does not know where it is, and takes it for dead.
#[test]
fn one_that_ends_before_its_hello_fails_the_course() {
    let Some((_, evidence, verdict)) = run("quits") else { return };
    let course = verdict.check(CheckName::Course).expect("it is always there");
    assert!(
        !course.ok && course.detail.contains("to which something was sent before"),
        "{course:?}"
    );
    assert_eq!(evidence.mistaken.len(), 1);
}

/// As under the original, messages before a hello are dropped, and their receiver is taken for dead.
#[test]
fn what_comes_before_a_hello_is_lost() {
    let Some((_, evidence, verdict)) = run("early") else { return };
    let course = verdict.check(CheckName::Course).expect("it is always there");
    assert!(!course.ok);
    assert!(
        course.detail.contains("to which something was sent before their hello"),
        "{}",
        course.detail
    );
    assert!(!evidence.mistaken.is_empty());
}
