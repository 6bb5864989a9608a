//! Failures from the command line, once more.
//!
//! `replay` and `shrink` are run on a failure that is fixed, that has become another one, or that was shrunk before.

use std::fs;
use std::process::{Command, Output};

use crate::support::{self, Scratch, assert_snapshot};

/// A folder with the failure of a scenario in which no run earns credit for its messages.
struct Case {
    folder: Scratch,
}

const FAILURE: &str = "failures/tight-0.json";

impl Case {
    fn new(name: &str, more: &[&str]) -> Case {
        let folder = Scratch::new(name);
        let scenario = r#"{"lifetime": 5, "replicas": 3, "requests": 60, "start_wait": 1,
            "end_wait": 1, "mix": 0.3, "drops": 0.1, "tests": {"benchmarks": {
                "total_msgs": [2, 2, 2], "failures": [99, 99, 99], "duplicates": [99, 99, 99],
                "median_latency": [9, 9, 9]}}}"#;
        fs::write(folder.join("tight.json"), scenario).unwrap();
        let case = Case { folder };
        case.simulator(&[&["explore", "tight.json", "--seeds", "0..1"], more].concat());
        case
    }

    fn simulator(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        command.current_dir(&self.folder).args(arguments).output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }

    /// Returns the failure with some texts replaced, under another name.
    fn edited(&self, replaced: &[(&str, &str)]) -> &'static str {
        let mut text = self.read(FAILURE);
        for (from, to) in replaced {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        fs::write(self.folder.join("edited.json"), text).unwrap();
        "edited.json"
    }

    /// Returns the exit status, and the lines after the checks.
    fn comparison(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.simulator(&[&["replay"], arguments].concat());
        let text = stdout(&output);
        let (_, checks) = text.split_once("  Checks\n").unwrap_or_else(|| panic!("{text}"));
        let (_, after) = checks.split_once("\n\n").unwrap_or_else(|| panic!("{text}"));
        (output.status.code(), after.to_owned())
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The edit that gives a request to another client: another run of nearly the same plan.
const ANOTHER_RUN: (&str, &str) = ("\"client\": ", "\"client\": 1");
const MORE_CLIENTS: (&str, &str) = ("\"clients\": 8", "\"clients\": 18");
const GENEROUS: (&str, &str) = ("\"total_msgs\": [2, 2, 2]", "\"total_msgs\": [9999, 9999, 9999]");

/// The exit status and the first lines of what a replay says.
fn beginning((status, text): &(Option<i32>, String)) -> String {
    let lines: Vec<&str> = text.lines().take(4).collect();
    format!("exit {}\n{}\n", status.expect("it ended by itself"), lines.join("\n"))
}

#[test]
fn a_replay_says_first_whether_it_still_fails() {
    let case = Case::new("again-replayed", &[]);
    let same_run = case.comparison(&[FAILURE]);
    let fixed = case.comparison(&[case.edited(&[ANOTHER_RUN, MORE_CLIENTS, GENEROUS])]);
    let same = case.edited(&[ANOTHER_RUN, MORE_CLIENTS]);
    let another_run = case.comparison(&[same]);
    let late = case.comparison(&[same, "--from", "5.9"]);
    let judged = case.comparison(&[case.edited(&[GENEROUS])]);
    let asks = [&another_run, &late].map(|(_, text)| text.contains(" ? asks "));
    assert_eq!(asks, [true, false], "nothing from before --from");
    let all = [same_run, fixed, another_run, judged];
    assert_snapshot!("again_replayed", all.each_ref().map(beginning).join("\n"));
}

#[test]
fn a_replay_tells_what_fails_now_from_what_failed() {
    let case = Case::new("again-otherwise", &[]);
    let text = case.read(FAILURE);
    let latency = text.lines().find(|line| line.contains("\"median_latency\"")).unwrap().trim();
    let strict = "\"median_latency\": [1, 1, 1]";
    let strict = if latency.ends_with(',') { format!("{strict},") } else { strict.to_owned() };
    let edited = case.edited(&[ANOTHER_RUN, MORE_CLIENTS, GENEROUS, (latency, &strict)]);
    let replayed = beginning(&case.comparison(&[edited]));
    let output = case.simulator(&["shrink", edited]);
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!("again_otherwise", format!("{replayed}\nshrink: exit 2\n{}", stderr(&output)));
}

#[test]
fn a_fixed_executable_is_said_to_be_fixed_and_nothing_else_is_shown() {
    let (Some(crashes), Some(right)) = (support::python("crashes"), support::python("right"))
    else {
        return;
    };
    let case = Case::new("again-fixed", &["--replica", crashes.to_str().unwrap()]);
    let generous = case.edited(&[GENEROUS]);
    let right = ["--replica", right.to_str().unwrap()];
    let (status, text) = case.comparison(&[&[generous], &right[..]].concat());
    assert_eq!(status, Some(0), "{text}");
    assert!(text.starts_with("Fixed: it passes now; it failed with crash, no_crash: "), "{text}");
    assert!(text.contains("--messages shows what") && text.lines().count() == 4, "{text}");
    let output = case.simulator(&[&["shrink", generous], &right[..]].concat());
    assert!(stderr(&output).contains("\n  now:    it passes\n"), "{}", stderr(&output));
}

#[test]
fn few_runs_undo_nothing_that_many_have_found() {
    let case = Case::new("again-shrunk", &[]);
    assert_eq!(case.simulator(&["shrink", FAILURE]).status.code(), Some(4));
    let small = case.read("failures/tight-0-shrunk.json");
    let output = case.simulator(&["shrink", FAILURE, "--runs", "1"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    let of_the_file: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("-shrunk") && !line.contains("lines more"))
        .collect();
    assert_snapshot!("again_shrunk", of_the_file.join("\n"));
    assert_eq!(case.read("failures/tight-0-shrunk.json"), small);
    let large = case.read("failures/tight-0-shrunk-2.json");
    assert!(large.lines().count() > small.lines().count());

    // The same plan again is no reason for a third file; a path that is given is used.
    case.simulator(&["shrink", FAILURE, "--runs", "1"]);
    case.simulator(&["shrink", FAILURE]);
    assert!(!case.folder.join("failures/tight-0-shrunk-3.json").exists());
    assert_eq!(case.read("failures/tight-0-shrunk.json"), small);
    let here = ["--output", "failures/tight-0-shrunk.json"];
    let output = case.simulator(&[&["shrink", FAILURE, "--runs", "1"], &here[..]].concat());
    assert!(!stdout(&output).contains("is smaller"), "{}", stdout(&output));
    assert_eq!(case.read("failures/tight-0-shrunk.json"), large);
}

#[test]
fn a_replay_from_beyond_the_end_says_so() {
    let case = Case::new("again-beyond", &[]);
    let output = case.simulator(&["replay", FAILURE, "--from", "3600"]);
    let beyond = stdout(&output);
    let output = case.simulator(&["replay", FAILURE, "--from", "6.4", "--until", "6.55"]);
    let between = stdout(&output);
    let line_of = |text: &str, time: &str| {
        let said = format!("after {time} s");
        text.lines()
            .find(|line| line.contains(&said))
            .unwrap_or_else(|| panic!("{text}"))
            .to_owned()
    };
    let said = [line_of(&beyond, "3600"), line_of(&between, "6.4")];
    assert_snapshot!("again_beyond", said.join("\n"));
}

#[test]
fn what_another_command_takes_is_recognised() {
    let case = Case::new("again-misplaced", &[]);
    let kept = ["--history", "h.jsonl", "--trace", "t.jsonl"];
    case.simulator(&[&["run", "tight.json"], &kept[..]].concat());
    let cases: [&[&str]; 5] = [
        &["replay", "."],
        &["replay", "h.jsonl"],
        &["run", "h.jsonl"],
        &["shrink", "h.jsonl"],
        &["replay", "t.jsonl"],
    ];
    let mut report = String::new();
    for arguments in cases {
        let output = case.simulator(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
        report += &format!("simulator {}\n{said}\n", arguments.join(" "));
    }
    assert_snapshot!("files_of_other_commands", report);
}
