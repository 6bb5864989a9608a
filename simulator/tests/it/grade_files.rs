//! What grading writes besides its rows, for a class with one submission of each kind.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{self, Scratch};

const SCENARIO: &str = r#"{"lifetime": 5, "replicas": 3, "requests": 40, "mix": 0.5,
    "tests": {"maximum_get_fail_fraction": 0.1, "maximum_put_fail_fraction": 0.1,
    "maximum_appends_batched_fraction": 1, "maximum_get_generation_fail_fraction": 1,
    "benchmarks": {"total_msgs": [1000, 2000, 3000], "failures": [2, 3, 4],
    "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

/// Puts a program into a folder as a student's submission.
fn submit(folder: &Path, program: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    fs::copy(program, folder.join("3700kvstore")).expect("a copy");
    fs::copy(program.with_file_name("course.py"), folder.join("course.py")).expect("a copy");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.join("3700kvstore"), mode).expect("a mode");
}

/// A class of five: one right, one that crashes, one that is no program, one that is slow, one that eats memory.
fn class(name: &str) -> Option<Scratch> {
    let scratch = Scratch::new(name);
    for (student, program) in
        [("ann", "right"), ("bob", "crashes"), ("eve", "slow"), ("mal", "eats_memory")]
    {
        submit(&scratch.join("class").join(student), &support::python(program)?);
    }
    fs::create_dir(scratch.join("class/carl")).expect("a folder");
    scratch.file("class/carl/3700kvstore", "no program");
    scratch.file("short.json", SCENARIO);
    scratch.file("points.json", r#"{"checks": 6, "tiers": {"bonus": 1.5}, "hidden": ["short"]}"#);
    Some(scratch)
}

fn grade(folder: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(["grade", "class", "--scenarios", "short.json"]).args(more);
    command
        .env_remove("GITHUB_ACTIONS")
        .stdin(Stdio::null())
        .output()
        .expect("the simulator starts")
}

/// The name of a field, and what its value must be.
type Field<'a> = (&'a str, fn(&Value) -> bool);

/// Checks that a value has these fields, of these kinds, and no others.
fn check(value: &Value, required: &[Field<'_>], optional: &[&str]) {
    let fields = value.as_object().expect("an object");
    for (name, is_right) in required {
        assert!(fields.get(*name).is_some_and(is_right), "{name}: {value:#}");
    }
    let is_known =
        |name: &str| required.iter().any(|(it, _)| *it == name) || optional.contains(&name);
    assert!(fields.keys().all(|name| is_known(name)), "{value:#}");
}

fn is_format(value: &Value) -> bool {
    ["text", "html", "simple_format", "md", "ansi"].iter().any(|it| value == it)
}

fn is_visibility(value: &Value) -> bool {
    ["visible", "hidden", "after_due_date", "after_published"].iter().any(|it| value == it)
}

fn is_status(value: &Value) -> bool {
    value == "passed" || value == "failed"
}

fn is_points(value: &Value) -> bool {
    value.as_f64().is_some_and(|points| points >= 0.0)
}

fn are_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

/// Checks a file against the fields that Gradescope documents, and returns it.
fn results(path: &Path) -> Value {
    let results: Value = serde_json::from_slice(&fs::read(path).expect("results")).expect("JSON");
    check(
        &results,
        &[
            ("output", Value::is_string),
            ("output_format", is_format),
            ("test_output_format", is_format),
            ("test_name_format", is_format),
            ("visibility", is_visibility),
            ("stdout_visibility", is_visibility),
            ("tests", Value::is_array),
            ("extra_data", Value::is_object),
        ],
        &["leaderboard", "score", "execution_time"],
    );
    for test in results["tests"].as_array().expect("tests") {
        check(
            test,
            &[
                ("score", is_points),
                ("max_score", is_points),
                ("status", is_status),
                ("name", Value::is_string),
                ("number", Value::is_string),
                ("output", Value::is_string),
                ("tags", are_texts),
                ("visibility", is_visibility),
                ("extra_data", Value::is_object),
            ],
            &["name_format", "output_format"],
        );
    }
    for place in results["leaderboard"].as_array().into_iter().flatten() {
        check(
            place,
            &[("name", Value::is_string), ("value", Value::is_number), ("order", |it| it == "asc")],
            &[],
        );
    }
    results
}

fn scores(results: &Value) -> Vec<f64> {
    let tests = results["tests"].as_array().expect("tests");
    tests.iter().map(|test| test["score"].as_f64().expect("a number")).collect()
}

/// A text without line breaks and runs of spaces.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_submission_earns_what_it_is_worth_and_harms_no_other() {
    let Some(scratch) = class("grade-files") else { return };
    let outputs = ["--gradescope", "scope", "--points", "points.json", "--runs-csv", "runs.csv"];
    let limits = ["--folders", "out", "--memory", "256M", "--wall-time", "4s"];
    let more: Vec<&str> = outputs.into_iter().chain(limits).chain(["--seeds", "0..1"]).collect();
    let graded = grade(&scratch, &more);
    assert_eq!(graded.status.code(), Some(0), "{graded:?}");
    let of = |student: &str| results(&scratch.join("scope").join(student).join("results.json"));

    let right = of("ann");
    assert_eq!(scores(&right), [6.0, 1.5, 1.5, 1.5, 1.5]);
    assert_eq!(right["leaderboard"].as_array().map(Vec::len), Some(4));
    let first = &right["tests"][0];
    assert_eq!((&first["name"], &first["visibility"]), (&"short: Checks".into(), &"hidden".into()));
    let digest = first["extra_data"]["runs"][0]["digest"].as_str().expect("a digest");
    assert_eq!((digest.len(), &first["extra_data"]["runs"][0]["seed"]), (16, &0.into()));

    let words = BTreeMap::from([
        ("bob", "a put is more than I can bear"),
        ("carl", "not run: "),
        ("eve", "the run took longer than the limit of 4 s of real time (--wall-time)"),
        ("mal", "it reached the limit of 256 MiB of memory (--memory)"),
    ]);
    for (student, words) in words {
        let results = of(student);
        assert_eq!(scores(&results), [0.0; 5], "{student}");
        assert!(results.get("leaderboard").is_none(), "who does nothing sends few messages");
        let output = joined(results["tests"][0]["output"].as_str().expect("text"));
        assert!(output.contains(words), "{student}: {output}");
        assert_eq!(output.contains('\u{1b}'), student != "carl", "{output}");
        let report = fs::read_to_string(scratch.join("out").join(student).join("report.txt"));
        let report = joined(&report.expect("a report"));
        assert!(report.contains(words) && !report.contains('\u{1b}'), "{student}: {report}");
        let has = |file: &str| scratch.join("out").join(student).join(file).exists();
        assert_eq!((has("failure.json"), has("run.html")), (student != "carl", false));
    }
    let runs = fs::read_to_string(scratch.join("runs.csv")).expect("the CSV file");
    assert_eq!(runs.lines().count(), 1 + 4, "{runs}");
    assert!(runs.lines().nth(1).is_some_and(|row| row.starts_with("ann,short,0,pass,,,true,")));
    // The failure file has the limit in it, and so fails in the same way.
    let mut replay = Command::new(env!("CARGO_BIN_EXE_simulator"));
    let replay = replay.current_dir(&scratch).args(["test", "out/mal/failure.json"]).output();
    let told = String::from_utf8(replay.expect("it runs").stdout).expect("UTF-8");
    assert!(told.starts_with("failing  out/mal/failure.json\n"), "{told}");
    // With pages there is one in the folder, too.
    fs::remove_dir_all(scratch.join("class/eve")).expect("removed");
    let graded = grade(&scratch, &["--folders", "out", "--html", "pages", "--seeds", "0..1"]);
    assert_eq!(graded.status.code(), Some(0), "{graded:?}");
    let has = |student: &str| scratch.join("out").join(student).join("run.html").exists();
    assert_eq!(["ann", "bob", "carl"].map(has), [false, true, false]);
}

#[test]
fn points_and_limits_that_make_no_sense_are_refused() {
    let Some(scratch) = class("grade-points") else { return };
    scratch.file("bad.json", r#"{"hidden": ["crash-9"]}"#);
    for (more, words) in [
        (
            &["--gradescope", "scope", "--points", "bad.json"][..],
            "`crash-9` is none of the scenarios",
        ),
        (&["--gradescope", "scope", "--points", "no.json"], "no.json: it could not be read"),
        (&["--points", "points.json"], "--gradescope"),
        (&["--memory", "256"], "such as 256M"),
        (&["--processes", "0"], "from 1 to"),
    ] {
        let graded = grade(&scratch, more);
        assert_eq!(graded.status.code(), Some(2), "{graded:?}");
        let said = String::from_utf8_lossy(&graded.stderr).into_owned();
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// The script that Gradescope runs, in a folder that stands for `/autograder`.
#[test]
fn the_autograder_leaves_results() {
    let Some(right) = support::python("right") else { return };
    let scratch = Scratch::new("autograder");
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("fleet/gradescope");
    for folder in ["source", "submission", "results"] {
        fs::create_dir(scratch.join(folder)).expect("a folder");
    }
    fs::copy(kit.join("points.json"), scratch.join("source/points.json")).expect("a copy");
    let program = scratch.join("source/simulator");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_simulator"), program).expect("a link");
    submit(&scratch.join("submission"), &right);
    let scenario = scratch.file("short.json", SCENARIO);
    let run = || {
        let mut script = Command::new("sh");
        script.arg(kit.join("run_autograder")).env("AUTOGRADER", &*scratch);
        // The checkout may be closed to other users.
        script.env("GRADE_AS", "root").env("SCENARIOS", &scenario).env("SEEDS", "0..1");
        script.stdin(Stdio::null()).output().expect("a shell")
    };
    let ran = run();
    assert!(ran.status.success(), "{ran:?}");
    let path = scratch.join("results/results.json");
    assert_eq!(scores(&results(&path)), [4.0, 1.25, 1.25, 1.25, 1.25]);
    fs::remove_file(scratch.join("submission/3700kvstore")).expect("removed");
    fs::remove_file(&path).expect("removed");
    let ran = run();
    assert!(ran.status.success(), "{ran:?}");
    let none: Value = serde_json::from_slice(&fs::read(&path).expect("results")).expect("JSON");
    assert_eq!(none["score"], 0);
}
