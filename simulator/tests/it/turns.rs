//! The seed decides which thread of an executable goes next.
//!
//! The replica `queues` answers a `put` from the thread that stores it. With a file `mistake` next to it, it answers
//! when the value is merely in the queue of that thread, which only matters if the thread is late.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use executables::External;
use simulation::check::{Class, judge};
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::scenario::Scenario;
use simulation::{ResourceLimits, UnderTest as _};

use crate::support::language::{Language, build};
use crate::support::{self, Scratch};

/// Four clients that contend for two keys.
const SCENARIO: &str = r#"{"lifetime": 5, "start_wait": 1, "end_wait": 0.5, "replicas": 3,
    "requests": 400, "mix": 0.5, "max_packets": 9000, "tests": {
        "maximum_appends_batched_fraction": 1, "benchmarks": {
            "total_msgs": [1500, 2500, 3500], "failures": [1, 2, 3],
            "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}},
    "simulator": {"workload": {"kind": "contend", "clients": 4, "keys": 2}}}"#;

/// The coverage mark of a run in which the seed decided.
const DRAWN: &str = "turns of threads drawn";

fn run(system: &External, seed: u64) -> (Evidence, Class) {
    run_scenario(SCENARIO, system, seed)
}

fn run_scenario(text: &str, system: &External, seed: u64) -> (Evidence, Class) {
    let (scenario, _warnings) = Scenario::parse("turns", text).expect("a scenario");
    let plan = system.plan(&scenario, seed);
    let evidence = system.run(&plan, Options::default());
    let class = judge(&plan, &evidence).class;
    (evidence, class)
}

fn draws(evidence: &Evidence) -> bool {
    evidence.marks.names().any(|name| name == DRAWN)
}

/// Checks that the mistake is found within 50 seeds, and by nothing but its draws; and that without it, none fails.
fn assert_found_by_draws(language: Language) {
    let folder = Scratch::new(&format!("turns-{language:?}"));
    let Some(path) = build(language, "queues", &folder) else { return };
    let system = || External::new(&path).expect("it can be driven");
    let right = system();
    for seed in 0..4 {
        let (evidence, class) = run(&right, seed);
        assert_eq!(class, Class::Pass, "{language:?}, seed {seed}");
        assert!(draws(&evidence), "{language:?}, seed {seed}");
    }
    fs::write(folder.join("mistake"), "answers early").expect("a file");
    let mut wrong = system();
    let found = (0..50).find(|&seed| run(&wrong, seed).1 == Class::Correctness);
    let found = found.unwrap_or_else(|| panic!("{language:?}: the mistake is not found"));
    wrong.limit(ResourceLimits { fixed_turns: true, ..ResourceLimits::default() });
    let (evidence, class) = run(&wrong, found);
    assert_eq!(class, Class::Pass, "{language:?}, seed {found}, in fixed turns");
    assert!(!draws(&evidence), "{language:?}, seed {found}");
}

#[test]
fn an_answer_from_the_wrong_thread_is_found_in_python() {
    assert_found_by_draws(Language::Python);
}

#[test]
fn an_answer_from_the_wrong_thread_is_found_in_java() {
    assert_found_by_draws(Language::Java);
}

#[test]
fn an_answer_from_the_wrong_thread_is_found_in_cpp() {
    assert_found_by_draws(Language::Cpp);
}

/// Ends the load when it is dropped, also if a test fails.
struct EndOfLoad<'a>(&'a AtomicBool);

impl Drop for EndOfLoad<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Checks that two runs of a seed at the same time, next to two threads that compute, are the same run.
fn assert_same_under_load(language: Language, name: &str) {
    let folder = Scratch::new(&format!("turns-twice-{language:?}"));
    let Some(path) = build(language, name, &folder) else { return };
    let system = External::new(&path).expect("it can be driven");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let _end = EndOfLoad(&is_over);
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        for seed in 1..=2 {
            let system = &system;
            let twice = [0; 2].map(|_| scope.spawn(move || run(system, seed).0));
            let [a, b] = twice.map(|run| run.join().expect("it does not panic"));
            assert!(draws(&a), "{language:?}, seed {seed}");
            assert_eq!(a.digest, b.digest, "{language:?}, seed {seed}");
        }
    });
}

#[test]
fn drawn_turns_are_the_same_each_time_in_python() {
    assert_same_under_load(Language::Python, "threads");
}

#[test]
fn drawn_turns_are_the_same_each_time_in_java() {
    assert_same_under_load(Language::Java, "queues");
}

#[test]
fn drawn_turns_are_the_same_each_time_in_node() {
    assert_same_under_load(Language::Node, "draws");
}

#[test]
fn drawn_turns_are_the_same_each_time_in_cpp() {
    assert_same_under_load(Language::Cpp, "compiled");
}

#[test]
fn drawn_turns_are_the_same_each_time_in_go() {
    assert_same_under_load(Language::Go, "goroutines");
}

/// A thread that spins takes seconds of real time, so there is one request.
#[test]
fn a_thread_that_spins_for_another_is_interrupted() {
    let folder = Scratch::new("spins");
    let Some(path) = build(Language::Cpp, "spins", &folder) else { return };
    let system = External::new(&path).expect("it can be driven");
    let text = SCENARIO.replace("\"requests\": 400", "\"requests\": 1");
    let [first, again] = [0; 2].map(|_| run_scenario(&text, &system, 1));
    assert_eq!(first.1, Class::Pass);
    assert_eq!(first.0.digest, again.0.digest);
}

#[test]
fn a_single_thread_draws_no_turns() {
    let Some(path) = support::python("right") else { return };
    let mut system = External::new(&path).expect("it can be driven");
    let (evidence, _) = run(&system, 1);
    assert!(!draws(&evidence));
    system.limit(ResourceLimits { fixed_turns: true, ..ResourceLimits::default() });
    assert_eq!(run(&system, 1).0.digest, evidence.digest);
    assert!(
        system
            .environment()
            .is_some_and(|it| it.ends_with("; threads take turns in one fixed way"))
    );
}
