//! How fast the simulator is: `cargo bench --bench speed`.
//!
//! Prints the time of the whole course suite, and how many messages a second the replicas of a busy
//! cluster exchange, with all checks on. One core; each figure is the median of several runs.

use std::path::Path;
use std::time::{Duration, Instant};

use simulator::bundled::Bundled;
use simulator::check::{Class, judge};
use simulator::engine::{self, Options};
use simulator::plan::Plan;
use simulator::scenario::{Scenario, load_suite};

const RUNS: usize = 11;

/// Clients that put as fast as a fast network lets them, and few keys.
fn busy(replicas: u32, requests: u32) -> Scenario {
    let text = format!(
        r#"{{
            "lifetime": 30, "replicas": {replicas}, "requests": {requests}, "mix": 0,
            "max_packets": 900000,
            "tests": {{ "benchmarks": {{
                "total_msgs": [900000, 900000, 900000], "failures": [1, 2, 3],
                "duplicates": [1, 2, 3], "median_latency": [1, 2, 3]
            }} }},
            "simulator": {{
                "network": {{ "router_us": 2 }},
                "workload": {{ "kind": "contend", "clients": 64, "keys": 100 }}
            }}
        }}"#
    );
    Scenario::parse("busy", &text).expect("the busy scenario").0
}

fn main() {
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/course");
    let scenarios: Vec<Scenario> =
        load_suite(course).expect("the course").into_iter().map(|(scenario, _)| scenario).collect();
    let (time, messages) = median(|| scenarios.iter().map(|scenario| run(scenario, 1)).sum());
    let count = scenarios.len();
    println!("course suite, {count} scenarios: {time:.1?}, {messages} messages, all checks on");

    for (replicas, requests) in [(5, 200_000), (9, 100_000)] {
        let scenario = busy(replicas, requests);
        let (time, messages) = median(|| run(&scenario, 1));
        let rate = messages as f64 / time.as_secs_f64() / 1e6;
        println!(
            "busy cluster of {replicas}: {messages} messages in {time:.1?}, \
             {rate:.2} million a second, all checks on"
        );
    }
}

/// Plans, runs and judges; returns the messages between replicas.
fn run(scenario: &Scenario, seed: u64) -> u64 {
    let plan = Plan::new(scenario, seed);
    let evidence = engine::run(&Bundled::default(), &plan, Options::default());
    assert_eq!(judge(&plan, &evidence).class, Class::Pass, "{}", scenario.name);
    evidence.messages
}

/// The median time of a job, and what it returned.
fn median(job: impl Fn() -> u64) -> (Duration, u64) {
    let mut times: Vec<(Duration, u64)> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let result = job();
            (start.elapsed(), result)
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}
