//! The test that the two simulators agree.
//!
//! Each course scenario, run once under the original, must have the messages and the verdict that are to be expected
//! from many seeds under this simulator.
//!
//! The original is not part of this project. `ORIGINAL_DIR` names the folder of its script `run`; without it, or
//! without a Python to run it, the test reports that it is skipped. It takes about a minute of real time, since the
//! original has no other clock.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use simulation::bundled::Bundled;
use simulation::scenario::Scenario;
use simulator::files::load_suite;

use crate::original::{self, Original};
use crate::sample::{Sample, Spread, Verdict};
use crate::{ours, parallel};

/// Enough seeds to show what happens in one run of twenty.
const SEEDS: u64 = 60;

#[test]
fn the_original_agrees_with_ours_on_every_course_scenario() -> Result<(), String> {
    let Some(folder) = env::var_os("ORIGINAL_DIR") else {
        return skip("ORIGINAL_DIR does not say where the original simulator is");
    };
    if !original::python_exists() {
        return skip("python3, which the original simulator needs, cannot be started");
    }
    let original = Original::open(Path::new(&folder))?;
    let replica = build_replica()?;
    let suite = load_suite(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/course"));
    let scenarios: Vec<Scenario> = suite
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|(scenario, _)| scenario)
        .collect();

    let runs =
        parallel::each(scenarios.len(), &scenarios, |scenario| original.run(&replica, scenario));
    let ours = parallel::each(2, &scenarios, |scenario| {
        ours::run(&Bundled::default(), scenario, 0..SEEDS)
    });
    let mut complaints = Vec::new();
    for ((scenario, run), ours) in scenarios.iter().zip(runs).zip(ours) {
        let run = run.map_err(|error| format!("{}: {error}", scenario.name))?;
        complaints.extend(unexpected(scenario, &run, &ours));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

/// Returns what in a run under the original is far from all seeds under ours.
fn unexpected(scenario: &Scenario, run: &Sample, ours: &[Sample]) -> Option<String> {
    let spread = Spread::of(ours, |sample| sample.total_messages)?;
    let expected = spread.min * 9 / 10..=spread.max * 11 / 10;
    if !expected.contains(&run.total_messages) {
        return Some(format!(
            "{}: {} messages under the original, expected were {expected:?}",
            scenario.name, run.total_messages
        ));
    }
    let fails = |sample: &Sample| sample.verdict == Verdict::Fail;
    let seen = ours.iter().any(|sample| fails(sample) == fails(run));
    (!seen).then(|| {
        format!(
            "{}: {:?} under the original, but not for any of {SEEDS} seeds",
            scenario.name, run.verdict
        )
    })
}

/// Builds the replica's program in the profile of this test.
///
/// Cargo gives a test only the programs of its own package.
fn build_replica() -> Result<PathBuf, String> {
    let this = env::current_exe().map_err(|error| format!("no path of this test: {error}"))?;
    // <target>/<profile>/deps/<this>
    let profile = this.ancestors().nth(2).ok_or("this test lies nowhere")?;
    let target = profile.parent().ok_or("no target folder")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--package", "stormglass-replica", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
        .arg("--target-dir")
        .arg(target);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    match cargo.status() {
        Ok(status) if status.success() => {
            Ok(profile.join(format!("replica{}", env::consts::EXE_SUFFIX)))
        }
        Ok(status) => Err(format!("the replica cannot be built: cargo: {status}")),
        Err(error) => Err(format!("cargo cannot be started: {error}")),
    }
}

/// Reports that the test is skipped, which bypasses the test harness.
///
/// The harness hides the output of passing tests.
fn skip(why: &str) -> Result<(), String> {
    writeln!(io::stderr(), "skipped: the agreement with the original: {why}")
        .map_err(|error| error.to_string())
}
