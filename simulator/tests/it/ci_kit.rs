//! What CI systems are given: JUnit files, annotations and step summaries.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{self, Scratch};

const SCENARIO: &str = r#"{"lifetime": 5, "replicas": 3, "requests": 40, "mix": 0.5,
    "tests": {"maximum_get_fail_fraction": 0.1, "maximum_put_fail_fraction": 0.1,
    "maximum_appends_batched_fraction": 1, "maximum_get_generation_fail_fraction": 1,
    "benchmarks": {"total_msgs": [1000, 2000, 3000], "failures": [2, 3, 4],
    "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

/// A folder with a scenario that passes, and one whose budget no run keeps.
fn scenarios(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.file("calm.json", SCENARIO);
    scratch.file("tight.json", &SCENARIO.replace("[1000, 2000, 3000]", "[1, 1, 1]"));
    scratch
}

/// Runs the simulator, as a step of GitHub's if there is a file for its summary.
fn simulator(folder: &Path, arguments: &[&str], summary: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    if let Some(file) = summary {
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", file);
    }
    command.output().expect("the simulator starts")
}

/// Validates a file against the schema.
fn validate(path: &Path) {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/junit.xsd");
    let mut command = Command::new("xmllint");
    let checked = command.args(["--nonet", "--noout", "--schema", schema]).arg(path).output();
    let checked = checked.expect("xmllint was there");
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    let text = fs::read_to_string(path).unwrap_or_default();
    assert!(checked.status.success(), "{said}\n{text}");
}

#[test]
fn junit_files_are_what_the_schema_says() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        return support::lacks("xmllint");
    }
    let scratch = scenarios("junit");
    // What a program prints comes into the file, whatever it is.
    let odd = "#!/bin/sh\nprintf 'a<b> & \"c\" ]]> \\033[31m \\001\\n' >&2\nexit 3\n";
    let program = scratch.file("odd", odd);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, executable).expect("a mode");
    let commands: [(&[&str], i32); 5] = [
        (&["run", "calm.json"], 0),
        (&["suite", "calm.json", "tight.json", "--seeds", "0..3"], 4),
        (&["explore", "calm.json", "tight.json", "--seeds", "0..20"], 4),
        (&["test", "failures"], 4),
        (&["grade", "odd", "--scenarios", "calm.json"], 0),
    ];
    for (arguments, status) in commands {
        let file = format!("{}.xml", arguments[0]);
        let more = [arguments, &["--junit", &file]].concat();
        let ran = simulator(&scratch, &more, None);
        assert_eq!(ran.status.code(), Some(status), "{ran:?}");
        validate(&scratch.join(&file));
    }
    let read = |name: &str| fs::read_to_string(scratch.join(name)).expect("a file");
    let suite = read("suite.xml");
    for part in [
        r#"<testsuites name="suite" tests="4" failures="3" errors="0">"#,
        r#"<testsuite name="calm" tests="1" failures="0" errors="0">"#,
        r#"<testcase name="3 passing runs" classname="calm"/>"#,
        r#"<testcase name="seed 2" classname="tight">"#,
        r#"<failure message="seed 2: budget/budget/total_messages: total messages earn no credit: "#,
        r#"replay tight.json --seed 2" type="budget/budget/total_messages">"#,
    ] {
        assert!(suite.contains(part), "{part}\n{suite}");
    }
    assert!(read("explore.xml").contains(r#"<testcase name="20 passing runs" classname="calm"/>"#));
    assert!(
        read("test.xml").contains(r#"<testcase name="failures/tight-7.json" classname="tight">"#)
    );
    assert!(
        read("grade.xml").contains("a&lt;b&gt; &amp; &quot;c&quot; ]]&gt;"),
        "{}",
        read("grade.xml")
    );
}

/// A file that cannot be written changes the status, and takes nothing from the report.
#[test]
fn a_file_that_cannot_be_written_leaves_the_report() {
    let scratch = scenarios("unwritten");
    scratch.file("odd", "no program");
    scratch.file("file", "");
    let commands: [(&[&str], &str); 4] = [
        (&["run", "tight.json"], "See it happen: "),
        (&["suite", "calm.json", "tight.json"], "1 of 2 runs pass: "),
        (&["explore", "tight.json", "--seeds", "0..20"], "20 runs failed"),
        (&["grade", "odd", "--scenarios", "calm.json"], "1 submission, 0 runs"),
    ];
    for (arguments, last) in commands {
        for option in ["--junit", "--html"] {
            if option == "--html" && arguments[0] == "suite" {
                // Its folder is made before anything is run.
                continue;
            }
            let ran = simulator(&scratch, &[arguments, &[option, "file/part"]].concat(), None);
            assert!(matches!(ran.status.code(), Some(2 | 7)), "{ran:?}");
            let told = String::from_utf8_lossy(&ran.stdout).into_owned();
            assert!(told.contains(last), "{arguments:?} {option}: {told}");
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert!(said.contains("error: file/part: it could not be "), "{said}");
        }
    }
}

#[test]
fn github_gets_an_annotation_for_each_kind_and_a_summary() {
    let scratch = scenarios("github");
    let explore = ["explore", "calm.json", "tight.json", "--seeds", "0..20"];
    let summary = scratch.file("summary.md", "before\n");
    let ran = simulator(&scratch, &explore, Some(&summary));
    assert_eq!(ran.status.code(), Some(4), "{ran:?}");
    let said = String::from_utf8(ran.stderr).expect("UTF-8");
    assert!(said.starts_with("GITHUB_ACTIONS is true: writing annotations and"), "{said}");
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 1, "{said}");
    let start =
        "::error title=budget/budget/total_messages%3A 20 runs::tight, seed 0: total messages earn";
    assert!(errors[0].starts_with(start), "{said}");
    let text = fs::read_to_string(&summary).expect("a summary");
    assert!(text.starts_with("before\n### explore: 20 of 40 runs failed\n"), "{text}");
    assert!(text.contains("| tight | 20 | 20 |"), "{text}");

    // A step's summary has a greatest size, which other commands of the step use, too.
    let most = 1 << 20;
    scratch.file("summary.md", &"x".repeat(most - 100));
    simulator(&scratch, &explore, Some(&summary));
    assert!(fs::metadata(&summary).expect("a summary").len() <= most as u64);
    let asked = simulator(&scratch, &["run", "tight.json", "--json", "--github"], None);
    let said = String::from_utf8(asked.stderr).expect("UTF-8");
    assert!(said.starts_with("GITHUB_STEP_SUMMARY names no file"), "{said}");
    assert_eq!(said.matches("::error ").count(), 1, "{said}");
    assert!(serde_json::from_slice::<serde_json::Value>(&asked.stdout).is_ok(), "only JSON");
}
