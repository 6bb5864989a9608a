//! The scenarios that are not the course's, and their plans by seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use simulation::faults::LinkPattern;
use simulation::faults::Selector;
use simulation::plan::{Fault, Plan};
use simulation::scenario::Scenario;
use simulation::units::SECOND;
use simulator::files::{COURSE, load_suite};

use crate::support::assert_snapshot;

/// Returns all of them, with the folder of each.
fn families() -> Vec<(String, Scenario)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let all = load_suite(root).unwrap();
    let own = all.into_iter().filter(|(scenario, _)| !COURSE.contains(&&*scenario.name));
    own.map(|(scenario, warnings)| {
        assert_eq!(warnings, []);
        let folder = scenario.path.as_ref().and_then(|path| path.parent()?.file_name());
        (folder.unwrap().to_string_lossy().into_owned(), scenario)
    })
    .collect()
}

fn scenario(events: &str) -> Scenario {
    swarm_or_not(events, false)
}

fn swarm_or_not(events: &str, swarm: bool) -> Scenario {
    let text = format!(
        r#"{{"lifetime": 30, "replicas": 5, "requests": 20, "drops": 0.1, "tests": {{"benchmarks": {{
            "total_msgs": [1, 2, 3], "failures": [1, 2, 3], "duplicates": [1, 2, 3],
            "median_latency": [1, 2, 3]}}}},
            "simulator": {{"swarm": {swarm}, "clocks": "unbounded", "events": [{events}]}}}}"#
    );
    Scenario::parse("x", &text).unwrap().0
}

fn kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::KillLeader | Fault::KillNonLeader { .. } => "kill",
        Fault::Partition { .. } => "partition",
        Fault::Heal => "heal",
        Fault::Links { links, fault, .. } => links.name_with(*fault),
        Fault::Nodes { fault, .. } => fault.name(),
    }
}

fn kinds(plan: &Plan) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for planned in &plan.faults {
        *kinds.entry(kind(&planned.fault)).or_default() += 1;
    }
    kinds
}

/// Shows the purpose of each family, and the faults in its first two seeds.
#[test]
fn families_at_a_glance() {
    let mut text = String::new();
    for (family, scenario) in families() {
        let about = scenario.extension.about.as_deref().expect("each says what it is after");
        writeln!(text, "{family}/{}: {about}", scenario.name).unwrap();
        for seed in [1, 2] {
            let faults = kinds(&Plan::new(&scenario, seed));
            let counts = faults.iter().map(|(kind, count)| format!("{kind} {count}"));
            writeln!(text, "    {}", counts.collect::<Vec<_>>().join(", ")).unwrap();
        }
    }
    assert_snapshot!("families", &text);
}

/// Shows every fault as text, with its times.
#[test]
fn a_plan_of_the_swarm() {
    let (_, swarm) =
        families().into_iter().find(|(_, it)| it.name == "everything-unbounded").unwrap();
    let mut text = String::new();
    for planned in Plan::new(&swarm, 3).faults {
        let at = planned.at / 1_000_000;
        writeln!(text, "{:>3}.{:03} s  {}", at / 1000, at % 1000, planned.fault).unwrap();
    }
    assert_snapshot!("plan_swarm", &text);
}

#[test]
fn names_differ_so_that_reports_and_files_of_failures_do() {
    let families = families();
    let names: BTreeSet<&str> = families.iter().map(|(_, it)| it.name.as_str()).collect();
    assert_eq!(names.len(), families.len());
}

#[test]
fn every_plan_is_in_its_ranges_and_a_majority_can_always_come_back() {
    for (_, scenario) in families() {
        for seed in 0..50 {
            let plan = Plan::new(&scenario, seed);
            plan.check().unwrap();
            let kinds = kinds(&plan);
            let gone: usize = ["kill", "flip_bit"].iter().filter_map(|kind| kinds.get(kind)).sum();
            assert!(gone <= usize::from(plan.replicas - 1) / 2, "{} {seed}", scenario.name);
        }
    }
}

#[test]
fn what_would_take_out_a_majority_is_left_out() {
    let storm = scenario(
        r#"{"type": "kill", "count": 9, "time": [1, 25], "who": "any"},
           {"type": "flip_bit", "time": 0, "who": "leader"}"#,
    );
    assert_eq!(kinds(&Plan::new(&storm, 1)), BTreeMap::from([("flip_bit", 1), ("kill", 1)]));
}

