//! What people are shown fits their terminal, whatever the command.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use simulator::report::layout::columns;

use crate::support::{Scratch, python};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

/// Runs the simulator as on a terminal of a width.
fn simulator(folder: &Path, width: usize, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).env("COLUMNS", width.to_string()).env("NO_COLOR", "1");
    command.args(arguments).stdin(Stdio::null()).output().expect("the simulator starts")
}

/// What it prints at 80, 100 and 160 columns, no line longer than that.
fn shown(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let at = |width| {
        let output = simulator(folder, width, arguments);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(!text.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let longest = text.lines().max_by_key(|line| columns(line)).unwrap_or_default();
        assert!(columns(longest) <= width, "{arguments:?} at {width}:\n{longest}");
        assert!(!text.contains('\x1b'), "{text}");
        text
    };
    [80, 100, 160].map(at).to_vec()
}

/// A text without line breaks and runs of spaces.
fn joined(text: &str) -> String {
    text.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_report_fits_the_width() {
    let scratch = Scratch::new("widths");
    let crash = format!("{SCENARIOS}/course/crash-4.json");
    let tight = std::fs::read_to_string(&crash).expect("the course");
    let tight = scratch.file("tight.json", &tight.replace("[1800, 4000, 5000]", "[1, 1, 1]"));
    let stale = [
        r#"{"client":4,"kind":"put","key":"k0","value":"a long value","invoke_ns":0,"return_ns":3085000}"#,
        r#"{"client":0,"kind":"get","key":"k0","value":null,"invoke_ns":4276000,"return_ns":4305000}"#,
    ];
    scratch.file("stale.jsonl", &stale.join("\n"));
    let commands: [&[&str]; 10] = [
        &["suite", &format!("{SCENARIOS}/course"), "--seeds", "1..3"],
        &["suite", &format!("{SCENARIOS}/network")],
        &["suite", &tight],
        &["run", &crash, "--seed", "7"],
        &["run", &tight],
        &["replay", &crash, "--from", "12", "--messages", "--inspect"],
        &["explore", &tight, "--seeds", "0..2"],
        &["replay", "failures/tight-0.json"],
        &["test", "failures"],
        &["check", "stale.jsonl"],
    ];
    for arguments in commands {
        shown(&scratch, arguments);
    }
}

#[test]
fn what_is_broken_is_whole() {
    let scratch = Scratch::new("widths-whole");
    let crash = format!("{SCENARIOS}/course/crash-4.json");
    let arguments = ["replay", &crash, "--from", "12", "--until", "13", "--messages"];
    let all = shown(&scratch, &arguments);
    assert!(all.iter().all(|text| joined(text) == joined(&all[0])));
    let arguments = ["run", &crash, "--seed", "7"];
    let all = shown(&scratch, &arguments);
    assert!(all.iter().all(|text| joined(text) == joined(&all[0])));
}

/// On a pipe, lines stay whole.
#[test]
fn other_programs_get_whole_lines() {
    let scratch = Scratch::new("widths-pipe");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    let crash = format!("{SCENARIOS}/course/crash-4.json");
    command.current_dir(&scratch).env_remove("COLUMNS").args(["run", &crash, "--seed", "7"]);
    let output = command.stdin(Stdio::null()).output().expect("the simulator starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.lines().any(|line| columns(line) > 160), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn a_row_of_grades_fits_the_width() {
    let Some(mute) = python("mute") else { return };
    let scratch = Scratch::new("widths-grades");
    let simple = format!("{SCENARIOS}/course/simple-1.json");
    let mute = mute.to_str().expect("UTF-8");
    shown(&scratch, &["grade", mute, "--scenarios", &simple, "--seeds", "1..3"]);
}
