//! The meaning of a scenario file: every field, its default, and the warnings.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use simulation::api::Clocks;
use simulation::faults::LinkPattern;
use simulation::faults::links::{Cut, Lose, SlowLink, Throttle};
use simulation::faults::nodes::{Crash, WrongClock};
use simulation::faults::{Selector, Target};
use simulation::plan::Plan;
use simulation::scenario::{
    Budgets, ClientLinks, Event, EventKind, Extension, Fault, FaultKind, Lasts, Network, Progress,
    Scenario, Workload,
};
use simulation::units::{Delay, Drawn, MICROSECOND, Ratio, SECOND, Span};
use simulation::workloads::{Alike, Contend};
use simulator::files::{load_scenario, load_suite};

use crate::support::Scratch;

/// Returns a file with the required fields, and `more`.
fn text(more: &str) -> String {
    let tests = r#""tests": {"benchmarks": {"total_msgs": [1200, 3000, 5000], "failures": [0, 1, 2],
        "duplicates": [0, 2, 5], "median_latency": [0.0004, 0.002, 0.05]}}"#;
    format!(r#"{{"lifetime": 30, "replicas": 5, "requests": 500, {tests}{more}}}"#)
}

fn scenario(more: &str) -> Scenario {
    let (scenario, warnings) = Scenario::parse("x", &text(more)).unwrap();
    assert_eq!(warnings, []);
    scenario
}

/// Returns the scenario's warnings as `field: message`.
fn warnings(text: &str) -> Vec<String> {
    let (_, warnings) = Scenario::parse("x", text).unwrap();
    let line = |warning: &simulation::json::Warning| {
        format!("{}: {}", warning.place.field.as_deref().unwrap_or_default(), warning.message)
    };
    warnings.iter().map(line).collect()
}

#[test]
fn what_is_left_out_has_the_courses_default() {
    let scenario = scenario("");
    assert_eq!(scenario.name, "x");
    assert_eq!(scenario.path, None);
    assert_eq!(scenario.seed, None);
    assert_eq!(scenario.mix.to_string(), "0.8");
    assert_eq!(scenario.drops, Ratio::ZERO);
    assert_eq!((scenario.start_wait, scenario.end_wait), (5 * SECOND, 2 * SECOND));
    assert_eq!(scenario.duration(), 37 * SECOND);
    assert_eq!(scenario.max_packets, 20_000);
    assert_eq!(scenario.events, []);
    assert_eq!(scenario.limits.maximum_get_fail_fraction.to_string(), "0.5");
    assert_eq!(scenario.limits.maximum_put_fail_fraction.to_string(), "0.5");
    assert_eq!(scenario.limits.maximum_get_generation_fail_fraction.to_string(), "0.1");
    assert_eq!(scenario.limits.maximum_appends_batched_fraction.to_string(), "0.5");
    assert_eq!(scenario.extension, Extension::default());
}

#[test]
fn numbers_become_exact_integers() {
    let scenario = scenario(
        r#", "mix": 2e-1, "drops": 0.1, "start_wait": 0.000000001, "end_wait": 1.1,
           "max_packets": 900000.0, "seed": 18446744073709551615"#,
    );
    assert_eq!(scenario.mix, Ratio::from_ppb(200_000_000));
    assert_eq!(scenario.drops, Ratio::from_ppb(100_000_000));
    assert_eq!((scenario.start_wait, scenario.end_wait), (1, 1_100_000_000));
    assert_eq!(scenario.max_packets, 900_000);
    assert_eq!(scenario.seed, Some(u64::MAX));
    assert_eq!(scenario.benchmarks.median_latency, [400_000, 2_000_000, 50_000_000]);
}

