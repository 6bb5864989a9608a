//! The speed of the simulator, as the page `simulator/docs/performance.md`.
//!
//! ```text
//! cargo bench --bench speed > simulator/docs/performance.md
//! ```
//!
//! It measures the time of the whole course suite, the seeds a second of `explore`, the messages a second between the
//! replicas of a busy cluster, and the time of ten million requests. All checks are on. The measurements use one
//! thread, unless the page says otherwise; each figure but the last is the median of several runs.

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

/// Returns a scenario with few keys, and with fast clients on a fast network.
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
    println!("{HEAD}\nMeasured on {}.\n\n| what | figure |\n| --- | --- |", machine());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    suite(&folder.join("../scenarios/course"));
    for (path, seeds) in [("course/advanced-4", 1_000), ("swarm/everything", 500)] {
        exploration(
            path,
            &load(&folder.join("../scenarios").join(path).with_extension("json")),
            seeds,
        );
    }
    for (replicas, requests) in [(5, 200_000), (9, 100_000)] {
        let scenario = busy(replicas, requests);
        let (time, messages) = median(|| run(&scenario, 1));
        let rate = messages as f64 / time.as_secs_f64() / 1e6;
        println!(
            "| {replicas} replicas under load, {requests} requests | {messages} messages in {time:.1?}, \
             {rate:.2} million a second |"
        );
    }
    let scenario = load(&folder.join("benches/ten-million.json"));
    let start = Instant::now();
    let messages = run(&scenario, 1);
    let (time, memory) = (start.elapsed(), peak_memory());
    println!("| ten million requests, 12 crashes | {messages} messages in {time:.1?}{memory} |");
    print!("{TAIL}");
}

const HEAD: &str = "\
# How fast, how large

Made by `cargo bench --bench speed > simulator/docs/performance.md`. All checks are on; one thread, unless it says
otherwise. The speed of a machine that is shared goes up and down by a third or more within minutes: compare figures
only if they were measured side by side.
";

const TAIL: &str = "
The same by hand, with the whole command line around it:

    cargo run --release -- explore scenarios/course/advanced-4.json --seeds 0..4000 --jobs 1
    cargo run --release -- explore scenarios/swarm/everything.json --seeds 0..2000 --jobs 1
    cargo run --release -- run simulator/benches/ten-million.json --seed 1

The linearizability checker has benchmarks of its own. One compares it with another checker in the same process, the
other one with porcupine ([its results](histories.md#how-fast)):

    cargo bench -p stormglass-linearizability --bench linearizability
    PORCUPINE=FOLDER cargo bench -p stormglass-linearizability --bench porcupine

## Memory

A run takes 24 bytes a request for its plan, and little else grows with requests that are over. The history is checked
and dropped up to each put that overlaps with nothing; clients remember the latest quarter to half a million requests
and those that still wait; the Raft monitor forgets what all replicas have compacted away. What grows besides: some 200
bytes for each request that is never answered, the keys, and a few bytes for each lost message and each change of
leader. `--history` and `--trace` keep everything. A scenario with over 900,000 requests says so with `\"size\"` in its
object `\"simulator\"`.
";

/// Describes the machine: the processor, and the number of its cores.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let model =
        line.and_then(|line| line.split_once(": ")).map_or("a processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores ({model}), {}", std::env::consts::OS)
}

/// Returns the most memory that this process has used, if the system says so.
fn peak_memory() -> String {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map_or_else(String::new, |kib| format!(", {} MB", kib * 1024 / 1_000_000))
}

/// Measures all scenarios of the course, one after the other.
fn suite(folder: &Path) {
    let suite = load_suite(folder).expect("the course");
    let scenarios: Vec<Scenario> = suite.into_iter().map(|(scenario, _)| scenario).collect();
    let (time, messages) = median(|| scenarios.iter().map(|scenario| run(scenario, 1)).sum());
    let count = scenarios.len();
    println!("| the course's suite, {count} scenarios | {messages} messages in {time:.1?} |");
}

/// Measures the seeds a second on one thread and on two.
///
/// The two alternate, because the speed of a shared machine varies.
fn exploration(name: &str, scenario: &Scenario, seeds: u64) {
    let mut ratios = Vec::new();
    let mut rates = [0, 1].map(|_| Vec::new());
    for _ in 0..RUNS {
        let [one, two] = [1, 2].map(|jobs| seeds_a_second(scenario, seeds, jobs));
        ratios.push(two / one);
        rates[0].push(one);
        rates[1].push(two);
    }
    let [one, two] = rates.map(middle);
    let ratio = middle(ratios);
    println!(
        "| exploring `{name}` | {one:.0} seeds a second; {two:.0} on two threads, {ratio:.2} times as many |"
    );
}

/// Loads one scenario.
fn load(path: &Path) -> Scenario {
    load_scenario(path).expect("a scenario").0
}

/// Returns the number of seeds that are explored a second.
fn seeds_a_second(scenario: &Scenario, seeds: u64, jobs: usize) -> f64 {
    let start = Instant::now();
    let scenarios = std::slice::from_ref(scenario);
    explore(&Bundled::default(), scenarios, 0..seeds, jobs, Some, |finding| {
        assert!(!matches!(finding, Some(Finding::Failed(_))), "{} fails", scenario.name);
        ControlFlow::Continue(())
    });
    seeds as f64 / start.elapsed().as_secs_f64()
}

/// Returns the median.
fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Plans, runs and judges; returns the number of messages between replicas.
fn run(scenario: &Scenario, seed: u64) -> u64 {
    let plan = Plan::new(scenario, seed);
    let evidence = engine::run(&Bundled::default(), &plan, Options::default());
    assert_eq!(judge(&plan, &evidence).class, Class::Pass, "{}", scenario.name);
    evidence.messages
}

/// Returns the median time of a job, and its result.
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
