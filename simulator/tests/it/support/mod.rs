//! What the tests of executables share.

#[allow(dead_code, reason = "not all tests need it")]
pub(crate) mod browser;
#[allow(dead_code, reason = "not all tests need it")]
pub(crate) mod language;
mod scratch;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

pub(crate) use scratch::Scratch;

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

/// The path of a replica in Python beside this file; nothing where there is no Python.
pub(crate) fn python(name: &str) -> Option<PathBuf> {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "python3 is not installed");
        eprintln!("skipped: python3 is not installed");
        return None;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/executables").join(name);
    Some(path.with_extension("py"))
}

/// The example `udp_replica`.
pub(crate) fn udp_replica() -> PathBuf {
    built().join("examples/udp_replica")
}

/// The bundled replica's own program.
#[allow(dead_code, reason = "not all tests need it")]
pub(crate) fn bundled_replica() -> PathBuf {
    built().join("replica")
}

/// The folder with the programs above. Cargo builds them with all tests, but not with this one alone.
fn built() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this test has a path");
        let folder = test.ancestors().nth(2).expect("it lies in deps");
        let profile = if folder.ends_with("debug") { "dev" } else { "release" };
        let target = folder.parent().expect("a profile's folder lies in the target folder");
        // Also where they exist: they may be of an earlier state of the code. In the whole workspace, so that what
        // they depend on has the features that all tests have it with, and is not built anew.
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--workspace", "--profile", profile]);
        cargo.args(["--example", "udp_replica", "--bin", "replica", "--target-dir"]).arg(target);
        let status = cargo.status().expect("cargo starts");
        assert!(status.success(), "the replicas in Rust cannot be built");
        folder.to_owned()
    })
}

/// The folder for temporary files that a simulator has made.
pub(crate) fn scratch_of(simulator: u32) -> Option<PathBuf> {
    let places = [std::env::temp_dir(), PathBuf::from("/dev/shm")];
    let all = places.iter().flat_map(std::fs::read_dir).flatten();
    let name = format!("simulator-{simulator:08x}-");
    let mut paths = all.flatten().map(|entry| entry.path());
    paths.find(|path| path.to_string_lossy().contains(&name))
}

/// Looks for something until it is there, for long enough on a busy machine.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3_000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} within half a minute")
}

/// Processes that were started in one of the folders in this one. Each sees its own at another path.
pub(crate) fn processes_in(folder: &Path) -> usize {
    let mark = format!("SIMULATOR_FOLDER={}/", folder.display()).into_bytes();
    let all = std::fs::read_dir("/proc").expect("the kernel's list of processes");
    let environments = all.flatten().filter_map(|it| std::fs::read(it.path().join("environ")).ok());
    environments
        .filter(|all| all.split(|&byte| byte == 0).any(|variable| variable.starts_with(&mark)))
        .count()
}
