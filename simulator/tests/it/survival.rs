//! The bundled replica survives everything at once: a random part of all faults, at random
//! strengths, for hundreds of seeds. And everything really came about: each mark was reached.

use std::ops::ControlFlow;
use std::path::Path;

use simulation::UnderTest as _;
use simulation::bundled::Bundled;
use simulation::explore::{Finding, Summary, explore};

use simulation::scenario::Scenario;
use simulator::files::load_suite;

const SEEDS: u64 = 300;

/// The faults that none of the scenarios in the repository has.
fn faults_without_a_family() -> Scenario {
    let text = r#"{"lifetime": 10, "replicas": 5, "requests": 200, "tests": {"benchmarks": {
        "total_msgs": [9000, 9000, 9000], "failures": [200, 200, 200],
        "duplicates": [200, 200, 200], "median_latency": [9, 9, 9]}},
        "simulator": {"swarm": true, "clocks": "unbounded", "events": [
            {"type": "flicker", "time": [0, 5], "lasts": [1, 5], "chance": [0.01, 0.2],
             "outage_us": [1000, [10000, 500000]]},
            {"type": "coarse_clock", "count": [1, 5], "time": [0, 5], "lasts": [1, 5], "who": "any",
             "tick_us": [100, 100000]}]}}"#;
    Scenario::parse("faults without a family", text).unwrap().0
}

#[test]
fn the_bundled_replica_survives_swarms_of_faults_and_reaches_every_mark() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/swarm");
    let swarm = load_suite(folder).unwrap();
    let mut scenarios: Vec<Scenario> = swarm.into_iter().map(|(scenario, _)| scenario).collect();
    scenarios.push(faults_without_a_family());
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut summary = Summary::default();
    explore(&Bundled::default(), &scenarios, 0..SEEDS, jobs, Some, |finding| {
        if let Some(Finding::Done(done)) = finding {
            summary.add(&done);
        }
        ControlFlow::Continue(())
    });
    assert_eq!(summary.runs, SEEDS * scenarios.len() as u64);
    assert!(summary.failures.is_empty(), "{:#?}", summary.failures);
    let never: Vec<_> = Bundled::default()
        .all_marks()
        .into_iter()
        .filter(|name| summary.marks.count(name) == 0)
        .collect();
    assert!(never.is_empty(), "never reached, so not tested: {never:?}");
}