#[test]
fn the_bounds_of_a_range_belong_to_it() {
    let all =
        scenario(r#", "mix": 0, "drops": 1, "start_wait": 30, "end_wait": 0, "max_packets": 500"#);
    assert_eq!((all.mix, all.drops), (Ratio::ZERO, Ratio::ONE));
    for (lifetime, replicas, requests) in [(5, 3, 0), (1_000_000, 21, 900_000)] {
        let text = text("")
            .replace("\"lifetime\": 30", &format!("\"lifetime\": {lifetime}"))
            .replace("\"replicas\": 5", &format!("\"replicas\": {replicas}"))
            .replace("\"requests\": 500", &format!("\"requests\": {requests}"));
        let (scenario, _) = Scenario::parse("x", &text).unwrap();
        assert_eq!(scenario.lifetime, lifetime * SECOND);
        assert_eq!((scenario.replicas, scenario.requests), (replicas, requests));
    }
}

#[test]
fn a_tier_is_rounded_up_so_that_less_than_it_means_the_same() {
    let text = text("")
        .replace("[0, 1, 2]", "[0.5, 1.0, 2.000001]")
        .replace("[0.0004, 0.002, 0.05]", "[0.00000000015, 0.002, 1]");
    let (scenario, _) = Scenario::parse("x", &text).unwrap();
    assert_eq!(scenario.benchmarks.failures, [1, 1, 3]);
    assert_eq!(scenario.benchmarks.median_latency, [1, 2_000_000, SECOND]);
}

#[test]
fn events_are_sorted_by_time_and_else_keep_their_order() {
    let scenario = scenario(
        r#", "events": [{"type": "part_end", "time": 30}, {"type": "kill_leader", "time": 7.5},
            {"type": "part_easy", "time": 0}, {"type": "kill_non_leader", "time": 7.5},
            {"time": 10, "type": "part_hard"}]"#,
    );
    let event = |kind, at| Event { kind, at };
    assert_eq!(
        scenario.events,
        [
            event(EventKind::PartEasy, 0),
            event(EventKind::KillLeader, 7_500_000_000),
            event(EventKind::KillNonLeader, 7_500_000_000),
            event(EventKind::PartHard, 10 * SECOND),
            event(EventKind::PartEnd, 30 * SECOND),
        ]
    );
}

#[test]
fn limits_are_read_where_they_belong() {
    let text = text("").replace(
        "\"tests\": {",
        r#""tests": {"maximum_get_fail_fraction": 0.1, "maximum_put_fail_fraction": 0.2,
           "maximum_get_generation_fail_fraction": 0.3, "maximum_appends_batched_fraction": 0.4, "#,
    );
    let (scenario, warnings) = Scenario::parse("x", &text).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(scenario.limits.maximum_get_fail_fraction.to_string(), "0.1");
    assert_eq!(scenario.limits.maximum_put_fail_fraction.to_string(), "0.2");
    assert_eq!(scenario.limits.maximum_get_generation_fail_fraction.to_string(), "0.3");
    assert_eq!(scenario.limits.maximum_appends_batched_fraction.to_string(), "0.4");
}

/// Returns the faults of the scenario below.
fn two_cuts() -> Vec<Fault> {
    let these = |selector| Target::These(selector);
    vec![
        Fault {
            count: Drawn::just(1),
            at: Drawn::just(20 * SECOND),
            lasts: Lasts::Until(Drawn::just(30 * SECOND)),
            kind: FaultKind::Links {
                links: LinkPattern::OneWay {
                    from: vec![these(Selector::Replica(0)), these(Selector::Leader)],
                    to: vec![these(Selector::Replica(4))],
                },
                messages: vec![],
                fault: Drawn::just(Cut.into()),
            },
        },
        Fault {
            count: Drawn::just(1),
            at: Drawn::just(5 * SECOND),
            lasts: Lasts::Until(Drawn::just(5_500_000_000)),
            kind: FaultKind::Links {
                links: LinkPattern::OneWay {
                    from: vec![these(Selector::Followers)],
                    to: vec![Target::Any],
                },
                messages: vec!["vote".to_owned()],
                fault: Drawn::just(Cut.into()),
            },
        },
    ]
}

#[test]
fn our_own_part_is_read_whole() {
    let scenario = scenario(
        r#", "simulator": {
            "about": "a leader that hears nobody", "clocks": "unbounded", "buggify": true, "swarm": true,
            "network": {"router_us": 0.5, "delay_us": [10, 2000], "fifo": true,
                        "duplicate": 0.01, "duplicate_delay_us": [0, 60000000],
                        "clients": {"loss": 0.5, "delay_us": [1, 2],
                                    "duplicate": 0.01, "duplicate_delay_us": [3, 4]}},
            "workload": {"kind": "contend", "clients": 1000, "keys": 3, "roam": 0.5,
                         "value_bytes": [5, 60000], "burst": 7},
            "events": [
                {"type": "cut", "time": 20, "until": 30, "from": ["0000", "leader"], "to": "0004"},
                {"type": "cut", "time": 5, "until": 5.5, "messages": ["vote"], "from": "followers",
                 "to": ["any"]}
            ]}"#,
    );
    let micros = |min, max| Span { min: min * MICROSECOND, max: max * MICROSECOND };
    let one_percent = Ratio::from_ppb(10_000_000);
    assert_eq!(
        scenario.extension,
        Extension {
            about: Some("a leader that hears nobody".to_owned()),
            network: Network {
                router: 500,
                delay: micros(10, 2000),
                fifo: true,
                duplicate: one_percent,
                duplicate_delay: Span { min: 0, max: 60 * SECOND },
                clients: ClientLinks {
                    loss: Ratio::from_ppb(500_000_000),
                    delay: micros(1, 2),
                    duplicate: one_percent,
                    duplicate_delay: micros(3, 4),
                },
            },
            workload: Workload {
                clients: 1000,
                kind: Contend {
                    keys: 3,
                    roam: Ratio::from_ppb(500_000_000),
                    value_bytes: Drawn { low: 5, high: 60_000 }
                }
                .into(),
                burst: 7,
                shared_ids: false,
            },
            replicas: None,
            clocks: Clocks::Unbounded,
            buggify: true,
            swarm: true,
            progress: None,
            budgets: None,
            faults: two_cuts(),
        }
    );
}

