//! Tests of unmodified executables in virtual time.
//!
//! The same seed gives the same run, and each kind of misbehaviour is a finding.

use crate::support;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use executables::External;
use simulation::UnderTest as _;
use simulation::bundled::Bundled;
use simulation::check::{CheckName, Class, Verdict, judge};
use simulation::digest::Digest;
use simulation::engine::{self, Options};
use simulation::evidence::{CutShort, Evidence};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulation::shrink::{Effort, shrink, to_the_end};
use simulation::trace::Kind;
use simulator::files::load_suite;

use crate::support::{
    Scratch, assert_snapshot, bundled_replica, eventually, processes_in, scratch_of, udp_replica,
};

const SCENARIO: &str = r#"{"lifetime": 11, "start_wait": 0.5, "end_wait": 0.5, "replicas": 3,
    "requests": 110, "mix": 0.5, "max_packets": 2000, "tests": {
        "maximum_appends_batched_fraction": 1, "benchmarks": {
            "total_msgs": [1500, 2500, 3500], "failures": [1, 2, 3],
            "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

/// Half a second of requests, which is enough to see a primary misbehave, after the time for its hello is over.
///
/// While the primary is gone, the others keep sending the clients to it, and each redirect takes the time of a process.
const BRIEF: &str = r#"{"lifetime": 11.5, "start_wait": 10.5, "end_wait": 0.5, "replicas": 3,
    "requests": 5, "mix": 0.5, "max_packets": 2000, "tests": {
        "maximum_appends_batched_fraction": 1, "benchmarks": {
            "total_msgs": [1500, 2500, 3500], "failures": [1, 2, 3],
            "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

/// Returns the path of a stock scenario.
fn scenario_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(name)
}

/// Returns a replica in Python; `None` if Python is not installed.
fn python(name: &str) -> Option<External> {
    Some(External::new(&support::python(name)?).expect("it can be driven"))
}

/// Builds a replica in another language from the folder next to this file.
///
/// Returns `None` if its compiler is not installed, which is a failure where everything is to be tested.
fn compiled(source: &str, compiler: &mut Command) -> Option<(Scratch, External)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/executables");
    let scratch = Scratch::new(source);
    let program = scratch.join("replica");
    let Ok(status) = compiler.arg("-o").arg(&program).arg(folder.join(source)).status() else {
        support::lacks(&compiler.get_program().to_string_lossy());
        return None;
    };
    assert!(status.success(), "{source} cannot be built");
    let system = External::new(&program).expect("it can be driven");
    Some((scratch, system))
}

/// Returns the example `udp_replica`.
fn rust() -> External {
    External::new(&udp_replica()).expect("it can be driven")
}

fn run(system: &External, seed: u64) -> (Evidence, Verdict) {
    run_scenario(SCENARIO, system, seed)
}

fn run_scenario(text: &str, system: &External, seed: u64) -> (Evidence, Verdict) {
    let (scenario, _warnings) = Scenario::parse("executables", text).expect("a scenario");
    let plan = Plan::new(&scenario, seed);
    let evidence = system.run(&plan, Options { trace: true, ..Options::default() });
    let verdict = judge(&plan, &evidence);
    (evidence, verdict)
}

/// Checks that a seed gives one passing run, and another seed another one.
fn assert_repeatable(system: &External) {
    let (first, verdict) = run(system, 1);
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
    let (again, _) = run(system, 1);
    assert_eq!(first.digest, again.digest);
    assert_eq!(first.trace, again.trace);
    assert_ne!(first.digest, run(system, 2).0.digest);
}

#[test]
fn a_seed_is_a_run_for_a_single_thread() {
    let Some(right) = python("right") else { return };
    assert_repeatable(&right);
    let (evidence, _) = run(&right, 1);
    let printed = evidence.trace.iter().filter(|event| event.kind == Kind::Print);
    assert_eq!(printed.filter(|event| event.what == "stdout: hello was said").count(), 3);
}

#[test]
fn a_seed_is_a_run_for_threads() {
    if let Some(threads) = python("threads") {
        assert_repeatable(&threads);
    }
}

/// A temporary file of one run must not disturb the next run.
///
/// Neither must a file next to the executable that the replica overwrites.
#[test]
fn a_seed_is_a_run_for_much_of_a_library() {
    if let Some(modules) = python("modules") {
        assert_repeatable(&modules);
        let spoilt = support::python("course").and_then(|path| std::fs::read(path).ok());
        assert_ne!(spoilt.expect("it is there"), b"", "it is a copy that was spoilt");
    }
}

#[test]
fn a_seed_is_a_run_for_an_event_loop() {
    if let Some(events) = python("events") {
        assert_repeatable(&events);
    }
}

#[test]
fn a_seed_is_a_run_for_a_compiled_program() {
    assert_repeatable(&rust());
}

#[test]
fn a_seed_is_a_run_for_cpp() {
    let mut compiler = Command::new("g++");
    if let Some((_scratch, system)) = compiled("compiled.cpp", compiler.args(["-O1", "-pthread"])) {
        assert_repeatable(&system);
    }
}

/// Go bypasses the C library: the kernel traps its system calls.
#[test]
fn a_seed_is_a_run_for_go() {
    let mut compiler = Command::new("go");
    compiler.env("CGO_ENABLED", "1").args(["build", "-trimpath"]);
    if let Some((_scratch, system)) = compiled("goroutines.go", &mut compiler) {
        let environment = system.environment().expect("it is driven somehow");
        assert!(environment.starts_with("preload + trap; "), "{environment}");
        assert_repeatable(&system);
    }
}

/// Runs replicas whose first process misbehaves, and compares what is said of them with a snapshot.
fn assert_findings(snapshot: &str, names: &[&str]) {
    let mut all = Vec::new();
    for name in names {
        let Some(system) = python(name) else { return };
        all.push(finding(name, &system).0);
    }
    assert_snapshot!(snapshot, all.join("\n"));
}

/// Returns the first finding of a run of an executable, and the run's digest.
///
/// The times are left out, because they differ with the version of the interpreter.
fn finding(name: &str, system: &External) -> (String, Digest) {
    let (evidence, verdict) = run_scenario(BRIEF, system, 1);
    let crashes = evidence.crashes.len();
    assert_eq!(crashes, usize::from(verdict.class == Class::Crash), "{name}: one is found out");
    let mut text = format!("{name}: {:?}\n", verdict.class);
    // What else fails follows from it.
    let first = verdict.failed().next().expect("a check fails");
    text.push_str(&format!("  {}: {}\n", first.name, support::without_times(&first.detail)));
    (text, evidence.digest)
}

#[test]
fn a_crash_is_found_with_its_last_words() {
    assert_findings("executables_crash", &["crashes", "exits", "stumbles"]);
}

#[test]
fn a_process_that_never_waits_is_found() {
    assert_findings("executables_loop", &["hangs", "prints"]);
}

#[test]
fn a_process_that_waits_for_nothing_is_found() {
    assert_findings("executables_wait", &["waits", "keeps_silent"]);
}

#[test]
fn what_the_simulation_does_not_offer_is_refused() {
    assert_findings("executables_refused", &["forks", "execs", "connects"]);
}

/// The finding is the same whichever process comes first, and so is the run.
#[test]
fn a_helper_is_found_at_the_same_moment_each_time() {
    let Some(helps) = support::python("helps") else { return };
    let helped = helps.with_file_name("helped.sh");
    let mut all = Vec::new();
    for (name, path) in [("helps", helps), ("helped", helped)] {
        let system = External::new(&path).expect("it can be driven");
        let first = finding(name, &system);
        assert!((0..4).all(|_| finding(name, &system) == first), "{name}");
        all.push(first.0);
    }
    assert_snapshot!("executables_helper", all.join("\n"));
}

/// The helper has left the replica's session, and the replica has ended.
#[test]
fn a_helper_does_not_outlive_the_simulator() {
    let Some(helps) = support::python("helps") else { return };
    let files = Scratch::new("helper-outlives");
    let scenario = files.file("brief.json", BRIEF);
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.arg("run").arg(scenario).arg("--replica").arg(helps).stdout(Stdio::null());
    let mut simulator = command.spawn().expect("the simulator starts");
    let scratch = eventually("a folder is made", || scratch_of(simulator.id()));
    eventually("the helper runs", || (processes_in(&scratch) > 0).then_some(()));
    simulator.wait().expect("it ends");
    eventually("the helper is gone", || (processes_in(&scratch) == 0).then_some(()));
}

/// A thread that waits for a queue has waited, though neither for time nor for input.
#[test]
fn a_thread_that_logs_is_no_loop() {
    let Some(mut system) = python("logs") else { return };
    system.limit_files(16);
    let (_, verdict) = run(&system, 1);
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
}

/// The harness cannot see inside an executable, so only its answers tell two runs apart.
#[test]
fn other_answers_make_another_digest() {
    let (Some(right), Some(forgets)) = (python("right"), python("forgets")) else { return };
    let ((right, _), (forgets, _)) = (run(&right, 1), run(&forgets, 1));
    assert_eq!(right.metrics.total_messages, forgets.metrics.total_messages);
    assert_ne!(right.digest, forgets.digest);
}

/// Returns the text of a scenario with a fault of the simulator's.
fn with_fault(fault: &str) -> String {
    let text = SCENARIO.trim_end().strip_suffix('}').expect("an object");
    format!("{text}, \"simulator\": {{\"clocks\": \"unbounded\", \"events\": [{fault}]}}}}")
}

fn run_with_fault(fault: &str) -> Option<(Evidence, Verdict)> {
    let system = python("right")?;
    let text = with_fault(fault);
    let (scenario, _warnings) = Scenario::parse("fault", &text).expect("a scenario");
    let plan = system.plan(&scenario, 1);
    let evidence = system.run(&plan, Options::default());
    let verdict = judge(&plan, &evidence);
    Some((evidence, verdict))
}

/// By the replica's clock its answers leave later than now; by the simulator's clock they do not.
#[test]
fn a_clock_that_jumps_delays_no_answer() {
    let fault = r#"{"type": "clock", "count": [1, 1], "time": [1, 1], "lasts": [3, 3], "who": "leader",
        "jump_s": [2, 2]}"#;
    let Some((evidence, verdict)) = run_with_fault(fault) else { return };
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
    let latency = evidence.metrics.mean_latency;
    assert!(latency < 10_000_000, "{latency} ns");
}

/// The original knows no restarts, so a replica that starts again still gets requests.
#[test]
fn a_replica_that_starts_again_is_not_taken_for_dead() {
    let fault = r#"{"type": "crash", "count": [1, 1], "time": [1, 1], "lasts": [0.5, 0.5],
        "who": "leader"}"#;
    let Some((evidence, _)) = run_with_fault(fault) else { return };
    assert!(evidence.mistaken.is_empty(), "{:?}", evidence.mistaken);
}

