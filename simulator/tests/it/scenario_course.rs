//! Tests that the 17 scenarios of the course have the course's values.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use simulation::json::Warning;
use simulation::scenario::Scenario;
use simulator::files::{COURSE, load_scenario, load_suite};

use crate::support::{self, assert_snapshot};

fn course_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/course")
}

fn course() -> Vec<(Scenario, Vec<Warning>)> {
    load_suite(course_folder()).expect("every course scenario loads")
}

/// Returns one line for a scenario, in the columns of the course's documentation.
fn row(scenario: &Scenario) -> String {
    let mut row = format!("{:<12} requests {}", scenario.name, scenario.requests);
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    write!(row, ", mix {}, drops {}", scenario.mix, scenario.drops).unwrap();
    write!(row, ", wait {}+{}", seconds(scenario.start_wait), seconds(scenario.end_wait)).unwrap();
    for event in &scenario.events {
        write!(row, ", {} {}", event.kind.name(), seconds(event.at)).unwrap();
    }
    let tiers = &scenario.benchmarks;
    write!(row, " | {:?} {:?} {:?}", tiers.total_msgs, tiers.failures, tiers.duplicates).unwrap();
    write!(row, " {:?}", tiers.median_latency.map(seconds)).unwrap();
    row
}

#[test]
fn every_course_scenario_loads_with_the_courses_values() {
    let scenarios = course();
    let names: Vec<_> = scenarios.iter().map(|(scenario, _)| scenario.name.as_str()).collect();
    assert_eq!(names, COURSE);
    for (scenario, _) in &scenarios {
        assert_eq!((scenario.lifetime, scenario.replicas), (30_000_000_000, 5));
        assert_eq!((scenario.seed, scenario.max_packets), (None, 20_000));
        assert_eq!(scenario.limits, Default::default());
        assert_eq!(scenario.extension, Default::default());
    }
    let rows: Vec<_> = scenarios.iter().map(|(scenario, _)| row(scenario)).collect();

    assert_snapshot!("scenario_course", rows.join("\n"));
}

/// The files are the course's, to the byte: what the original ignores in them is no news.
#[test]
fn stock_scenarios_are_loaded_without_a_warning() {
    let all = load_suite(course_folder().join("..")).expect("every scenario loads");
    assert!(all.len() > 17);
    all.into_iter().for_each(|(scenario, warnings)| assert_eq!(warnings, [], "{}", scenario.name));
}

#[test]
fn only_the_misplaced_limit_is_warned_about_in_a_copy_that_was_changed() {
    let misplaced = ["unreliable-3", "advanced-1", "advanced-2", "advanced-3", "advanced-4"];
    for (scenario, _) in course() {
        let path = scenario.path.clone().expect("it is from a file");
        let text = fs::read_to_string(&path).expect("a course scenario");
        let copy = text.replacen("{", "{ ", 1);
        let (_, warnings) = Scenario::of_file(&path, copy.as_bytes()).expect("a scenario");
        let expected: &[&str] = if misplaced.contains(&scenario.name.as_str()) {
            &["maximum_get_generation_fail_fraction"]
        } else {
            &[]
        };
        let fields: Vec<_> = warnings.iter().filter_map(|it| it.place.field.as_deref()).collect();
        assert_eq!(fields, expected, "{}", scenario.name);
    }
}

/// Compares with the original's files, if `ORIGINAL_DIR` names the folder with its `run` and `configs/`.
#[test]
fn the_files_hold_the_same_values_as_the_originals() {
    let Some(original) = std::env::var_os("ORIGINAL_DIR") else {
        support::skip("ORIGINAL_DIR, the folder of the original simulator, is not set");
        return;
    };
    for (ours, _) in course() {
        let file = format!("{}.json", ours.name);
        let theirs = Path::new(&original).join("configs").join(&file);
        assert_eq!(json(&course_folder().join(&file)), json(&theirs), "{file}");

        let (theirs, _) = load_scenario(&theirs).expect("the original's file loads");
        assert_eq!(ours, Scenario { path: ours.path.clone(), ..theirs }, "{file}");
    }
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON")
}