#[test]
fn progress_is_expected_or_there_is_a_reason_why_not() {
    let progress = |value: &str| {
        let scenario = scenario(&format!(r#", "simulator": {{"progress": {value}}}"#));
        assert_eq!(Plan::new(&scenario, 0).progress, scenario.extension.progress);
        scenario.extension.progress
    };
    assert_eq!(progress("1"), Some(Progress::Within(1)));
    assert_eq!(progress("1000"), Some(Progress::Within(1000)));
    let reason = "votes are lost all the time".to_owned();
    assert_eq!(progress(&format!("\"{reason}\"")), Some(Progress::Off(reason)));
}

#[test]
fn each_budget_may_stand_alone() {
    let budgets = |text: &str| {
        let scenario = scenario(&format!(r#", "simulator": {{"budgets": {text}}}"#));
        assert_eq!(Plan::new(&scenario, 0).budgets, scenario.extension.budgets);
        scenario.extension.budgets.unwrap()
    };
    assert_eq!(budgets(r#"{"terms": 7}"#), Budgets { terms: Some(7), ..Budgets::default() });
    let all = r#"{"leaderless": 1, "terms": 2, "elections_per_fault": 3, "put_latency": 0.25,
                  "repeats": 1000000}"#;
    let expected = Budgets {
        leaderless: Some(1),
        terms: Some(2),
        elections_per_fault: Some(3),
        put_latency: Some(SECOND / 4),
        repeats: Some(1_000_000),
    };
    assert_eq!(budgets(all), expected);
}

#[test]
fn names_and_ids_may_be_alike() {
    let text = r#", "simulator": {
        "workload": {"kind": "alike", "keys": 20, "values": 8, "roam": 1, "shared_ids": true}}"#;
    let workload = scenario(text).extension.workload;
    let kind = Alike { keys: 20, roam: Ratio::ONE, values: 8 };
    assert_eq!(workload, Workload { clients: 8, kind: kind.into(), burst: 1, shared_ids: true });
}

#[test]
fn a_seed_draws_the_size_of_the_cluster() {
    let plans = |size: &str| {
        let scenario = scenario(&format!(r#", "simulator": {{"size": {size}}}"#));
        (0..100).map(|seed| Plan::new(&scenario, seed)).collect::<Vec<_>>()
    };
    let drawn = plans(r#"{"replicas": [1, 7]}"#);
    let sizes: BTreeSet<u16> = drawn.iter().map(|plan| plan.replicas).collect();
    assert_eq!(sizes, (1..=7).collect());
    assert_eq!((drawn[0].requests.len(), drawn[0].max_messages), (500, 20_000), "the course's");
    let exact = plans(r#"{"replicas": 2, "requests": 7, "max_packets": 9}"#);
    assert!(exact.iter().all(|plan| (plan.replicas, plan.requests.len()) == (2, 7)));
    // Nothing else is drawn otherwise.
    assert_eq!(drawn[3].requests, plans(r#"{"replicas": 5}"#)[3].requests);
}

/// Returns the only fault of a scenario whose clocks are unbounded.
fn fault(text: &str) -> Fault {
    let more = format!(r#", "simulator": {{"clocks": "unbounded", "events": [{text}]}}"#);
    scenario(&more).extension.faults.remove(0)
}

fn range<T>(low: T, high: T) -> Drawn<T> {
    Drawn { low, high }
}

#[test]
fn any_number_of_a_fault_may_be_a_range() {
    let crash = r#"{"type": "crash", "who": "leader", "count": [1, 4], "time": [2, 25],
                    "lasts": [0.2, 4]}"#;
    assert_eq!(
        fault(crash),
        Fault {
            count: range(1, 4),
            at: range(2 * SECOND, 25 * SECOND),
            lasts: Lasts::For(range(200_000_000, 4 * SECOND)),
            kind: FaultKind::Nodes {
                who: vec![Target::These(Selector::Leader)],
                fault: Drawn::just(Crash.into())
            },
        }
    );
    let link = |text: &str| match fault(text).kind {
        FaultKind::Links { links, fault, .. } => {
            let all = || vec![Target::These(Selector::All)];
            assert_eq!(links, LinkPattern::OneWay { from: all(), to: all() }, "{text}");
            fault
        }
        kind => panic!("{kind:?}"),
    };
    let slow = |min, max, tail| {
        let [min, max, tail] = [min, max, tail].map(|micros: u64| micros * MICROSECOND);
        SlowLink { delay: Delay { span: Span { min, max }, tail }, fifo: false }.into()
    };
    assert_eq!(
        link(
            r#"{"type": "delay", "time": 1, "lasts": 1, "delay_us": [[1, 2], 3], "tail_us": [4, 5]}"#
        ),
        Drawn { low: slow(1, 3, 4), high: slow(2, 3, 5) }
    );
    let percent = |percent: u32| Lose { chance: Ratio::from_ppb(percent * 10_000_000) }.into();
    assert_eq!(
        link(r#"{"type": "lose", "time": 1, "lasts": 1, "chance": [0.25, 1]}"#),
        Drawn { low: percent(25), high: percent(100) }
    );
    assert_eq!(
        link(r#"{"type": "throttle", "time": 1, "lasts": 1, "bytes_per_second": [1, 500]}"#),
        range(1, 500).map(|bytes_per_second| Throttle { bytes_per_second }.into())
    );
    let clock = r#"{"type": "clock", "time": 1, "lasts": 1, "who": "0001", "rate_ppm": [-900000, 3],
                    "jump_s": 0.5}"#;
    let FaultKind::Nodes { fault, .. } = fault(clock).kind else { panic!("a clock is a node's") };
    let wrong = |rate_ppm| WrongClock { rate_ppm, jump: SECOND / 2 }.into();
    assert_eq!(fault, range(-900_000, 3).map(wrong));
}

#[test]
fn a_fault_for_good_needs_no_end() {
    for kind in ["kill", "flip_bit"] {
        let fault = fault(&format!(r#"{{"type": "{kind}", "time": 3, "who": ["any", "newest"]}}"#));
        assert_eq!((fault.kind.name(), fault.lasts), (kind, Lasts::Once));
    }
}

#[test]
fn replicas_are_selected_by_their_hexadecimal_id() {
    let crash = r#", "simulator": {"events": [
        {"type": "crash", "time": 0, "until": 1, "who": ["000A", "0014"]}]}"#;
    let text = text(crash).replace("\"replicas\": 5", "\"replicas\": 21");
    let (scenario, _) = Scenario::parse("x", &text).unwrap();
    let FaultKind::Nodes { who, .. } = &scenario.extension.faults[0].kind else { panic!("crash") };
    assert_eq!(*who, [10, 20].map(|id| Target::These(Selector::Replica(id))));
}

#[test]
fn an_empty_part_of_our_own_is_the_courses_behaviour() {
    let empty = r#", "simulator": {"network": {}, "workload": {}, "events": []}"#;
    assert_eq!(scenario(empty), scenario(""));
    assert_eq!(scenario(r#", "simulator": {"workload": {"kind": "course"}}"#), scenario(""));
}

#[test]
fn what_the_original_ignores_is_warned_about_in_the_files_order() {
    let text = text(
        r#", "drop": 0.1, "events": [{"type": "part_end", "time": 3, "until": 5}],
           "maximum_put_fail_fraction": 2, "comment": null"#,
    );
    assert_eq!(
        warnings(&text),
        [
            "drop: unknown field, did you mean `drops`? The original ignores it, and so do we",
            "events[0].until: unknown field. The original ignores it, and so do we",
            "maximum_put_fail_fraction: the original ignores it here, and so do we; it belongs under `tests`",
            "comment: unknown field. The original ignores it, and so do we",
        ]
    );
}

#[test]
fn a_name_of_messages_that_is_no_role_is_warned_about() {
    let clog = r#"{"type": "clog", "time": 5, "lasts": 1,
        "messages": ["append", "appendEntries", "ballot", "snapshots"]}"#;
    let found = warnings(&text(&format!(r#", "simulator": {{"events": [{clog}]}}"#)));
    let roles = "`propose`, `pre_vote_request`, `vote_request`, `vote`, `append`, `acknowledge`, `heartbeat`, \
                 `read`, `read_acknowledgement`, `snapshot`, `other`";
    let warning = |place, name, hint| {
        format!(
            "simulator.events[0].messages[{place}]: \"{name}\" is no role of messages{hint} It is taken for a type \
             that the system under test sends. The roles: {roles}"
        )
    };
    let hint = ", did you mean `snapshot`?";
    assert_eq!(found, [warning(2, "ballot", "."), warning(3, "snapshots", hint)]);
}

#[test]
fn a_warning_names_its_place() {
    let (_, warnings) = Scenario::parse("x.json", &text(",\n \"drop\": 0.1")).unwrap();
    assert_eq!(
        warnings[0].to_string(),
        "x.json:3:2: `drop`: warning: unknown field, did you mean `drops`? The original ignores it, and so do we"
    );
}

#[test]
fn fractions_of_whole_numbers_are_cut_off_as_in_the_original() {
    let text = text("")
        .replace("30,", "30.9,")
        .replace("500,", "5.0e2,")
        .replace("5, \"req", "21.5, \"req");
    let (scenario, _) = Scenario::parse("x", &text).unwrap();
    assert_eq!((scenario.lifetime, scenario.replicas, scenario.requests), (30 * SECOND, 21, 500));
    assert_eq!(
        warnings(&text),
        [
            "lifetime: 30.9 is not whole; the original takes it as 30, and so do we",
            "replicas: 21.5 is not whole; the original takes it as 21, and so do we",
        ]
    );
}

#[test]
fn tiers_that_do_not_ascend_are_warned_about() {
    let text = text("").replace("[0, 1, 2]", "[2, 1, 0]");
    assert_eq!(
        warnings(&text),
        ["tests.benchmarks.failures: [2, 1, 0] does not ascend, so a tier is out of reach"]
    );
}

#[test]
fn any_seed_the_original_takes_gives_a_seed() {
    assert_eq!(scenario(r#", "seed": 7"#).seed, Some(7));
    assert_eq!(scenario(r#", "seed": null"#).seed, None);
    let mut seeds = Vec::new();
    for seed in ["-1", "1.5", "\"monday\"", "true", "1e400", "18446744073709551616"] {
        let text = text(&format!(r#", "seed": {seed}"#));
        let (scenario, _) = Scenario::parse("x", &text).unwrap();
        let derived = scenario.seed.unwrap();
        assert_eq!(
            warnings(&text),
            [format!(
                "seed: {seed} is not a whole number from 0 to 2^64-1, taken as seed {derived}"
            )]
        );
        seeds.push(derived);
    }
    // FNV-1a of `-1`, computed without this code: derived seeds must never change.
    assert_eq!(seeds[0], 0x07D0_0B07_B497_D12B);
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 6);
}

#[test]
fn a_stored_scenario_reads_back_equal() {
    let scenario = scenario(
        r#", "drops": 0.05, "events": [{"type": "kill_leader", "time": 10}], "simulator": {
            "workload": {"kind": "contend", "keys": 3},
            "events": [{"type": "cut", "time": 5, "until": 10, "from": "leader", "to": "0001"}]}"#,
    );
    let stored = serde_json::to_string(&scenario).unwrap();
    assert!(stored.contains(r#""drops":"0.05""#), "{stored}");
    assert_eq!(serde_json::from_str::<Scenario>(&stored).unwrap(), scenario);
    let absurd = stored.replace(r#""drops":"0.05""#, r#""drops":"5""#);
    let error = serde_json::from_str::<Scenario>(&absurd).unwrap_err().to_string();
    assert!(error.contains("`5` is not a number from 0 to 1"), "{error}");
}

#[test]
fn a_suite_is_its_folders_files_in_order() {
    let folder = Scratch::new("scenario-suite");
    fs::create_dir_all(folder.join("deeper")).unwrap();
    for name in ["storm-10.json", "storm-9.json", "crash-1.json", "simple-2.json", "deeper/x.json"]
    {
        fs::write(folder.join(name), text("")).unwrap();
    }
    fs::write(folder.join("notes.txt"), "not a scenario").unwrap();
    let names = |path: &Path| -> Vec<String> {
        load_suite(path).unwrap().into_iter().map(|(scenario, _)| scenario.name).collect()
    };
    assert_eq!(names(&folder), ["simple-2", "crash-1", "storm-9", "storm-10", "x"]);
    assert_eq!(names(&folder.join("deeper/x.json")), ["x"]);

    let file = folder.join("crash-1.json");
    assert_eq!(load_scenario(&file).unwrap().0.path.as_deref(), Some(file.as_path()));
}
