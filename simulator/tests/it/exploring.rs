//! Exploring gives the same result for any number of workers, after an interruption, and run by run.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use simulation::bundled::Bundled;
use simulation::check::Class;
use simulation::explore::{Finding, Summary, explore};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::scenario::Scenario;

use crate::support::{self, Scratch};

/// Returns a scenario of five replicas and few requests, in which `most_messages` earn no credit.
pub(crate) fn scenario_text(most_messages: u64) -> String {
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

/// Returns scenarios with a bound that only some seeds keep.
fn scenarios() -> Vec<Scenario> {
    vec![scenario("tight", BOUND), scenario("loose", 99_999)]
}

const BOUND: u64 = 135;

fn explored(jobs: usize) -> (Summary, Vec<Failure>) {
    let (mut summary, mut failures) = (Summary::default(), Vec::new());
    explore(&Bundled::default(), &scenarios(), 5..105, jobs, Some, |finding| {
        match finding {
            Some(Finding::Failed(failure)) => failures.push(*failure),
            Some(Finding::Done(done)) => summary.add(&done),
            None => {}
        }
        ControlFlow::Continue(())
    });
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

fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

/// Returns everything but the elapsed time.
fn summary(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (runs, rest) = text.split_once("; ").unwrap();
    runs.to_owned() + rest.split_once('\n').unwrap().1
}

#[test]
fn each_failure_is_a_file_that_replays_to_its_digest() {
    let folder = Scratch::new("explore-explored");
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
    assert!(String::from_utf8_lossy(&again.stdout).contains("40 known from a/record.jsonl, 0 now"));
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
    let folder = Scratch::new("explore-marks");
    fs::write(folder.join("loose.json"), scenario_text(99_999)).unwrap();
    let explore = |more: &[&str]| {
        let arguments = ["explore", "loose.json", "--seeds", "0..32", "--out", "a"];
        let output = simulator(&folder, &[&arguments, more].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (status, text) = explore(&[]);
    assert_eq!(status, Some(0), "a report, no demand");
    let never = text.split_once("never: ").unwrap().1;
    assert!(never.contains("old leader told") && !never.contains("vote asked again"), "{text}");
    assert!(!never.contains("leader killed"), "nobody is killed in that scenario: {text}");
    assert!(text.contains("32 message lost"), "every run lost some: {text}");
    // The marks of runs that are known from before count, too.
    let (status, again) = explore(&["--all-marks"]);
    assert_eq!(status, Some(6), "unknown");
    assert!(again.contains("32 known") && again.contains("what was never reached was not tested"));
    let (status, lenient) = explore(&["--all-marks=false"]);
    assert_eq!((status, lenient.contains("was not tested")), (Some(0), false));
    let table = |text: &str| text[text.find(" marks reached").unwrap()..].to_owned();
    assert!(table(&again).starts_with(&table(&text)), "{text}\n{again}");
    // 32 passed runs rule out a share of 9 %.
    assert!(text.contains("with 95 % confidence, less than 9 % of such runs fail"), "{text}");
    let received = text.split_once("messages received by").unwrap().1;
    let elections = received.lines().find(|line| line.contains("requestVote")).unwrap();
    assert!(elections.split_whitespace().count() == 4, "leader, candidate, follower: {elections}");
}

#[test]
fn time_ends_an_exploration_without_an_end() {
    let folder = Scratch::new("explore-endless");
    fs::write(folder.join("loose.json"), scenario_text(99_999)).unwrap();
    let arguments =
        ["explore", "loose.json", "--seeds", "0..18446744073709551615", "--time", "50ms"];
    let output = simulator(&folder, &arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the same command goes on from here"));
    assert!(folder.join("failures/record.jsonl").exists());
}

/// Ctrl-C ends an exploration between two seeds, with a message, and no result is lost.
#[test]
fn an_interrupted_exploration_says_so_and_goes_on_later() {
    ["INT", "TERM", "HUP"].into_iter().for_each(interrupt);
}

fn interrupt(signal: &str) {
    let folder = Scratch::new(&format!("explore-interrupted-{signal}"));
    fs::write(folder.join("loose.json"), scenario_text(99_999)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(&folder).args(["explore", "loose.json", "--seeds", "0..100000000"]);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let record = folder.join("failures/record.jsonl");
    support::eventually("something is noted", || {
        fs::read_to_string(&record).is_ok_and(|text| text.lines().count() > 1).then_some(())
    });
    let pid = running.id().to_string();
    let kill = format!("kill -{signal} $0");
    assert!(Command::new("/bin/sh").args(["-c", &kill, &pid]).status().unwrap().success());
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(8), "a status of its own");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "stopping after the runs under way; again to stop at once\n");
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(report.contains("the same command goes on from here"), "{report}");
    let runs = report.split_once(" runs").unwrap().0;
    let seeds = ["--seeds", "0..100000000", "--time", "1ms"];
    let again = simulator(&folder, &[&["explore", "loose.json"], &seeds[..]].concat());
    let again = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.contains(&format!("{runs} known from")), "{report}{again}");
}

/// The modules that an executable imports are a part of it.
#[test]
fn a_changed_module_is_explored_afresh() {
    let Some(right) = support::python("right") else { return };
    let folder = Scratch::new("explore-imports");
    fs::create_dir(folder.join("kv")).unwrap();
    for file in ["right.py", "course.py"] {
        fs::copy(right.with_file_name(file), folder.join("kv").join(file)).unwrap();
    }
    fs::write(folder.join("loose.json"), scenario_text(99_999)).unwrap();
    let explore = |out: &str| {
        let replica = ["--seeds", "0..1", "--replica", "kv/right.py", "--out", out];
        let output = simulator(&folder, &[&["explore", "loose.json"], &replica[..]].concat());
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr)
    };
    let known = |report: &str| report.contains("1 known from");
    assert!(!known(&explore("kv/failures")));
    assert!(known(&explore("kv/failures")), "our own files and __pycache__ are no change");
    let module = folder.join("kv/course.py");
    fs::write(&module, fs::read_to_string(&module).unwrap() + "\n# better now\n").unwrap();
    assert!(!known(&explore("kv/failures")));
    assert!(known(&explore("kv/failures")));
    assert!(explore("kv").contains("--out kv: this is the executable's own folder"));
}

/// A saved failure can be replayed, no matter how large its scenario is.
#[test]
fn a_failure_of_a_scenario_beyond_the_course_s_size_replays() {
    let folder = Scratch::new("explore-large");
    let ours = r#""simulator": {"size": {"requests": 20, "max_packets": 100000000}}, "tests""#;
    fs::write(folder.join("large.json"), scenario_text(1).replace(r#""tests""#, ours)).unwrap();
    let explored = simulator(&folder, &["explore", "large.json", "--seeds", "0..1"]);
    assert_eq!(explored.status.code(), Some(4), "{explored:?}");
    let replayed = simulator(&folder, &["replay", "failures/large-0.json"]);
    assert_eq!(replayed.status.code(), Some(4), "{replayed:?}");
    assert!(String::from_utf8_lossy(&replayed.stdout).contains("the very same run"));
}