#[test]
fn a_flood_is_a_packet_storm() {
    let Some(floods) = python("floods") else { return };
    let (evidence, verdict) = run(&floods, 1);
    assert_eq!(verdict.class, Class::Budget, "{:#?}", verdict.checks);
    assert_eq!(evidence.cut_short, Some(CutShort::PacketStorm));
}

#[test]
fn garbage_is_an_incorrect_answer() {
    let mut all = Vec::new();
    for name in ["garbles", "misspells"] {
        let Some(system) = python(name) else { return };
        let (evidence, verdict) = run(&system, 1);
        assert_eq!(verdict.class, Class::Correctness, "{:#?}", verdict.checks);
        all.push(format!("{name} sent {}", evidence.counts.malformed[0].what));
    }
    assert_snapshot!("executables_garbage", all.join("\n"));
}

#[test]
fn a_slow_start_is_no_fault() {
    let Some(system) = python("hesitates") else { return };
    let (_, verdict) = run(&system, 1);
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
}

/// Rude behaviour is no finding, and leaves nothing behind.
#[test]
fn manners_are_not_asked_for() {
    let Some(rude) = python("rude") else { return };
    let (evidence, verdict) = run(&rude, 1);
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
    assert!(evidence.crashes.is_empty());
    let scratch = scratch_of(std::process::id());
    assert!(scratch.is_some_and(|it| it.exists()), "only its own folder is gone");
}

