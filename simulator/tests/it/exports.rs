//! Runs in the formats of other tools, read back.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::Scratch;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).env_remove("GITHUB_ACTIONS").args(arguments);
    command.stdin(Stdio::null()).output().expect("the simulator starts")
}

fn export(folder: &Path, format: &str, scenario: &str) -> String {
    let path = format!("{SCENARIOS}/{scenario}");
    let output = simulator(folder, &["export", &path, "--to", format, "--seed", "7"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_trace_for_perfetto_is_json_in_the_order_of_time() {
    let scratch = Scratch::new("export-chrome");
    let text = export(&scratch, "chrome", "course/crash-3.json");
    let trace: Value = serde_json::from_str(&text).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let phase = |event: &Value| event["ph"].as_str().expect("a phase").to_owned();
    let times: Vec<f64> = events.iter().filter_map(|event| event["ts"].as_f64()).collect();
    assert!(times.len() > 1_000 && times.is_sorted(), "{}", times.len());
    let mut arrows: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    let mut slices = BTreeMap::new();
    for event in events {
        let thread = (event["pid"].as_u64(), event["tid"].as_u64());
        assert!(thread.0.is_some() && (thread.1.is_some() || phase(event) == "M"), "{event}");
        match phase(event).as_str() {
            "X" => {
                assert!(event["dur"].as_f64().is_some_and(|it| it >= 0.0), "{event}");
                let start = event["ts"].as_f64().expect("a time").to_bits();
                *slices.entry((thread, start)).or_insert(0) += 1;
            }
            "s" => arrows.entry(event["id"].as_u64().expect("an id")).or_default().0 += 1,
            "f" => arrows.entry(event["id"].as_u64().expect("an id")).or_default().1 += 1,
            "i" | "M" => {}
            other => panic!("{other}: {event}"),
        }
        // An arrow that begins or ends outside of any slice is not drawn.
        if matches!(phase(event).as_str(), "s" | "f") {
            let at = event["ts"].as_f64().expect("a time").to_bits();
            assert!(slices.contains_key(&(thread, at)), "{event}");
        }
    }
    assert!(arrows.len() > 100 && arrows.values().all(|ends| *ends == (1, 1)));
    let names: Vec<_> = events.iter().map(|it| it["args"]["name"].as_str().unwrap_or("")).collect();
    assert!(["replicas", "clients", "faults", "0000", "c0"].iter().all(|it| names.contains(it)));
}

/// A vector clock.
type Clock = BTreeMap<String, u64>;

#[test]
fn vector_clocks_say_that_what_is_received_was_sent() {
    let scratch = Scratch::new("export-shiviz");
    for scenario in ["course/crash-3.json", "network/late-votes.json"] {
        let text = export(&scratch, "shiviz", scenario);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() > 200 && lines.len().is_multiple_of(2), "{}", lines.len());
        let (mut last, mut sent) = (BTreeMap::<String, Clock>::new(), BTreeMap::new());
        let mut received = 0;
        for pair in lines.chunks(2) {
            let (host, clock) = pair[1].split_once(' ').expect("a host and a clock");
            let clock: Clock = serde_json::from_str(clock).expect("a clock");
            let before = last.insert(host.to_owned(), clock.clone()).unwrap_or_default();
            let own = before.get(host).copied().unwrap_or(0) + 1;
            assert_eq!(clock.get(host), Some(&own), "each event counts one: {pair:?}");
            assert!(before.iter().all(|(it, count)| clock[it] >= *count), "{pair:?}");
            let event = pair[0].split_once(" s ").expect("a time").1;
            if let Some((what, to)) =
                event.strip_prefix("sends ").and_then(|it| it.rsplit_once(" to "))
            {
                let to = to.split(' ').next().expect("a replica");
                let key = (host.to_owned(), to.to_owned(), what.to_owned());
                sent.entry(key).or_insert_with(Vec::new).push(clock);
            } else if let Some((what, from)) =
                event.strip_prefix("gets ").and_then(|it| it.rsplit_once(" from "))
            {
                let from = from.split(' ').next().expect("a replica");
                let key = (from.to_owned(), host.to_owned(), what.to_owned());
                let sends = sent.get(&key).unwrap_or_else(|| panic!("never sent: {pair:?}"));
                let is_known =
                    |send: &Clock| send.iter().all(|(it, count)| clock.get(it) >= Some(count));
                assert!(sends.iter().any(is_known), "{pair:?}");
                received += 1;
            }
        }
        assert!(received > 50, "{received}");
    }
}

#[test]
fn histories_are_judged_alike_when_they_are_read_back() {
    let scratch = Scratch::new("export-histories");
    let check = |file: &str, more: &[&str]| {
        let output = simulator(&scratch, &[&["check", file, "--json"], more].concat());
        let verdict: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), verdict["verdict"].clone(), verdict["operations"].clone())
    };
    let history = scratch.join("run.jsonl");
    let run = format!("{SCENARIOS}/course/crash-3.json");
    let kept = ["run", &run, "--seed", "7", "--history", history.to_str().expect("UTF-8")];
    assert_eq!(simulator(&scratch, &kept).status.code(), Some(0));
    let ours = check("run.jsonl", &[]);
    assert_eq!(ours.0, Some(0), "{ours:?}");
    scratch.file("run.edn", &export(&scratch, "edn", "course/crash-3.json"));
    assert_eq!(check("run.edn", &[]), ours);
    scratch.file("kv.edn", &export(&scratch, "porcupine-kv", "course/crash-3.json"));
    assert_eq!(check("kv.edn", &["--initial", "\"\""]).0, Some(0));
    let first = fs::read_to_string(&history).expect("a history");
    let first: Value = serde_json::from_str(first.lines().next().expect("a line")).expect("JSON");
    let key = first["key"].as_str().expect("a key");
    let one =
        ["export", &run, "--seed", "7", "--to", "porcupine-etcd", "--key", key, "-o", "one.log"];
    assert_eq!(simulator(&scratch, &one).status.code(), Some(0));
    assert_eq!(check("one.log", &[]).0, Some(0));
}

#[test]
fn what_cannot_be_written_is_said() {
    let scratch = Scratch::new("export-refused");
    for (arguments, words) in [
        (
            &["export", "crash-3", "--to", "porcupine-etcd"][..],
            "keys, which this format does not know",
        ),
        (
            &["export", "crash-3", "--to", "porcupine-etcd", "--key", "none"],
            "no operation has the key",
        ),
        (&["export", "crash-3", "--to", "pdf"], "possible values: chrome, shiviz, edn"),
        (&["export", "crash-3"], "--to"),
        (&["export", "no-such", "--to", "edn"], "no-such"),
        (&["export", "crash-3", "--to", "edn", "-o", "no/such/file"], "could not be created"),
    ] {
        let output = simulator(&scratch, arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words), "{words}: {said}");
    }
}
