//! Roles of messages: faults aimed at them strike any system, and one that had nothing to strike is told.

use std::path::Path;
use std::process::Command;

use simulation::UnderTest;
use simulation::bundled::Bundled;
use simulation::check::{Check, CheckName, Class, judge};
use simulation::engine::{self, Options};
use simulation::evidence::Evidence;
use simulation::plan::{Fault, Plan};
use simulation::scenario::Scenario;
use simulator::files::load_suite;

use crate::registers::register::Register;
use crate::support::Scratch;

const REGISTER: Register = Register { writes_back: true };

/// Returns a scenario in which messages of these roles or types are dropped from the first second on.
fn without(messages: &str) -> String {
    format!(
        r#"{{"lifetime": 8, "replicas": 3, "requests": 40, "start_wait": 1, "end_wait": 1,
        "tests": {{"benchmarks": {{"total_msgs": [90000, 90000, 90000], "failures": [900, 900, 900],
            "duplicates": [900, 900, 900], "median_latency": [9, 9, 9]}}}},
        "simulator": {{"events": [{{"type": "cut", "time": 0, "until": 7, "messages": {messages}}}]}}}}"#
    )
}

fn plan(messages: &str) -> Plan {
    Plan::new(&Scenario::parse("without", &without(messages)).unwrap().0, 1)
}

fn run(system: &dyn UnderTest, messages: &str) -> Evidence {
    system.run(&plan(messages), Options::default())
}

#[test]
fn a_role_means_the_same_in_two_systems() {
    for system in [&Bundled::default() as &dyn UnderTest, &REGISTER] {
        let dropped = |messages| run(system, messages).metrics.dropped_messages;
        assert!(dropped(r#"["append"]"#) > 0, "{}", system.name());
        let digest = |messages| run(system, messages).digest;
        assert_eq!(digest(r#"["append"]"#), digest(r#"["appendEntries"]"#));
        assert_ne!(digest(r#"["append"]"#), digest(r#"["acknowledge"]"#));
        assert_eq!(digest(r#"["acknowledge"]"#), digest(r#"["appended"]"#));
    }
}

#[test]
fn what_was_never_sent_is_told() {
    let plan = plan(r#"["vote", "read", "ballot"]"#);
    let note = |system: &dyn UnderTest| {
        let verdict = judge(&plan, &system.run(&plan, Options::default()));
        verdict.check(CheckName::AimedFaults).map(|it| (it.detail.clone(), it.ok, it.fails_as))
    };
    let lines = |lines: &[&str]| Some((lines.join("\n"), false, Class::Pass));
    let no_ballot = "no message had the type `ballot`, at which 1 fault is aimed";
    let no_vote = "no message had the role `vote`, at which 1 fault is aimed";
    let no_read = "no message had the role `read`, at which 1 fault is aimed";
    assert_eq!(note(&REGISTER), lines(&[no_vote, no_ballot]));
    assert_eq!(note(&Bundled::default()), lines(&[no_read, no_ballot]));
}

/// No scenario of the stock loses its point on the bundled replica.
#[test]
fn the_stock_strikes_the_bundled_replica() {
    let all = load_suite(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")).unwrap();
    let mut aimed = 0;
    for (scenario, _) in &all {
        let plan = Plan::new(scenario, 2);
        let is_aimed =
            |fault: &Fault| matches!(fault, Fault::Links { messages, .. } if !messages.is_empty());
        if plan.faults.iter().any(|planned| is_aimed(&planned.fault)) {
            let evidence = engine::run(&Bundled::default(), &plan, Options::default());
            assert_eq!(evidence.never_sent, [""; 0], "{}", scenario.name);
            aimed += 1;
        }
    }
    assert!(aimed >= 9, "{aimed}");
}

#[test]
fn a_run_that_passes_passes_with_the_note() {
    let plan = plan(r#"["snapshot"]"#);
    let verdict = judge(&plan, &REGISTER.run(&plan, Options::default()));
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.failed().collect::<Vec<&Check>>());
    assert!(verdict.check(CheckName::AimedFaults).is_some());
}

#[test]
fn commands_warn_of_faults_without_a_target() {
    let folder = Scratch::new("roles");
    folder.file("calm.json", &without(r#"["append", "read"]"#));
    let told = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        let output = command.current_dir(&*folder).args(line.split(' ')).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let warning = |runs| {
        format!(
            "warning: calm: no message had the role `read`, at which faults are aimed, in {runs}\n"
        )
    };
    let suite = told("suite calm.json --seeds 0..3 --record calm.jsonl");
    assert!(suite.contains(&warning("3 runs")), "{suite}");
    let again = told("suite calm.json --seeds 0..3 --record calm.jsonl");
    assert!(again.contains(&warning("3 runs")) && again.contains("3 runs known"), "{again}");
    let explored = told("explore calm.json --seeds 0..40 --out found");
    assert!(explored.contains(&warning("40 runs")), "{explored}");
    let merged = told("merge found --output whole.jsonl");
    assert!(merged.contains(&warning("40 runs")), "{merged}");
    let run = told("run calm.json --seed 1");
    let note = "note  aimed_faults     no message had the role `read`, at which 1 fault is aimed";
    assert!(run.contains(note), "{run}");
    assert!(!run.contains("`append`"), "{run}");
}
