//! Each language gets the same as from the original simulator.
//!
//! These are a start-up time of its own, clocks and generators that differ by seed and replica, and the same run in
//! any folder.

use crate::support::{self, Scratch};

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use executables::External;
use simulation::Nanos;
use simulation::UnderTest as _;
use simulation::check::{CheckName, Class, judge};
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulation::trace::Kind;

use crate::support::language::{Language, build};

const SCENARIO: &str = r#"{"lifetime": 6, "start_wait": 0.8, "end_wait": 0.5, "replicas": 5,
    "requests": 60, "mix": 0.5, "max_packets": 9000, "tests": {
        "maximum_appends_batched_fraction": 1, "benchmarks": {
            "total_msgs": [1500, 2500, 3500], "failures": [1, 2, 3],
            "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

const SECOND: Nanos = 1_000_000_000;

/// Returns a plan as every command makes it.
fn plan(system: &External, seed: u64) -> Plan {
    let (scenario, _warnings) = Scenario::parse("languages", SCENARIO).expect("a scenario");
    system.plan(&scenario, seed)
}

/// Runs an executable, to the end or until a time.
fn run(system: &External, seed: u64, until: Option<Nanos>) -> Evidence {
    let options = Options { trace: true, until, ..Options::default() };
    system.run(&plan(system, seed), options)
}

fn system(path: &Path) -> External {
    External::new(path).expect("it can be driven")
}

/// Checks that no two generators draw the same, and that all replicas say hello.
///
/// There are five replicas, and three seeds.
fn assert_draws_differ(language: Language) {
    let folder = Scratch::new(&format!("draws-{language:?}"));
    let Some(path) = build(language, "draws", &folder) else { return };
    let system = system(&path);
    let mut draws = BTreeSet::new();
    let (mut names, mut count, mut hellos) = (BTreeSet::new(), 0, Vec::new());
    for seed in 1..=3 {
        for event in run(&system, seed, Some(SECOND)).trace {
            if event.kind == Kind::Start {
                hellos.push(event.at_ns);
            }
            let Some(draw) = event.what.strip_prefix("stdout: draw ") else { continue };
            let (name, _) = draw.split_once(' ').expect("a name and a number");
            names.insert(name.to_owned());
            count += 1;
            assert!(draws.insert(draw.to_owned()), "{language:?}: {draw} was drawn twice");
        }
    }
    assert!(!names.is_empty(), "{language:?}");
    assert_eq!(count, 15 * names.len(), "{language:?}: {names:?}");
    assert_eq!(hellos.len(), 15, "{language:?}");
    assert!(hellos.iter().all(|&at| at < SECOND / 2), "{language:?}: {hellos:?}");
}

#[test]
fn python_draws_other_numbers_in_each_replica_and_with_each_seed() {
    assert_draws_differ(Language::Python);
}

#[test]
fn java_draws_other_numbers_in_each_replica_and_with_each_seed() {
    assert_draws_differ(Language::Java);
}

#[test]
fn node_draws_other_numbers_in_each_replica_and_with_each_seed() {
    assert_draws_differ(Language::Node);
}

#[test]
fn cpp_draws_other_numbers_in_each_replica_and_with_each_seed() {
    assert_draws_differ(Language::Cpp);
}

#[test]
fn go_draws_other_numbers_in_each_replica_and_with_each_seed() {
    assert_draws_differ(Language::Go);
}

/// Checks that a run does not depend on its folder, but on its seed.
///
/// The folders have different names, lengths and depths.
fn assert_same_in_any_folder(language: Language, name: &str) {
    let top = Scratch::new(&format!("folders-{language:?}"));
    let folders =
        ["a", "b/c", "a-much-longer-name-of-a-folder/and-one-below-it/and-one-below-that"];
    let mut first = None;
    for inner in folders {
        let folder = top.join(inner);
        fs::create_dir_all(&folder).expect("a folder");
        let Some(path) = build(language, name, &folder) else { return };
        let system = system(&path);
        let evidence = run(&system, 1, None);
        let verdict = judge(&plan(&system, 1), &evidence);
        assert_eq!(verdict.class, Class::Pass, "{language:?}: {:#?}", verdict.checks);
        match &first {
            None => first = Some((evidence.digest, evidence.trace)),
            Some((digest, trace)) => {
                assert_eq!(*trace, evidence.trace, "{language:?} in {inner}");
                assert_eq!(*digest, evidence.digest, "{language:?} in {inner}");
            }
        }
        if inner == folders[0] {
            assert_ne!(evidence.digest, run(&system, 2, None).digest, "{language:?}");
        }
    }
}

#[test]
fn python_runs_the_same_in_any_folder() {
    assert_same_in_any_folder(Language::Python, "draws");
}

#[test]
fn java_runs_the_same_in_any_folder() {
    assert_same_in_any_folder(Language::Java, "draws");
}

#[test]
fn node_runs_the_same_in_any_folder() {
    assert_same_in_any_folder(Language::Node, "draws");
}

#[test]
fn cpp_runs_the_same_in_any_folder() {
    assert_same_in_any_folder(Language::Cpp, "compiled");
}

#[test]
fn go_runs_the_same_in_any_folder() {
    assert_same_in_any_folder(Language::Go, "goroutines");
}

/// Some programs behave differently under another path of the same length, because V8 hashes it.
#[test]
fn each_process_finds_its_folder_at_the_same_path() {
    let Some(path) = support::python("where") else { return };
    let system = system(&path);
    let environment = system.environment().expect("an executable has them");
    if environment.contains("at a path that is another in each run") {
        support::skip("this machine permits no mount namespace");
        return;
    }
    let mut folders = BTreeSet::new();
    for seed in 1..=2 {
        let trace = run(&system, seed, Some(SECOND)).trace;
        let said = trace.iter().filter_map(|event| event.what.strip_prefix("stdout: folder "));
        folders.extend(said.map(str::to_owned));
    }
    assert_eq!(folders.len(), 1, "{folders:?}");
}

/// Under the original, one replica is always the first to time out.
#[test]
fn equal_time_outs_do_not_expire_in_lockstep() {
    let Some(path) = support::python("lockstep") else { return };
    let system = system(&path);
    let mut digests = BTreeSet::new();
    for seed in 1..=3 {
        let evidence = run(&system, seed, None);
        let verdict = judge(&plan(&system, seed), &evidence);
        assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
        assert!(digests.insert(evidence.digest.value()));
        // If all of them start at once, a check fails.
        let at_once = Plan { start_ups: Vec::new(), ..plan(&system, seed) };
        let evidence = system.run(&at_once, Options::default());
        assert_ne!(judge(&at_once, &evidence).class, Class::Pass);
    }
}

/// Checks that a report shows the lines of an error once.
///
/// All replicas fail with the same error.
fn assert_last_words(language: Language, expected: &[&str]) {
    let folder = Scratch::new(&format!("dies-{language:?}"));
    let Some(path) = build(language, "dies", &folder) else { return };
    let system = system(&path);
    let evidence = run(&system, 1, None);
    assert_eq!(evidence.crashes.len(), 5, "{:?}", evidence.crashes);
    let verdict = judge(&plan(&system, 1), &evidence);
    let check = verdict.check(CheckName::NoCrash).expect("it is always there");
    let lines: Vec<&str> = check.detail.lines().collect();
    let who = ["0000", "0001", "0002", "0003", "0004"];
    assert!(who.iter().all(|id| lines[0].contains(id)), "{}", check.detail);
    assert_eq!(lines[1..], *expected, "{language:?}: {}", check.detail);
}

#[test]
fn python_s_last_words_are_the_exceptions() {
    assert_last_words(
        Language::Python,
        &[
            "  KeyError: 'put'",
            "  During handling of the above exception, another exception occurred:",
            "    File \"3700kvstore\", line 19, in <module>",
            "      raise RuntimeError(\"there is no way to serve this\")",
            "  RuntimeError: there is no way to serve this",
        ],
    );
}

#[test]
fn java_s_last_words_are_the_exception_and_its_cause() {
    assert_last_words(
        Language::Java,
        &[
            "  Exception in thread \"main\" java.lang.RuntimeException: the request failed",
            "  \tat Dies.main(Dies.java:23)",
            "  Caused by: java.lang.IllegalStateException: there is no way to serve this",
            "  \tat Dies.descend(Dies.java:11)",
        ],
    );
}

#[test]
fn node_s_last_words_are_the_error_and_its_line() {
    assert_last_words(
        Language::Node,
        &[
            "  3700kvstore:12",
            "    throw new RangeError(\"there is no way to serve this\");",
            "  RangeError: there is no way to serve this",
            "      at descend (3700kvstore:12:9)",
        ],
    );
}

#[test]
fn go_s_last_words_are_the_panic_and_its_place() {
    let panic = "  panic: runtime error: index out of range [3] with length 3";
    assert_last_words(Language::Go, &[panic, "  \t./dies.go:14 +0x50"]);
}

#[test]
fn cpp_s_last_words_are_the_exception() {
    let thrown = "  terminate called after throwing an instance of 'std::out_of_range'";
    assert_last_words(Language::Cpp, &[thrown, "    what():  map::at"]);
}
