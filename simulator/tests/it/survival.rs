//! The bundled replica survives all faults together.
//!
//! Hundreds of seeds have a random part of all faults, at random strengths. The faults really happen: each mark is
//! reached.

use std::ops::ControlFlow;
use std::path::Path;

use simulation::UnderTest as _;
use simulation::bundled::Bundled;
use simulation::explore::{Finding, Summary, explore};

use simulation::faults::{AnyLinkFault, AnyNodeFault};
use simulation::scenario::Scenario;
use simulator::files::load_suite;

const SEEDS: u64 = 300;

/// Returns a scenario with the example of every fault, of which each seed has some.
fn all_faults() -> Scenario {
    let examples = AnyNodeFault::EXAMPLES.iter().chain(AnyLinkFault::EXAMPLES);
    let events = examples.copied().collect::<Vec<_>>().join(",");
    let text = format!(
        r#"{{"lifetime": 30, "replicas": 5, "requests": 200, "tests": {{"benchmarks": {{
            "total_msgs": [90000, 90000, 90000], "failures": [200, 200, 200],
            "duplicates": [200, 200, 200], "median_latency": [99, 99, 99]}}}},
            "simulator": {{"swarm": true, "clocks": "unbounded", "events": [{events}]}}}}"#
    );
    Scenario::parse("all faults", &text).unwrap().0
}

#[test]
fn the_bundled_replica_survives_swarms_of_faults_and_reaches_every_mark() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/swarm");
    let swarm = load_suite(folder).unwrap();
    let mut scenarios: Vec<Scenario> = swarm.into_iter().map(|(scenario, _)| scenario).collect();
    scenarios.push(all_faults());
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
