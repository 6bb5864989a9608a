//! How fast the simulator is: `cargo bench --bench speed`.
//!
//! Prints the time of the whole course suite, how many seeds a second `explore` gets through, how many
//! messages a second the replicas of a busy cluster exchange, and how long ten million requests take.
//! All checks are on. One core, unless it says otherwise; each figure is the median of several runs.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use simulation::bundled::Bundled;
use simulation::check::{Class, judge};
use simulation::engine::{self, Options};
use simulation::explore::{Finding, explore};
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulator::files::{load_scenario, load_suite};

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

    // The clock of a shared machine goes fast and slow, so one thread and two take turns.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, seeds) in [("course/advanced-4", 1_000), ("swarm/everything", 500)] {
        let scenario = load(&folder.join("../scenarios").join(path).with_extension("json"));
        let mut ratios = Vec::new();
        let mut rates = [0, 1].map(|_| Vec::new());
        for _ in 0..RUNS {
            let [one, two] = [1, 2].map(|jobs| seeds_a_second(&scenario, seeds, jobs));
            ratios.push(two / one);
            rates[0].push(one);
            rates[1].push(two);
        }
        let [one, two] = rates.map(middle);
        let ratio = middle(ratios);
        println!(
            "{path}: {one:.0} seeds a second; {two:.0} on two threads, {ratio:.2} times as many"
        );
    }

    for (replicas, requests) in [(5, 200_000), (9, 100_000)] {
        let scenario = busy(replicas, requests);
        let (time, messages) = median(|| run(&scenario, 1));
        let rate = messages as f64 / time.as_secs_f64() / 1e6;
        println!(
            "busy cluster of {replicas}: {messages} messages in {time:.1?}, \
             {rate:.2} million a second, all checks on"
        );
    }

    let scenario = load(&folder.join("benches/ten-million.json"));
    let start = Instant::now();
    let messages = run(&scenario, 1);
    println!("ten million requests: {messages} messages in {:.1?}, all checks on", start.elapsed());
}

/// One scenario.
fn load(path: &Path) -> Scenario {
    load_scenario(path).expect("a scenario").0
}

/// How fast seeds are explored.
fn seeds_a_second(scenario: &Scenario, seeds: u64, jobs: usize) -> f64 {
    let start = Instant::now();
    let scenarios = std::slice::from_ref(scenario);
    explore(&Bundled::default(), scenarios, 0..seeds, jobs, Some, |finding| {
        assert!(!matches!(finding, Some(Finding::Failed(_))), "{} fails", scenario.name);
        ControlFlow::Continue(())
    });
    seeds as f64 / start.elapsed().as_secs_f64()
}

/// The median.
fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
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
