//! Unmodified executables under test: the same run from the same seed, and every way to misbehave
//! is a finding with a name.

use std::path::{Path, PathBuf};
use std::process::Command;

use simulator::bundled::Bundled;
use simulator::check::{Class, Verdict, judge};
use simulator::engine::{self, Options};
use simulator::evidence::Evidence;
use simulator::external::External;
use simulator::plan::Plan;
use simulator::scenario::{Scenario, load_suite};
use simulator::trace::Kind;

const SCENARIO: &str = r#"{"lifetime": 11, "start_wait": 0.5, "end_wait": 0.5, "replicas": 3,
    "requests": 110, "mix": 0.5, "max_packets": 2000, "tests": {
        "maximum_appends_batched_fraction": 1, "benchmarks": {
            "total_msgs": [1500, 2500, 3500], "failures": [1, 2, 3],
            "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

/// A replica in Python from the folder beside this file; nothing where there is no Python.
fn python(name: &str) -> Option<External> {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: python3 is not installed");
        return None;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/executables").join(name);
    Some(External::new(&path.with_extension("py")).expect("it can be driven"))
}

/// The example `udp_replica`.
fn rust() -> External {
    External::new(&built(&["--example", "udp_replica"], "examples/udp_replica"))
        .expect("it can be driven")
}

/// A program of this workspace. Cargo builds it with all tests, but not with this one alone.
fn built(what: &[&str], path: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let folder = test.ancestors().nth(2).expect("it lies in deps");
    let path = folder.join(path);
    if !path.exists() {
        let profile = if folder.ends_with("debug") { "dev" } else { "release" };
        let target = folder.parent().expect("a profile's folder lies in the target folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--profile", profile, "--target-dir"]).arg(target);
        let status = cargo.args(what).status().expect("cargo starts");
        assert!(status.success(), "{what:?} cannot be built");
    }
    path
}

fn run(system: &External, seed: u64) -> (Evidence, Verdict) {
    let (scenario, _warnings) = Scenario::parse("executables", SCENARIO).expect("a scenario");
    let plan = Plan::new(&scenario, seed);
    let evidence = engine::run(system, &plan, Options { trace: true, ..Options::default() });
    let verdict = judge(&plan, &evidence);
    (evidence, verdict)
}

/// The same seed is the same run, another seed another one, and all is well.
fn assert_repeatable(system: &External) {
    let (first, verdict) = run(system, 1);
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
    let (again, _) = run(system, 1);
    assert_eq!(first.digest, again.digest);
    assert_eq!(first.trace, again.trace);
    assert_ne!(first.digest, run(system, 2).0.digest);
}

#[test]
fn a_seed_is_a_run_for_a_single_thread() {
    let Some(right) = python("right") else { return };
    assert_repeatable(&right);
    let (evidence, _) = run(&right, 1);
    let printed = evidence.trace.iter().filter(|event| event.kind == Kind::Print);
    assert_eq!(printed.filter(|event| event.what == "stdout: hello was said").count(), 3);
}

#[test]
fn a_seed_is_a_run_for_threads() {
    if let Some(threads) = python("threads") {
        assert_repeatable(&threads);
    }
}

#[test]
fn a_seed_is_a_run_for_an_event_loop() {
    if let Some(events) = python("events") {
        assert_repeatable(&events);
    }
}

#[test]
fn a_seed_is_a_run_for_a_compiled_program() {
    assert_repeatable(&rust());
}

/// Runs a replica whose first process misbehaves, and finds out what is said of it.
fn assert_found(name: &str, class: Class, expected: &str) {
    let Some(system) = python(name) else { return };
    let (evidence, verdict) = run(&system, 1);
    let details: Vec<_> = verdict.failed().map(|check| check.detail.as_str()).collect();
    let details = details.join("\n");
    assert_eq!(verdict.class, class, "{name}: {details}");
    assert!(details.contains(expected), "{name}: {details}");
    if class == Class::Crash {
        assert_eq!(evidence.crashes.len(), 1, "{name}: {details}");
        assert!(details.contains("0000 at "), "{name}: {details}");
    }
}

#[test]
fn a_crash_is_found_with_its_last_words() {
    assert_found("crashes", Class::Crash, "ValueError: a put is more than I can bear");
    assert_found("exits", Class::Crash, "exited with status 3");
    assert_found("stumbles", Class::Crash, "I do not understand my arguments");
}

#[test]
fn a_process_that_never_waits_is_found() {
    assert_found("hangs", Class::Crash, "without waiting or reading a clock");
    assert_found("prints", Class::Crash, "File too large");
}

#[test]
fn a_process_that_waits_for_nothing_is_found() {
    assert_found("waits", Class::Crash, "waits in the kernel");
    assert_found("keeps_silent", Class::Crash, "said no hello within 10 s");
}

#[test]
fn what_the_simulation_does_not_offer_is_refused() {
    assert_found("forks", Class::Crash, "it starts another process");
    assert_found("connects", Class::Crash, "it opens a TCP connection");
}

#[test]
fn a_flood_is_a_packet_storm() {
    assert_found("floods", Class::Budget, "a packet storm");
}

#[test]
fn garbage_is_an_incorrect_answer() {
    assert_found("garbles", Class::Correctness, "0000 sent a datagram that is no JSON object");
}

#[test]
fn a_slow_start_is_no_fault() {
    let Some(system) = python("hesitates") else { return };
    let (_, verdict) = run(&system, 1);
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
}

#[test]
fn the_raft_invariants_are_skipped_and_the_report_says_so() {
    let (_, verdict) = run(&rust(), 1);
    let raft = verdict.check("raft_safety").expect("it is always there");
    assert!(raft.detail.starts_with("skipped"), "{}", raft.detail);
}

/// The scenarios of the course, by the sums of their messages over a few seeds.
#[test]
fn the_bundled_replica_does_the_same_as_an_executable() {
    let path = built(&["--package", "replica", "--bin", "replica"], "replica");
    let executable = External::new(&path).expect("it can be driven");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/course");
    let course = load_suite(&folder).expect("the course's scenarios");
    assert_eq!(course.len(), 17);
    for (scenario, _warnings) in &course {
        let (mut inside, mut outside) = (0, 0);
        for seed in 1..4 {
            let plan = Plan::new(scenario, seed);
            let options = Options::default();
            let ours = engine::run(&Bundled::default(), &plan, options);
            let theirs = engine::run(&executable, &plan, options);
            let (name, verdict) = (&scenario.name, judge(&plan, &theirs));
            assert_eq!(verdict.class, judge(&plan, &ours).class, "{name}: {:#?}", verdict.checks);
            inside += ours.metrics.total_messages;
            outside += theirs.metrics.total_messages;
        }
        let percent = outside * 100 / inside;
        assert!((90..=110).contains(&percent), "{}: {outside} for {inside}", scenario.name);
    }
}

#[test]
fn nothing_is_left_behind() {
    let system = rust();
    let before = folders();
    run(&system, 1);
    assert_eq!(folders(), before);
    drop(system);
}

/// The folders that this process made for its runs.
fn folders() -> Vec<PathBuf> {
    let own = format!("simulator-{:08x}-", std::process::id());
    let all = std::fs::read_dir(std::env::temp_dir()).expect("a folder for temporary files");
    let paths = all.flatten().map(|entry| entry.path());
    let is_own = |path: &PathBuf| path.to_string_lossy().contains(&own);
    let mut inside: Vec<_> = paths
        .filter(is_own)
        .flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .collect();
    inside.sort();
    inside
}