#[test]
fn draws_stay_in_their_ranges_and_reach_all_of_them() {
    let crash = scenario(
        r#"{"type": "crash", "count": [0, 3], "time": [2, 5], "lasts": [0.5, 2], "who": "any"}"#,
    );
    let plans: Vec<Plan> = (0..100).map(|seed| Plan::new(&crash, seed)).collect();
    let counts: BTreeSet<usize> = plans.iter().map(|plan| plan.faults.len()).collect();
    assert_eq!(counts, BTreeSet::from([0, 1, 2, 3]));
    let mut victims = BTreeSet::new();
    for planned in plans.iter().flat_map(|plan| &plan.faults) {
        // Times count from the end of `start_wait`, 5 s.
        assert!((7 * SECOND..=10 * SECOND).contains(&planned.at));
        let lasts = planned.fault.until().unwrap() - planned.at;
        assert!((SECOND / 2..=2 * SECOND).contains(&lasts));
        let Fault::Nodes { who, .. } = &planned.fault else { panic!("a crash is a node's") };
        let [Selector::Replica(victim)] = who.as_slice() else { panic!("one replica, drawn") };
        victims.insert(*victim);
    }
    assert_eq!(victims, BTreeSet::from([0, 1, 2, 3, 4]));
}

#[test]
fn several_of_any_are_several() {
    let cut = scenario(
        r#"{"type": "cut", "count": 100, "time": 1, "lasts": 1, "from": "any",
            "to": ["any", "any", "any", "any"]}"#,
    );
    for planned in Plan::new(&cut, 1).faults {
        let Fault::Links { links: LinkPattern::OneWay { mut from, to }, .. } = planned.fault else {
            panic!("a cut is one-way");
        };
        from.extend(to);
        let mut ids: Vec<u16> = from
            .into_iter()
            .map(|it| if let Selector::Replica(id) = it { id } else { panic!("drawn") })
            .collect();
        ids.sort_unstable();
        assert_eq!(ids, [0, 1, 2, 3, 4]);
    }
}

/// A fault that is added, or drawn differently, must not change the others.
#[test]
fn one_fault_shifts_no_other() {
    let crash =
        r#"{"type": "crash", "count": 5, "time": [2, 25], "lasts": [0.5, 2], "who": "any"}"#;
    let clog = r#"{"type": "clog", "count": [1, 9], "time": [2, 25], "lasts": [0.5, 2]}"#;
    let crashes = |scenario: &Scenario| {
        let mut faults = Plan::new(scenario, 4).faults;
        faults.retain(|planned| kind(&planned.fault) == "crash");
        faults
    };
    let alone = scenario(crash);
    assert_eq!(crashes(&alone).len(), 5);
    let both = scenario(&format!("{clog}, {crash}"));
    assert_eq!(crashes(&both), crashes(&alone));
    assert_eq!(Plan::new(&both, 4).requests, Plan::new(&alone, 4).requests);
}

#[test]
fn each_part_of_a_swarm_takes_part_in_about_half_of_the_seeds() {
    let event = |kind| format!(r#"{{"type": "{kind}", "time": 3, "lasts": 2, "who": "leader"}}"#);
    let events = ["crash", "pause", "freeze", "isolate"].map(event).join(",");
    let mut subsets: BTreeMap<Vec<&str>, u32> = BTreeMap::new();
    let mut lossless = 0;
    let (swarm, all) = (swarm_or_not(&events, true), scenario(&events));
    for seed in 0..320 {
        let plan = Plan::new(&swarm, seed);
        *subsets.entry(kinds(&plan).into_keys().collect()).or_default() += 1;
        lossless += u32::from(plan.losses != Plan::new(&all, seed).losses);
        // The faults that take part are the same as without a swarm.
        let full = Plan::new(&all, seed).faults;
        assert!(plan.faults.iter().all(|planned| full.contains(planned)));
    }
    assert_eq!(subsets.len(), 16);
    assert!(subsets.values().all(|&count| (5..=40).contains(&count)), "{subsets:?}");
    assert!((120..=200).contains(&lossless), "{lossless}");
}

#[test]
fn a_partition_ends_unless_another_has_taken_its_place() {
    let partitions = scenario(
        r#"{"type": "partition", "time": 2, "lasts": 3},
           {"type": "partition", "time": 4, "lasts": 3, "keep_leader": true},
           {"type": "partition", "time": 10, "lasts": 1}"#,
    );
    let faults = Plan::new(&partitions, 1).faults;
    let times: Vec<_> = faults.iter().map(|it| (it.at / SECOND - 5, kind(&it.fault))).collect();
    let expected =
        [(2, "partition"), (4, "partition"), (7, "heal"), (10, "partition"), (11, "heal")];
    assert_eq!(times, expected);
}

#[test]
fn a_burst_is_asked_at_one_moment() {
    let text = r#"{"lifetime": 30, "replicas": 3, "requests": 7, "tests": {"benchmarks": {
        "total_msgs": [1, 2, 3], "failures": [1, 2, 3], "duplicates": [1, 2, 3],
        "median_latency": [1, 2, 3]}}, "simulator": {"workload": {"burst": 3}}}"#;
    let (bursts, _) = Scenario::parse("x", text).unwrap();
    let (even, _) = Scenario::parse("x", &text.replace("3}}}", "1}}}")).unwrap();
    let (mut bursts, even) = (Plan::new(&bursts, 1).requests, Plan::new(&even, 1).requests);
    for (number, request) in bursts.iter_mut().enumerate() {
        assert_eq!(request.at, even[number / 3 * 3].at);
        request.at = even[number].at;
    }
    assert_eq!(bursts, even);
}
