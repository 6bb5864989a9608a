//! The bundled replica survives everything at once: a random part of all faults, at random
//! strengths, for hundreds of seeds. And everything really came about: each mark was reached.

use std::ops::ControlFlow;
use std::path::Path;

use simulation::bundled::Bundled;
use simulation::explore::{Finding, Summary, explore};
use simulation::marks;
use simulation::scenario::Scenario;
use simulator::files::load_suite;

const SEEDS: u64 = 300;

#[test]
fn the_bundled_replica_survives_swarms_of_faults_and_reaches_every_mark() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/swarm");
    let swarm = load_suite(folder).unwrap();
    let scenarios: Vec<Scenario> = swarm.into_iter().map(|(scenario, _)| scenario).collect();
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
    let never: Vec<_> = marks::all_names(&Bundled::default())
        .filter(|name| summary.marks.count(name) == 0)
        .collect();
    assert!(never.is_empty(), "never reached, so not tested: {never:?}");
}
