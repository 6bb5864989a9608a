//! Finding the place: what a replay can be narrowed to, and the command that a report gives.

use std::process::{Command, Output, Stdio};

use simulator::report::layout::columns;

use crate::support::{Scratch, python};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

fn simulator(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.env_remove("COLUMNS").args(arguments).stdin(Stdio::null());
    command.output().expect("the simulator starts")
}

/// The lines of a timeline, without the legend and what comes after it.
fn replay(arguments: &[&str]) -> Vec<String> {
    let crash = format!("{SCENARIOS}/course/crash-3.json");
    let whole = [&["replay", &crash, "--seed", "2", "--until", "17"], arguments].concat();
    let output = simulator(&whole);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, events) = text.split_once("\n\n").expect("a legend");
    let (events, _) = events.split_once("\n\n").expect("an end");
    events.lines().map(str::to_owned).collect()
}

#[test]
fn a_key_shows_its_requests_and_what_happened_meanwhile() {
    let lines = replay(&["--key", "VR2ZZ"]);
    assert!(lines.len() > 10, "{lines:?}");
    let is_meant = |line: &String| {
        line.contains("(VR2ZZIIS") || line.contains(" ^ is ") || line.contains(" # ")
    };
    assert!(lines.iter().all(is_meant), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("the leader, 0002 is killed")));
}

#[test]
fn clients_replicas_and_kinds_are_chosen() {
    let of_client = replay(&["--client", "6", "--client", "c7"]);
    let is_of = |line: &String, who: &[&str]| who.contains(&line[13..18].trim());
    assert!(of_client.iter().all(|line| is_of(line, &["c6", "c7", "-"])), "{of_client:?}");
    assert!(of_client.iter().any(|line| is_of(line, &["c7"])));
    let of_replica = replay(&["--replica-id", "3", "--messages", "--from", "16"]);
    assert!(of_replica.iter().all(|line| line.contains("0003")), "{of_replica:?}");
    let elections = replay(&["--kind", "election"]);
    assert!(elections.iter().all(|line| line.contains(" ^ ")) && elections.len() > 5);
    let messages = replay(&["--kind", "message", "--from", "16"]);
    assert!(messages.iter().all(|line| line.contains(" > ")) && !messages.is_empty());
    let none = replay(&["--key", "no such key", "--kind", "ask"]);
    assert_eq!(none, ["after 0 s there was nothing that --key, --client and the like let through"]);
}

#[test]
fn bad_choices_are_refused() {
    for (option, value, words) in [
        ("--client", "x", "a client such as 3 or c3"),
        ("--replica-id", "00021", "a replica such as 2 or 0002"),
        ("--kind", "messages", "possible values: message"),
    ] {
        let output = simulator(&["replay", "crash-3", option, value]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn columns_are_side_by_side_and_fit() {
    for width in ["80", "120"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        let arguments = ["replay", "crash-3", "--seed", "2", "--from", "16.3", "--until", "16.5"];
        command.env("COLUMNS", width).args(arguments).args(["--columns", "--messages"]);
        let output = command.stdin(Stdio::null()).output().expect("the simulator starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let width = width.parse().expect("a number");
        assert!(text.lines().all(|line| columns(line) <= width), "{text}");
        let heading = text.lines().find(|line| line.trim_start().starts_with("time"));
        let words: Vec<_> = heading.expect("a heading").split_whitespace().collect();
        assert_eq!(words, ["time", "0000", "0001", "0002", "0003", "0004", "clients"]);
    }
}

/// The report's command shows the very operations that prove the finding.
#[test]
fn the_command_of_a_report_leads_to_the_place() {
    let Some(forgets) = python("forgets") else { return };
    let scratch = Scratch::new("finding-place");
    let simple = format!("{SCENARIOS}/course/simple-2.json");
    let forgets = forgets.to_str().expect("UTF-8");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(&scratch).args(["run", &simple, "--replica", forgets]);
    let output = command.stdin(Stdio::null()).output().expect("the simulator starts");
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{report}");
    let (_, command) = report.split_once("See it happen: ").expect("a command");
    let command = command.lines().next().expect("a line");
    for option in [" --from ", " --until ", " --key "] {
        assert!(command.contains(option), "{command}");
    }
    let shown = Command::new("sh").args(["-c", command]).output().expect("a shell");
    let shown = String::from_utf8(shown.stdout).expect("UTF-8");
    assert!(shown.contains(" = get(") && shown.contains(" ? asks get("), "{command}\n{shown}");
}
