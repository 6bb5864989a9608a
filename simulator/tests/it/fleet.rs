//! The files for engines that run shards say what the simulator understands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::records::without_time;
use crate::support::{Scratch, skip};

fn fleet(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fleet").join(file)
}

fn text(file: &str) -> String {
    fs::read_to_string(fleet(file)).expect("a file of the fleet")
}

/// Each Kubernetes shard has to be told how many there are, which must be as many as are started.
#[test]
fn kubernetes_starts_as_many_shards_as_it_names() {
    let job = text("kubernetes/explore.yaml");
    let after = |before: &str| {
        let rest = job.split_once(before).map_or("", |(_, rest)| rest);
        rest.chars().take_while(char::is_ascii_digit).collect::<String>()
    };
    assert_eq!(after("--shard auto/"), "8");
    assert_eq!(after("completions: "), "8");
    assert_eq!(after("maxFailedIndexes: "), "8");
}

#[test]
fn github_starts_as_many_shards_as_it_names() {
    let workflow = text("github/explore.yml");
    assert!(workflow.contains("shard: [1, 2, 3, 4, 5, 6, 7, 8]\n"), "{workflow}");
    assert!(workflow.contains("--shard ${{ matrix.shard }}/8 "), "{workflow}");
}

/// This machine stands for both hosts, so that nothing is sent anywhere.
#[test]
fn two_hosts_find_what_one_machine_does() {
    if Command::new("parallel").arg("--version").output().is_err() {
        skip("GNU parallel is not installed");
        return;
    }
    let scratch = Scratch::new("hosts");
    let simulator = env!("CARGO_BIN_EXE_simulator");
    let seeds = ["crash-3", "--seeds", "0..32"];
    let mut hosts = Command::new(fleet("ssh/explore"));
    hosts.arg(":,:").arg(scratch.join("hosts")).args(seeds).env("SIMULATOR", simulator);
    let hosts = hosts.env("HOME", &*scratch).output().expect("the script starts");
    assert!(hosts.status.success(), "{}", String::from_utf8_lossy(&hosts.stderr));
    let mut one = Command::new(simulator);
    one.arg("explore").args(seeds).arg("--out").arg(scratch.join("one"));
    assert!(one.output().expect("the simulator starts").status.success());
    let record = |folder: &str| without_time(scratch.join(folder).join("record.jsonl"));
    assert_eq!(record("hosts/merged"), record("one"));
}
