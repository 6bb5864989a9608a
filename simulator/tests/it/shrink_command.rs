//! `simulator shrink` from the command line: limits, signals, and what is said meanwhile.

use std::fs;
use std::process::{Child, Command, Output, Stdio};

use crate::support::{self, Scratch};

/// A folder with a failure that takes long to shrink: most of many requests matter.
fn folder(name: &str, requests: u32) -> Scratch {
    let folder = Scratch::new(name);
    let (lifetime, bound) = ((requests / 100).max(5), requests * 3 / 2);
    let scenario = format!(
        r#"{{"lifetime": {lifetime}, "replicas": 3, "requests": {requests}, "mix": 0.0, "max_packets": 800000,
            "tests": {{"benchmarks": {{"total_msgs": [{bound}, {bound}, {bound}],
                "failures": [99, 99, 99], "duplicates": [99, 99, 99], "median_latency": [9, 9, 9]}}}}}}"#
    );
    fs::write(folder.join("many.json"), scenario).unwrap();
    let explored = simulator(&folder, &["explore", "many.json", "--seeds", "0..1"]);
    assert_eq!(explored.status.code(), Some(4), "{}", text(&explored.stdout));
    folder
}

fn command(folder: &Scratch, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(arguments);
    command
}

fn simulator(folder: &Scratch, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The number of lines of a failure file: one for each request.
fn lines(folder: &Scratch, name: &str) -> usize {
    fs::read_to_string(folder.join(name)).unwrap().lines().count()
}

/// Both signals, at the same time, as soon as the first line of progress shows that it takes long.
#[test]
fn a_signal_leaves_the_smallest_plan_so_far() {
    let start = |signal: &'static str| {
        let folder = folder(&format!("shrink-{signal}"), 10_000);
        let said = fs::File::create(folder.join("said")).unwrap();
        let mut shrink = command(&folder, &["shrink", "failures/many-0.json", "--jobs", "1"]);
        let running = shrink.stdout(Stdio::piped()).stderr(said).spawn().unwrap();
        (signal, folder, running)
    };
    let end = |(signal, folder, running): (&str, Scratch, Child)| {
        let said = || fs::read_to_string(folder.join("said")).unwrap();
        support::eventually("progress", || said().contains("/5000 runs, ").then_some(()));
        let kill = format!("kill -{signal} {}", running.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        let output = running.wait_with_output().unwrap();
        let report = text(&output.stdout);
        assert_eq!(output.status.code(), Some(4), "{report}{}", said());
        assert!(said().contains("stopping after the runs under way"), "{}", said());
        let again = "stopped before the end; `";
        assert!(report.contains(again) && report.contains("many-0-shrunk.json`"), "{report}");
        let (before, after) = ("failures/many-0.json", "failures/many-0-shrunk.json");
        assert!(lines(&folder, after) < lines(&folder, before), "{report}");
    };
    let running = ["TERM", "HUP"].map(start);
    running.into_iter().for_each(end);
}

#[test]
fn the_time_is_bounded() {
    let folder = folder("shrink-time", 200);
    let output = simulator(&folder, &["shrink", "failures/many-0.json", "--time", "1ns"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{report}");
    assert!(report.contains(" in 1 run\nthe time is up; `"), "{report}");
    assert!(report.contains("shrink failures/many-0-shrunk.json` goes on from here"), "{report}");
    assert_eq!(text(&output.stderr), "", "what is short is silent");
}

#[test]
fn a_budget_takes_few_runs_and_says_what_was_not_tried() {
    let folder = folder("shrink-budget", 600);
    let output = simulator(&folder, &["shrink", "failures/many-0.json", "--runs", "200"]);
    let report = text(&output.stdout);
    assert!(report.contains("\nany requests add to what a budget counts, so "), "{report}");
    assert!(!report.contains("used up"), "{report}");
}

#[test]
fn wrong_limits_are_explained() {
    let folder = Scratch::new("shrink-limits");
    let said = |option: &str, value: &str| {
        let output = simulator(&folder, &["shrink", "x.json", option, value]);
        assert_eq!(output.status.code(), Some(2));
        text(&output.stderr)
    };
    for value in ["0", "-1", "many"] {
        let said = said("--runs", value);
        assert!(said.contains("expected the greatest number of runs, from 1 to "), "{said}");
        assert!(said.contains("without this option it is 5000"), "{said}");
    }
    assert!(said("--jobs", "0").contains("expected how many runs at a time, from 1"));
    assert!(said("--time", "soon").contains("expected a time such as"));
}
