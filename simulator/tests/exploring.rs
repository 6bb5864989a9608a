//! Exploring: the same result for any number of workers, after an interruption, and run by run.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use simulator::bundled::Bundled;
use simulator::check::Class;
use simulator::explore::{Finding, Progress, Summary, explore};
use simulator::failure::Failure;
use simulator::plan::Plan;
use simulator::scenario::Scenario;

/// Five replicas and few requests; so many messages earn no credit.
fn scenario_text(most_messages: u64) -> String {
    format!(
        r#"{{"lifetime": 5, "replicas": 5, "requests": 20, "start_wait": 1, "end_wait": 1,
            "mix": 0.3, "drops": 0.2, "tests": {{"benchmarks": {{
                "total_msgs": [{most_messages}, {most_messages}, {most_messages}],
                "failures": [99, 99, 99], "duplicates": [99, 99, 99],
                "median_latency": [9, 9, 9]}}}}}}"#
    )
}

fn scenario(name: &str, most_messages: u64) -> Scenario {
    Scenario::parse(name, &scenario_text(most_messages)).unwrap().0
}

/// A bound that some seeds keep and some do not.
fn scenarios() -> Vec<Scenario> {
    vec![scenario("tight", BOUND), scenario("loose", 99_999)]
}

const BOUND: u64 = 135;

fn explored(jobs: usize) -> (Summary, Vec<Failure>) {
    let (mut summary, mut failures) = (Summary::default(), Vec::new());
    explore(
        &Bundled::default(),
        &scenarios(),
        5..105,
        jobs,
        |_| false,
        |finding| {
            match finding {
                Some(Finding::Failed(failure)) => failures.push(*failure),
                Some(Finding::Done(done)) => summary.add(&done),
                None => {}
            }
            ControlFlow::Continue(())
        },
    );
    failures.sort_by_key(|failure| failure.plan.seed);
    (summary, failures)
}

#[test]
fn any_number_of_jobs_finds_what_running_one_by_one_finds() {
    let (summary, failures) = explored(1);
    assert_eq!((&summary, &failures), (&explored(3).0, &explored(3).1));
    let one_by_one: Vec<Failure> = (5..105)
        .filter_map(|seed| Failure::find(&Bundled::default(), &Plan::new(&scenarios()[0], seed)))
        .collect();
    assert_eq!(failures, one_by_one);
    assert!((10..90).contains(&failures.len()), "some seeds, not all: {}", failures.len());
    assert_eq!((summary.runs, summary.failed()), (200, failures.len()));
    assert_eq!(summary.worst(), Class::Budget);
}

#[test]
fn it_goes_on_where_it_was_stopped() {
    let folder = scratch("resumed");
    let path = folder.join("progress.jsonl");
    let open = |build: &str| Progress::open(&path, build.to_owned(), &scenarios()).unwrap();
    let mut progress = open("a");
    explore(
        &Bundled::default(),
        &scenarios(),
        5..105,
        2,
        |_| false,
        |finding| match finding {
            Some(Finding::Done(done)) => {
                progress.note(done).unwrap();
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        },
    );
    // The crash tore the last line.
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"build\":\"a\",\"cont");
    fs::write(&path, text).unwrap();

    let progress = open("a");
    let mut summary = Summary::default();
    progress.known(&(5..105)).for_each(|done| summary.add(done));
    assert!((1..200).contains(&summary.runs), "{}", summary.runs);
    let known: BTreeSet<_> =
        progress.known(&(5..105)).map(|done| (done.scenario.clone(), done.first)).collect();
    let all = scenarios();
    let skip = |chunk: &simulator::explore::Chunk| {
        known.contains(&(all[chunk.scenario].name.clone(), chunk.first))
    };
    explore(&Bundled::default(), &all, 5..105, 2, skip, |finding| {
        if let Some(Finding::Done(done)) = finding {
            summary.add(&done);
        }
        ControlFlow::Continue(())
    });
    assert_eq!(summary, explored(1).0);
    assert_eq!(open("another build").known(&(5..105)).count(), 0);
    let changed = [scenario("tight", 7), scenario("loose", 7)];
    let progress = Progress::open(&path, "a".to_owned(), &changed).unwrap();
    assert_eq!(progress.known(&(5..105)).count(), 0, "the scenarios have changed");
}

fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

/// Everything but the time it took.
fn summary(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (runs, rest) = text.split_once("; ").unwrap();
    runs.to_owned() + rest.split_once('\n').unwrap().1
}

#[test]
fn each_failure_is_a_file_that_replays_to_its_digest() {
    let folder = scratch("explored");
    fs::write(folder.join("tight.json"), scenario_text(BOUND)).unwrap();
    let explore = |jobs: &str, out: &str| {
        let seeds = ["--seeds", "0..40", "--jobs", jobs, "--out", out];
        simulator(&folder, &[&["explore", "tight.json"], &seeds[..]].concat())
    };
    let first = explore("2", "a");
    assert_eq!(first.status.code(), Some(4), "a budget");
    assert_eq!(
        summary(&first),
        summary(&explore("1", "b")).replace("b/", "a/").replace(" b\n", " a\n")
    );
    let again = explore("2", "a");
    assert!(
        String::from_utf8_lossy(&again.stdout).contains("40 known from a/progress.jsonl, 0 now")
    );
    assert_eq!(summary(&again), summary(&first));

    let files = fs::read_dir(folder.join("a")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().unwrap() == "json").collect();
    files.sort();
    assert!((4..36).contains(&files.len()), "some seeds, not all: {}", files.len());
    let file = files[0].to_str().unwrap();
    let replay = simulator(&folder, &["replay", file]);
    assert_eq!(replay.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&replay.stdout).contains("the very same run"));

    let edited = fs::read_to_string(file).unwrap().replacen("\"client\": ", "\"client\": 1", 1);
    fs::write(file, edited.replace("\"clients\": 8", "\"clients\": 18")).unwrap();
    let replay = simulator(&folder, &["replay", file]);
    let text = String::from_utf8_lossy(&replay.stdout);
    assert!(text.contains("the digest differs"), "{text}");
    assert!(
        text.contains("They are the same up to 1.000000 s, and parted before 1.500000 s"),
        "{text}"
    );
    assert_eq!(simulator(&folder, &["replay", file, "--seed", "1"]).status.code(), Some(2));
}

#[test]
fn what_was_never_reached_was_not_tested() {
    let folder = scratch("marks");
    fs::write(folder.join("loose.json"), scenario_text(99_999)).unwrap();
    let explore = |more: &[&str]| {
        let arguments = ["explore", "loose.json", "--seeds", "0..32", "--out", "a"];
        let output = simulator(&folder, &[&arguments, more].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (status, text) = explore(&[]);
    assert_eq!(status, Some(0), "a report, no demand");
    let never = text.split_once("never: ").unwrap().1;
    assert!(never.contains("leader killed") && !never.contains("vote asked again"), "{text}");
    assert!(text.contains("32 message lost"), "every run lost some: {text}");
    // The marks of known runs count as well.
    let (status, again) = explore(&["--all-marks"]);
    assert_eq!(status, Some(6), "unknown");
    assert!(again.contains("32 known") && again.contains("what was never reached was not tested"));
    let table = |text: &str| text[text.find(" marks reached").unwrap()..].to_owned();
    assert!(table(&again).starts_with(&table(&text)), "{text}\n{again}");
}

#[test]
fn time_ends_an_exploration_without_an_end() {
    let folder = scratch("endless");
    fs::write(folder.join("loose.json"), scenario_text(99_999)).unwrap();
    let arguments =
        ["explore", "loose.json", "--seeds", "0..18446744073709551615", "--time", "50ms"];
    let output = simulator(&folder, &arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the same command goes on from here"));
    assert!(folder.join("failures/progress.jsonl").exists());
}
