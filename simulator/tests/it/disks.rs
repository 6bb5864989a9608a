//! The disks of executables: what a replica has synced survives a crash, and each mistake with files is found.
//!
//! `.ci/check-disks` does the same with all scenarios of nodes and of storage, and many more seeds.

use executables::External;
use simulation::UnderTest as _;
use simulation::check::{CheckName, Class, Verdict, judge};
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::marks::Mark;
use simulation::scenario::Scenario;

use crate::support::language::{Language, build};
use crate::support::{self, Scratch};

fn run(system: &External, scenario: &Scenario, seed: u64) -> (Evidence, Verdict) {
    let plan = system.plan(scenario, seed);
    let evidence = system.run(&plan, Options::default());
    let verdict = judge(&plan, &evidence);
    (evidence, verdict)
}

fn python(name: &str) -> Option<External> {
    Some(External::new(&support::python(name)?).expect("it can be driven"))
}

/// Checks that a replica survives in a run of a scenario, and that it has crashed there.
fn assert_survives(system: &External, scenario: &Scenario, seed: u64) {
    let (evidence, verdict) = run(system, scenario, seed);
    assert_eq!(verdict.class, Class::Pass, "seed {seed}: {:#?}", verdict.checks);
    assert!(evidence.marks.has(Mark::Restarted), "seed {seed}");
}

/// Checks that a mistake is found by what it does to the clients, within a few seeds from one on that finds it.
fn assert_found(system: &External, first: u64) -> Verdict {
    let runs = (first..first + 6).map(|seed| run(system, &power_failures(), seed).1);
    let found = runs.into_iter().find(|verdict| verdict.class == Class::Correctness);
    found.expect("the mistake is found")
}

/// Returns a scenario in which all replicas crash together again and again, while each sync takes long.
fn power_failures() -> Scenario {
    let text = r#"{"lifetime": 9, "start_wait": 1, "end_wait": 0.5, "replicas": 3, "requests": 150,
        "mix": 0.5, "max_packets": 60000, "tests": {
            "maximum_appends_batched_fraction": 1, "maximum_get_fail_fraction": 1,
            "maximum_put_fail_fraction": 1, "benchmarks": {
                "total_msgs": [3000, 6000, 60000], "failures": [1, 150, 151],
                "duplicates": [1, 2, 400], "median_latency": [0.001, 0.05, 10]}},
        "simulator": {"workload": {"kind": "contend", "clients": 4, "keys": 2, "roam": 0.1},
            "events": [
                {"type": "slow_sync", "time": 0, "until": 9, "who": "all",
                 "sync_us": [[5000, 20000], [20000, 60000]]},
                {"type": "crash", "count": [6, 8], "time": [2, 8], "lasts": [0.05, 0.2],
                 "who": "all"}]}}"#;
    Scenario::parse("power failures", text).expect("a scenario").0
}

#[test]
fn a_replica_that_adds_records_survives() {
    let Some(system) = python("appends") else { return };
    assert_survives(&system, &power_failures(), 2);
}

#[test]
fn a_replica_that_replaces_its_file_survives() {
    let Some(system) = python("replaces") else { return };
    assert_survives(&system, &power_failures(), 1);
}

#[test]
fn each_mistake_with_files_is_found() {
    let Some(right) = python("keeps") else { return };
    assert_survives(&right, &power_failures(), 0);
    for (name, seed) in
        [("syncs_late", 3), ("keeps_the_tail", 0), ("renames_only", 1), ("rewrites", 0)]
    {
        assert_found(&python(name).expect("it is next to the right one"), seed);
    }
}

#[test]
fn a_replica_that_never_syncs_is_told_so() {
    let Some(system) = python("never_syncs") else { return };
    let verdict = assert_found(&system, 0);
    let note = verdict.checks.iter().find(|check| check.name == CheckName::Disk);
    let note = note.expect("it kept nothing").detail.as_str();
    assert!(note.contains("0000 had never synced (fsync) what they wrote"), "{note}");
    assert!(note.contains("0001 0002 had written no file"), "{note}");
}

/// Go calls the kernel directly.
#[test]
fn what_go_syncs_is_there_and_what_it_does_not_may_be_gone() {
    let folder = Scratch::new("disks-go");
    let Some(path) = build(Language::Go, "keeps", &folder) else { return };
    assert_survives(&External::new(&path).expect("it can be driven"), &power_failures(), 0);
    std::fs::write(folder.join("mistake"), "never syncs").expect("a file");
    assert_found(&External::new(&path).expect("it can be driven"), 0);
}
