//! Helpers for the tests of executables.

#[allow(dead_code, reason = "not all tests need it")]
pub(crate) mod browser;
#[allow(dead_code, reason = "not all tests need it")]
pub(crate) mod language;
pub(crate) mod schema;
mod scratch;
mod skip;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

pub(crate) use scratch::Scratch;
pub(crate) use skip::{lacks, skip};

/// Compares a text with the snapshot of that name in `snapshots/reports`.
macro_rules! assert_snapshot {
    ($name:expr, $text:expr $(,)?) => {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots/reports"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}
pub(crate) use assert_snapshot;

/// Returns the path of a replica in Python next to this file; `None` if Python is not installed.
pub(crate) fn python(name: &str) -> Option<PathBuf> {
    if Command::new("python3").arg("--version").output().is_err() {
        lacks("python3");
        return None;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/executables").join(name);
    Some(path.with_extension("py"))
}

/// Returns a text with `TIME` in the place of every decimal number.
pub(crate) fn without_times(text: &str) -> String {
    let is_time = |word: &str| word.parse::<f64>().is_ok() && word.contains('.');
    let word = |word: &'_ str| if is_time(word) { "TIME".to_owned() } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Returns the path of the example `udp_replica`.
pub(crate) fn udp_replica() -> PathBuf {
    built().join("examples/udp_replica")
}

/// Returns the path of the example `fixed_primary`, which `simulator new` writes.
pub(crate) fn fixed_primary() -> PathBuf {
    built().join("examples/fixed_primary")
}

/// Returns the path of the bundled replica's own program.
#[allow(dead_code, reason = "not all tests need it")]
pub(crate) fn bundled_replica() -> PathBuf {
    built().join("replica")
}

/// Returns the folder with the programs above. Cargo builds them with all tests, but not with this one alone.
fn built() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this test has a path");
        let folder = test.ancestors().nth(2).expect("it lies in deps");
        let profile = if folder.ends_with("debug") { "dev" } else { "release" };
        let target = folder.parent().expect("a profile's folder lies in the target folder");
        // They are built even if they exist, because they may be of an earlier state of the code. They are built in
        // the whole workspace, so that their dependencies have the features of all tests, and are not built again.
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--workspace", "--profile", profile]);
        cargo.args(["--example", "udp_replica", "--example", "fixed_primary", "--bin", "replica"]);
        cargo.arg("--target-dir").arg(target);
        let status = cargo.status().expect("cargo starts");
        assert!(status.success(), "the replicas in Rust cannot be built");
        folder.to_owned()
    })
}

/// Returns the folder for temporary files that a simulator has made.
pub(crate) fn scratch_of(simulator: u32) -> Option<PathBuf> {
    let places = [std::env::temp_dir(), PathBuf::from("/dev/shm")];
    let all = places.iter().flat_map(std::fs::read_dir).flatten();
    let name = format!("simulator-{simulator:08x}-");
    let mut paths = all.flatten().map(|entry| entry.path());
    paths.find(|path| path.to_string_lossy().contains(&name))
}

/// Looks for something until it is there, with enough time for a busy machine.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3_000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} within half a minute")
}

/// Returns the number of processes that were started in a folder below this one. Each sees its own at another path.
pub(crate) fn processes_in(folder: &Path) -> usize {
    let mark = format!("SIMULATOR_FOLDER={}/", folder.display()).into_bytes();
    let all = std::fs::read_dir("/proc").expect("the kernel's list of processes");
    let environments = all.flatten().filter_map(|it| std::fs::read(it.path().join("environ")).ok());
    environments
        .filter(|all| all.split(|&byte| byte == 0).any(|variable| variable.starts_with(&mark)))
        .count()
}
