//! The program as its user sees it: exit status, output, and messages about bad input.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{Scratch, assert_snapshot};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course");

pub(crate) fn simulator(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.args(arguments).stdin(Stdio::null()).output().expect("the simulator starts")
}

pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().expect("it exits by itself")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn scenario(name: &str) -> String {
    format!("{COURSE}/{name}.json")
}

/// Returns a text without the folders of this machine.
fn at_home(text: &str, scratch: &Scratch) -> String {
    let text = text.replace(env!("CARGO_BIN_EXE_simulator"), "simulator");
    text.replace(scratch.to_str().expect("UTF-8"), "FOLDER").replace(COURSE, "COURSE")
}

/// Returns a course scenario with one text replaced.
fn altered(from: &str, to: &str) -> String {
    let text = fs::read_to_string(scenario("crash-3")).expect("the course");
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn bad_input_gives_one_clear_message_and_status_2() {
    let scratch = Scratch::new("command-bad-input");
    let edited = |name: &str, from: &str, to: &str| scratch.file(name, &altered(from, to));
    let paths = [
        "no-such-file.json".to_owned(),
        COURSE.to_owned(),
        scratch.file("broken.json", "{\"lifetime\": 30,"),
        edited("type.json", "\"requests\": 400", "\"requests\": \"many\""),
        edited("replicas.json", "\"replicas\": 5", "\"replicas\": 2"),
        edited("event.json", "kill_leader", "kill_leadr"),
        edited("late.json", "\"time\": 10", "\"time\": 31"),
    ];
    let mut said = String::new();
    for path in paths {
        let output = simulator(&["run", &path]);
        let message = stderr(&output);
        assert_eq!(status(&output), 2, "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(output.stdout.is_empty(), "{path}");
        said += &message;
    }
    assert_snapshot!("bad_input", at_home(&said, &scratch));
}

#[test]
fn bad_usage_is_status_2_as_well() {
    let crash = scenario("crash-3");
    let cases: [&[&str]; 8] = [
        &[],
        &["walk"],
        &["run"],
        &["run", &crash, "--seed", "-1"],
        &["run", &crash, "--seed", "1e3"],
        &["suite", "--seeds", "7..3"],
        &["replay", &crash, "--until", "soon"],
        &["check", "x.txt", "--format", "xml"],
    ];
    for arguments in cases {
        let output = simulator(arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(status(&output), 2, "{arguments:?}: {message}");
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn what_is_wrong_is_said_with_the_way_out() {
    let scratch = Scratch::new("command-ways-out");
    let crash = scenario("crash-3");
    let tight = altered("[2000, 4000, 5000]", "[1, 1, 1]");
    let tight = scratch.file("tight.json", &tight);
    let out = scratch.join("failures");
    let out = out.to_str().expect("UTF-8");
    assert_eq!(status(&simulator(&["explore", &tight, "--seeds", "0..1", "--out", out])), 4);
    let failure = format!("{out}/tight-0.json");
    let text = fs::read_to_string(&failure).expect("a failure");
    let gone = text.replacen("\"class\"", "\"executable\": \"/no/kv\",\n  \"class\"", 1);
    let gone = scratch.file("gone.json", &gone);
    let cases: [&[&str]; 6] = [
        &["run", &failure],
        &["suite", &failure],
        &["replay", &gone],
        &["shrink", &gone],
        &["suite", &crash, "--jobs", "0"],
        &["explore", &crash, "--seeds", "0..1", "--jobs", "70000"],
    ];
    let mut said = String::new();
    for arguments in cases {
        let output = simulator(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}");
        said += &format!("simulator {}\n{}\n", arguments.join(" "), stderr(&output));
    }
    assert_snapshot!("ways_out", at_home(&said, &scratch));
}

#[test]
fn json_has_what_the_contract_names() {
    let output = simulator(&["run", &scenario("crash-4"), "--seed", "3", "--json"]);
    assert_eq!(status(&output), 0);
    let run: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one object");
    assert_eq!((&run["scenario"], &run["seed"]), (&"crash-4".into(), &3.into()));
    assert_eq!(run["verdict"], "pass");
    assert_eq!(run["digest"].as_str().map(str::len), Some(16));
    let metrics = [
        "total_messages",
        "dropped_messages",
        "failures",
        "duplicates",
        "redirects",
        "median_latency_s",
        "mean_latency_s",
        "gets",
        "puts",
        "unanswered",
    ];
    assert!(metrics.iter().all(|name| run["metrics"][name].is_number()), "{run}");
    assert!(run["metrics"]["leaders"].is_array());
    assert_eq!(run["tiers"]["total_messages"], "bonus");
    assert_eq!(run["checks"]["linearizable"]["ok"], true);
}

#[test]
fn the_suite_passes_and_prints_the_same_twice() {
    let table = || {
        let output = simulator(&["suite", COURSE]);
        assert_eq!(status(&output), 0, "{}", stdout(&output));
        let text = stdout(&output);
        // The last line is left out, because it has the elapsed time.
        text.lines()
            .filter(|line| !line.contains("virtual time"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let first = table();
    assert_eq!(first.iter().filter(|line| line.contains(" pass ")).count(), 17);
    assert_eq!(first, table());
}

/// Where there is no repository, the program finds its stock scenarios by path and by name.
#[test]
fn stock_scenarios_are_carried_along() {
    let scratch = Scratch::new("command-stock");
    let digests = |folder: &Path, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        let output = command.current_dir(folder).args(arguments).arg("--json").output();
        let output = output.expect("the simulator starts");
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        let digest = |line: &str| {
            let run: serde_json::Value = serde_json::from_str(line).expect("an object");
            run["digest"].as_str().expect("a digest").to_owned()
        };
        stdout(&output).lines().map(digest).collect::<Vec<_>>()
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (load, crash) = ("scenarios/load", "scenarios/course/crash-3.json");
    assert_eq!(digests(&scratch, &["suite"]), digests(&root, &["suite"]));
    assert_eq!(digests(&scratch, &["suite", load]), digests(&root, &["suite", load]));
    for name in [crash, "course/crash-3", "crash-3"] {
        assert_eq!(digests(&scratch, &["run", name]), digests(&root, &["run", crash]), "{name}");
    }
    // A file in the current folder comes first.
    scratch.file("crash-3", &altered("\"requests\": 400", "\"requests\": 399"));
    assert_ne!(digests(&scratch, &["run", "crash-3"]), digests(&root, &["run", crash]));
}

#[test]
fn a_history_can_be_written_and_checked_again() {
    let scratch = Scratch::new("command-history");
    let history = scratch.file("history.jsonl", "");
    let contended = format!("{COURSE}/../load/contended-keys.json");
    let run = simulator(&["run", &contended, "--history", &history]);
    assert_eq!(status(&run), 0);
    let check = simulator(&["check", &history]);
    assert_eq!(status(&check), 0);
    assert!(stdout(&check).ends_with("linearizable\n"), "{}", stdout(&check));
}

#[test]
fn a_stale_read_is_shown_with_its_proof() {
    let scratch = Scratch::new("command-stale");
    let stale = [
        r#"{"client":4,"kind":"put","key":"k0","value":"421","invoke_ns":0,"return_ns":3085000}"#,
        r#"{"client":3,"kind":"put","key":"k0","value":"432","invoke_ns":2957000,"return_ns":3234000}"#,
        r#"{"client":4,"kind":"get","key":"k0","value":"432","invoke_ns":3151000,"return_ns":4224000}"#,
        r#"{"client":0,"kind":"get","key":"k0","value":"421","invoke_ns":4276000,"return_ns":4305000}"#,
    ];
    let output = simulator(&["check", &scratch.file("stale.jsonl", &stale.join("\n"))]);
    assert_eq!(status(&output), 1);
    assert!(stdout(&output).contains("no order of these"), "{}", stdout(&output));
}

#[test]
fn a_replay_stops_where_it_is_told_and_shows_the_replicas() {
    let arguments =
        ["replay", &scenario("crash-3"), "--seed", "1", "--until", "15.5s", "--inspect"];
    let output = simulator(&arguments);
    let text = stdout(&output);
    assert_eq!(status(&output), 0);
    assert!(text.contains("is killed"), "{text}");
    assert!(text.contains("At 15.5 s") && text.contains("dead; was leader"), "{text}");
    assert!(!text.contains("  16."), "nothing after the stop");
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_simulator"))
        .args(["replay", &scenario("simple-2"), "--messages"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the simulator starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(status(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn histories_come_from_standard_input_too() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_simulator"))
        .args(["check", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the simulator starts");
    let line = br#"{"client":0,"kind":"get","key":"k","value":"never written","invoke_ns":1,"return_ns":2}"#;
    child.stdin.take().expect("a pipe").write_all(line).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(status(&output), 1);
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn diff_finds_where_two_traces_part() {
    let scratch = Scratch::new("command-diff");
    let [a, b] = ["1", "2"].map(|seed| {
        let path = scratch.file(&format!("{seed}.jsonl"), "");
        let run = simulator(&["run", &scenario("crash-3"), "--seed", seed, "--trace", &path]);
        assert_eq!(status(&run), 0);
        path
    });
    let same = simulator(&["diff", &a, &a]);
    assert_eq!(status(&same), 0);
    assert!(stdout(&same).starts_with("the traces are the same: "), "{}", stdout(&same));
    assert_eq!(status(&simulator(&["diff", &a, &b])), 1);

    let lines: Vec<String> =
        fs::read_to_string(&a).expect("a trace").lines().map(str::to_owned).collect();
    let mut changed = lines[..40].to_vec();
    changed[30] = changed[30].replace("\"what\":\"", "\"what\":\"changed: ");
    let changed = scratch.file("changed.jsonl", &changed.join("\n"));
    let short = scratch.file("short.jsonl", &lines[..20].join("\n"));
    let parted = simulator(&["diff", &a, &changed]);
    assert_eq!(status(&parted), 1);
    let text = stdout(&parted);
    assert!(text.starts_with("the traces part after 30 common events, at "), "{text}");
    assert!(text.contains("goes on with line 31") && text.contains("changed: "), "{text}");
    assert!(text.lines().count() < 30, "{text}");
    let shorter = simulator(&["diff", &short, &a]);
    assert_eq!(status(&shorter), 1);
    assert!(stdout(&shorter).contains("short.jsonl ends here"), "{}", stdout(&shorter));
}

#[test]
fn diff_refuses_what_is_no_trace() {
    let scratch = Scratch::new("command-no-trace");
    let good = r#"{"at_ns":1,"kind":"ask","who":"c0","what":"asks"}"#;
    let file = |name: &str, content: &str| scratch.file(name, content);
    let good = [good, "\n"].concat();
    let trace = file("good.jsonl", &good);
    let paths = [
        file("empty.jsonl", ""),
        file("text.jsonl", &[&good, "hello\n"].concat()),
        file("who.jsonl", &good.replace("c0", "me")),
        file("kind.jsonl", &good.replace("ask\"", "asked\"")),
        file("more.jsonl", &good.replace("\"at_ns", "\"x\":1,\"at_ns")),
        "missing.jsonl".to_owned(),
        COURSE.to_owned(),
    ];
    let mut said = String::new();
    for path in paths {
        let [first, second] = [["diff", &path, &trace], ["diff", &trace, &path]].map(|arguments| {
            let output = simulator(&arguments);
            assert_eq!(status(&output), 2, "{path}");
            stderr(&output)
        });
        assert_eq!(first, second);
        assert_eq!(first.lines().count(), 1, "{first}");
        said += &first;
    }
    assert_snapshot!("not_a_trace", at_home(&said, &scratch));
}

#[test]
fn two_outputs_need_two_places() {
    let scratch = Scratch::new("command-two-places");
    let copy = scratch.file("crash-3.json", &altered("kill_leader", "kill_leader"));
    let folder = scratch.to_str().expect("UTF-8");
    let (file, detour) = (format!("{folder}/x"), format!("{folder}/inner/../x"));
    fs::create_dir(scratch.join("inner")).expect("a folder");
    let refused: [&[&str]; 3] = [
        &["run", &copy, "--trace", &file, "--history", &detour],
        &["run", &copy, "--history", &copy],
        &["suite", folder, "--trace", &file, "--history", &file],
    ];
    for arguments in refused {
        let output = simulator(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains("each needs a place of its own"), "{}", stderr(&output));
    }
    let nowhere = ["run", &copy, "--trace", "/dev/null", "--history", "/dev/null"];
    assert_eq!(status(&simulator(&nowhere)), 0);
}

#[test]
fn a_replay_of_nothing_is_refused() {
    let replay = |from, until| {
        let span = ["--seed", "1", "--from", from, "--until", until];
        simulator(&[&["replay", &scenario("crash-3")], &span[..]].concat())
    };
    let output = replay("20", "15.5");
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("--from 20 s is after --until 15.5 s"), "{}", stderr(&output));
    assert_eq!(status(&replay("15", "15")), 0);
}

#[test]
fn check_says_in_words_why_it_has_nothing_to_check() {
    let message = |path: &str| {
        let output = simulator(&["check", path]);
        assert_eq!(status(&output), 2);
        stderr(&output)
    };
    assert_eq!(message("missing.jsonl"), "error: missing.jsonl: there is no such file\n");
    assert!(message(COURSE).ends_with("this is a folder, expected a history\n"));
}

#[test]
fn one_operation_is_not_many() {
    let scratch = Scratch::new("command-one");
    let line = r#"{"client":0,"kind":"put","key":"k","value":"v","invoke_ns":1,"return_ns":2}"#;
    let output = simulator(&["check", &scratch.file("one.jsonl", line)]);
    assert!(stdout(&output).contains("1 operation on 1 key: linearizable"), "{}", stdout(&output));
}
