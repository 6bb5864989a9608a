//! `simulator test` as a project runs it on each push.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::Scratch;

/// Runs the simulator in a folder, away from any CI system that runs this test.
fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).env_remove("COLUMNS").env_remove("GITHUB_ACTIONS");
    command.args(arguments).stdin(Stdio::null()).output().expect("the simulator starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A folder `regressions` with a failure of the bundled replica: it sends more messages than a scenario allows.
fn with_a_failure(name: &str) -> (Scratch, String) {
    let scratch = Scratch::new(name);
    let crash = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course/crash-4.json");
    let tight = fs::read_to_string(crash).expect("the course");
    scratch.file("tight.json", &tight.replace("[1800, 4000, 5000]", "[1, 1, 1]"));
    let explore = ["explore", "tight.json", "--seeds", "3..4", "--out", "regressions"];
    let explored = simulator(&scratch, &explore);
    assert_eq!(explored.status.code(), Some(4), "{explored:?}");
    let failure = fs::read_to_string(scratch.join("regressions/tight-3.json")).expect("a failure");
    (scratch, failure)
}

#[test]
fn each_file_is_fixed_failing_parted_or_refused() {
    let (scratch, failure) = with_a_failure("test-command");
    let put = |name: &str, text: &str| scratch.file(&format!("regressions/{name}"), text);
    let digest = failure.split("\"digest\": \"").nth(1).expect("a digest")[..16].to_owned();
    let budget = failure.lines().find(|line| line.contains("\"total_msgs\"")).expect("a budget");
    put("fixed.json", &failure.replace(budget, &budget.replace('1', "90000")));
    put("parted.json", &failure.replace(&digest, "0123456789abcdef"));
    fs::create_dir(scratch.join("regressions/more")).expect("a folder");
    put("more/torn.json", &failure[..failure.len() / 2]);
    let gone =
        failure.replacen("\"system\"", "\"executable\": \"/no/such/replica\", \"system\"", 1);
    put("more/gone.json", &gone);

    let tested = simulator(&scratch, &["test", "regressions"]);
    let told = text(&tested.stdout);
    for line in [
        "fixed    regressions/fixed.json\n",
        "refused  regressions/more/gone.json\n  /no/such/replica: the executable that the failure",
        "refused  regressions/more/torn.json\n",
        "parted   regressions/parted.json\n  budget, budget: total messages earn no credit",
        "  the same finding in another run: the digest differs, 0123456789abcdef was expected",
        "  simulator replay regressions/parted.json\n",
        "failing  regressions/tight-3.json\n  budget, budget: total messages earn no credit",
        "\n5 failure files: 1 fixed, 1 failing, 1 parted, 2 refused; ",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert_eq!(tested.status.code(), Some(4), "{tested:?}");

    let alone = |file: &str| simulator(&scratch, &["test", file]).status.code();
    assert_eq!(alone("regressions/fixed.json"), Some(0));
    assert_eq!(alone("regressions/more"), Some(2));
    let jobs = simulator(&scratch, &["test", "regressions", "--jobs", "1"]);
    let without_time = |text: &str| text.rsplit_once("; ").expect("a time").0.to_owned();
    assert_eq!(without_time(&text(&jobs.stdout)), without_time(&told), "the same for any number");
}

#[test]
fn a_job_that_ran_nothing_is_red() {
    let scratch = Scratch::new("test-nothing");
    fs::create_dir(scratch.join("regressions")).expect("a folder");
    scratch.file("regressions/record.jsonl", "");
    for (arguments, words) in [
        (&["test", "regressions"][..], "there is no failure file"),
        (&["test", "elsewhere"], "elsewhere: it could not be read"),
        (&["test"], "required"),
        (&["test", "regressions", "--clock", "real"], "--replica"),
    ] {
        let tested = simulator(&scratch, arguments);
        assert_eq!(tested.status.code(), Some(2), "{tested:?}");
        assert!(text(&tested.stderr).contains(words), "{words}: {tested:?}");
    }
}
