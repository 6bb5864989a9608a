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