/// Paths are bytes. A failure file is text, so a path that is not text is refused before anything runs.
#[test]
fn a_path_needs_not_be_text() {
    let Some(crashes) = support::python("crashes") else { return };
    let out = Scratch::new("no-text");
    let folder = out.join(OsStr::from_bytes(b"a folder \xff"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let replica = folder.join("crashes.py");
    std::fs::copy(&crashes, &replica).expect("a copy");
    std::fs::copy(crashes.with_file_name("course.py"), folder.join("course.py")).expect("a copy");
    let scenario = out.join("short.json");
    std::fs::write(&scenario, SCENARIO).expect("a scenario");
    let simulator = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        command.args(arguments).arg(&scenario).arg("--replica").arg(&replica).current_dir(&out);
        command.output().expect("the simulator starts")
    };
    let ran = simulator(&["run"]);
    assert_eq!(ran.status.code(), Some(5), "{ran:?}");
    let refused = simulator(&["explore", "--seeds", "0..2"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(error.contains("a failure file could not name it"), "{error}");
    assert!(!out.join("failures").exists());
}

#[test]
fn the_raft_invariants_are_skipped_and_the_report_says_so() {
    let (_, verdict) = run(&rust(), 1);
    let raft = verdict.check(CheckName::RaftSafety).expect("it is always there");
    assert!(raft.detail.starts_with("skipped"), "{}", raft.detail);
}

/// Compares the sums of messages over a few seeds of the course's scenarios.
#[test]
fn the_bundled_replica_does_the_same_as_an_executable() {
    let executable = External::new(&bundled_replica()).expect("it can be driven");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/course");
    let course = load_suite(&folder).expect("the course's scenarios");
    assert_eq!(course.len(), 17);
    let (some, others) = course.split_at(course.len() / 2);
    thread::scope(|scope| {
        for half in [some, others] {
            let executable = &executable;
            scope.spawn(move || {
                half.iter().for_each(|(scenario, _)| assert_same_messages(scenario, executable));
            });
        }
    });
}

/// Checks that the bundled replica and its executable do about the same.
///
/// They send about as many messages in a few runs, with equal verdicts.
fn assert_same_messages(scenario: &Scenario, executable: &External) {
    let (mut inside, mut outside) = (0, 0);
    for seed in 1..3 {
        let plan = Plan::new(scenario, seed);
        let options = Options::default();
        let ours = engine::run(&Bundled::default(), &plan, options);
        let theirs = executable.run(&plan, options);
        let (name, verdict) = (&scenario.name, judge(&plan, &theirs));
        assert_eq!(verdict.class, judge(&plan, &ours).class, "{name}: {:#?}", verdict.checks);
        inside += ours.metrics.total_messages;
        outside += theirs.metrics.total_messages;
    }
    let percent = outside * 100 / inside;
    assert!((90..=110).contains(&percent), "{}: {outside} for {inside}", scenario.name);
}

/// Starts the simulator as a separate process that works for a while.
fn exploring(folder: &Path) -> Child {
    let replica = udp_replica();
    let scenario = scenario_file("course/simple-1.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.arg("explore").arg(scenario).args(["--seeds", "0..100000", "--out"]).arg(folder);
    command.arg("--replica").arg(replica).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the simulator starts")
}

/// No matter how the simulator ends, neither a process nor a folder stays behind.
#[test]
fn nothing_is_left_behind() {
    for signal in ["-INT", "-KILL"] {
        let name = format!("left-behind{signal}");
        let failures = Scratch::new(&name);
        let mut simulator = exploring(&failures);
        let scratch = eventually("a folder is made", || scratch_of(simulator.id()));
        eventually("replicas run", || (processes_in(&scratch) > 0).then_some(()));
        let pid = simulator.id().to_string();
        let sent = Command::new("/bin/sh").args(["-c", "kill $0 $1", signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal} {pid}");
        simulator.wait().expect("it ends");
        eventually("the folder is gone", || (!scratch.exists()).then_some(()));
        eventually("all replicas are gone", || (processes_in(&scratch) == 0).then_some(()));
    }
}

/// Each start of a replica is another process; the output of an earlier run does not stay.
#[test]
fn what_a_replica_said_before_it_was_started_again_is_kept() {
    let Some(right) = support::python("right") else { return };
    let files = Scratch::new("restarts");
    let fault =
        r#"{"type": "crash", "count": [3, 3], "time": [1, 8], "lasts": [0.1, 0.5], "who": "any"}"#;
    let scenario = files.file("restarts.json", &with_fault(fault));
    let output = Scratch::new("output-of-restarts");
    let said = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        command
            .arg("run")
            .arg(&scenario)
            .arg("--replica")
            .arg(&right)
            .arg("--output")
            .arg(&*output);
        command.output().expect("the simulator starts");
        let files = std::fs::read_dir(&output).expect("a folder").flatten();
        let texts = files.map(|file| std::fs::read_to_string(file.path()).expect("text"));
        let mut starts: Vec<usize> =
            texts.map(|text| text.matches("hello was said").count()).collect();
        starts.sort_unstable();
        starts
    };
    let first = said();
    assert!(first.iter().any(|&starts| starts > 1), "{first:?}");
    assert_eq!(said(), first);
}

#[test]
fn the_command_line_takes_an_executable() {
    let replica = udp_replica();
    let scenario = scenario_file("course/simple-1.json");
    let output = Scratch::new("output-of-replicas");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.arg("run").arg(&scenario).arg("--replica").arg(&replica).arg("--output").arg(&*output);
    let run = command.output().expect("the simulator starts");
    let report = String::from_utf8(run.stdout).expect("UTF-8");
    assert_eq!(run.status.code(), Some(0), "{report}");
    assert!(report.starts_with("simple-1, seed 1: pass, digest "), "{report}");
    let driven = report.lines().nth(1).expect("a second line");
    assert!(driven.starts_with("  driven by preload; ") && driven.contains("2."), "{driven}");
    assert!(output.join("0004.stderr").exists());

    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    let refused = command.arg("run").arg(&scenario).args(["--replica", "no-such-file"]).output();
    let refused = refused.expect("the simulator starts");
    assert_eq!(refused.status.code(), Some(2));
    let error = String::from_utf8(refused.stderr).expect("UTF-8");
    assert_eq!(error, "error: no-such-file: there is no such file\n");
}

/// A failure names its executable, and is shrunk with it.
#[test]
fn a_failure_of_an_executable_is_shrunk() {
    let Some(system) = python("crashes") else { return };
    let (scenario, _warnings) = Scenario::parse("executables", SCENARIO).expect("a scenario");
    let failure = Failure::find(&system, &Plan::new(&scenario, 1)).expect("it fails");
    assert_eq!(failure.executable.as_deref(), system.executable());
    assert_eq!(failure.environment.as_deref(), system.environment());
    let interpreter = system.environment().expect("it has an interpreter");
    assert!(interpreter.contains("(Python 3."), "{interpreter}");
    let shrunk =
        shrink(&system, &failure, Effort { runs: 25, ..Effort::default() }, &mut to_the_end)
            .expect("it fails again");
    let (before, after) = (failure.plan.requests.len(), shrunk.failure.plan.requests.len());
    assert!(after * 4 < before, "{before} requests became {after}");
    let stored = Failure::parse(Path::new("x"), &failure.to_json().expect("JSON"));
    assert_eq!(stored, Ok(failure));
}
