//! `simulator new` and `simulator scenarios`: what they write, and that it works.
//!
//! The replica in Python runs with the commands of `docs/protocol.md`, in `docs.rs`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Scratch, fixed_primary};

fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(arguments).output().expect("the simulator starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_new_replica_in_python_can_be_executed() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = Scratch::new("new-python");
    let output = simulator(&scratch, &["new", "--language", "python", "a/kv"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("simulator run simple-1 --replica a/kv/replica.py\n"));
    let mode =
        fs::metadata(scratch.join("a/kv/replica.py")).expect("the replica").permissions().mode();
    assert_eq!(mode & 0o100, 0o100, "its owner can run it");
    let page = fs::read_to_string(scratch.join("a/kv/protocol.md")).expect("the page");
    assert!(page.starts_with("# The protocol of replicas\n") && !page.contains("](scenarios.md)"));
}

/// The package's own program is the example `fixed_primary`, which the next test runs.
#[test]
fn a_new_replica_in_rust_is_a_package() {
    let scratch = Scratch::new("new-rust");
    assert_eq!(simulator(&scratch, &["new", "--language", "rust", "kv"]).status.code(), Some(0));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = scratch.join("kv");
    let read = |path: &Path| fs::read_to_string(path).expect("a file");
    assert_eq!(read(&folder.join("src/main.rs")), read(&root.join("starts/rust/main.rs")));
    // The crates that are at hand, without a network.
    fs::copy(root.join("../Cargo.lock"), folder.join("Cargo.lock")).expect("a copy");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--format-version", "1"]).current_dir(&folder);
    let output = cargo.output().expect("cargo starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("an object");
    assert_eq!(metadata["workspace_members"].as_array().map(Vec::len), Some(1));
    let packages = metadata["packages"].as_array().expect("a list");
    let own = packages.iter().find(|it| it["source"].is_null()).expect("the package itself");
    assert_eq!(
        (&own["targets"][0]["name"], &own["targets"][0]["kind"][0]),
        (&"replica".into(), &"bin".into())
    );
}

#[test]
fn the_replica_in_rust_passes_until_its_primary_is_killed() {
    let scratch = Scratch::new("new-runs");
    let replica = fixed_primary();
    let replica = replica.to_str().expect("UTF-8");
    let run = |scenario: &str| -> Value {
        let output = simulator(&scratch, &["run", scenario, "--replica", replica, "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)))
    };
    let simple = run("simple-1");
    assert_eq!(simple["verdict"], "pass", "{simple}");
    let crash = run("crash-3");
    assert_eq!(crash["verdict"], "liveness", "{crash}");
    assert_eq!(crash["checks"]["linearizable"]["ok"], true, "{crash}");
    let storm = &crash["checks"]["no_retry_storm"];
    assert_eq!(storm["ok"], false, "{crash}");
    let detail = storm["detail"].as_str().expect("a text");
    assert!(detail.contains("redirects it to 0000, which was killed"), "{detail}");
}

#[test]
fn a_new_replica_overwrites_nothing() {
    let scratch = Scratch::new("new-again");
    fs::create_dir(scratch.join("kv")).expect("a folder");
    fs::write(scratch.join("kv/README.md"), "mine").expect("a file");
    scratch.file("file", "");
    for (folder, expected) in [("kv", "kv/README.md: it exists"), ("file", "file: this is a file")]
    {
        let output = simulator(&scratch, &["new", "--language", "python", folder]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).starts_with(&format!("error: {expected}")), "{}", stderr(&output));
    }
    assert!(!scratch.join("kv/replica.py").exists(), "no part is left behind");
    let output = simulator(&scratch, &["new", "--language", "cobol", "kv2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("possible values: python, rust"), "{}", stderr(&output));
}

#[test]
fn scenarios_are_listed_and_written_out() {
    let scratch = Scratch::new("scenarios");
    let list = stdout(&simulator(&scratch, &["scenarios"]));
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    for line in [
        "course",
        "  crash-3                 400 requests, 20 % gets: kill_leader at 10 s",
        "swarm",
    ] {
        assert!(list.lines().any(|it| it == line), "{line:?} in {list}");
    }
    let written = simulator(&scratch, &["scenarios", "--write", "mine"]);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    let own = fs::read(scratch.join("mine/course/crash-3.json")).expect("a scenario");
    let stock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/course/crash-3.json");
    assert_eq!(own, fs::read(stock).expect("a scenario"));
    let again = simulator(&scratch, &["scenarios", "--write", "mine"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        stderr(&again).contains(".json: it exists, and is not overwritten"),
        "{}",
        stderr(&again)
    );
}

/// Families by name, in every command that takes scenarios.
#[test]
fn families_are_found_without_a_checkout() {
    let scratch = Scratch::new("families-by-name");
    for family in ["storage", "scenarios/storage"] {
        let suite = simulator(&scratch, &["suite", family, "--json"]);
        assert_eq!(
            (suite.status.code(), stdout(&suite).lines().count()),
            (Some(0), 4),
            "{}",
            stderr(&suite)
        );
        let out = format!("failures-{}", family.len());
        let explore = simulator(&scratch, &["explore", family, "--seeds", "0..1", "--out", &out]);
        assert_eq!(explore.status.code(), Some(0), "{}", stderr(&explore));
    }
    let replay = simulator(&scratch, &["replay", "crash-3", "--until", "5"]);
    assert_eq!(replay.status.code(), Some(0), "{}", stderr(&replay));
    for (name, expected) in
        [("crash-33", "did you mean `crash-3`?"), ("nothing", "`simulator scenarios` lists")]
    {
        let output = simulator(&scratch, &["run", name]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

/// What lies here is taken before what is embedded, and that is said where it makes a difference.
#[test]
fn files_come_before_embedded_scenarios() {
    let scratch = Scratch::new("ambiguous");
    let said = |arguments: &[&str]| {
        let output = simulator(&scratch, arguments);
        assert!(matches!(output.status.code(), Some(0)), "{}", stderr(&output));
        stderr(&output)
    };
    assert_eq!(simulator(&scratch, &["scenarios", "--write", "scenarios"]).status.code(), Some(0));
    let storage = scratch.join("scenarios/storage");
    std::os::unix::fs::symlink(&storage, scratch.join("storage")).expect("a link");
    assert_eq!(said(&["suite", "storage"]), "");
    assert_eq!(said(&["run", "full-disk"]), "");
    fs::create_dir(scratch.join("full-disk")).expect("a folder");
    assert_eq!(said(&["run", "full-disk"]), "");

    let text = fs::read_to_string(storage.join("full-disk.json")).expect("a scenario");
    fs::write(storage.join("full-disk.json"), text + "\n").expect("a file");
    let folder = said(&["suite", "storage"]);
    assert!(folder.contains("not the embedded scenarios, which are scenarios/storage"), "{folder}");
    let name = said(&["run", "full-disk"]);
    assert!(name.starts_with("scenarios/storage/full-disk.json: warning: the embedded"), "{name}");
    assert_eq!(said(&["run", "scenarios/storage/full-disk.json"]), "");
    fs::copy(storage.join("full-disk.json"), scratch.join("flipped-bit")).expect("a copy");
    let file = said(&["run", "flipped-bit"]);
    assert!(
        file.contains("not the embedded scenario, which is scenarios/storage/flipped-bit.json"),
        "{file}"
    );
}
