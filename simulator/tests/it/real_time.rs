//! Tests of unmodified executables in real time.
//!
//! A correct replica passes, and each kind of misbehaviour is a finding.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use executables::RealTime;
use simulation::Nanos;
use simulation::UnderTest as _;
use simulation::check::{Class, Verdict, judge};
use simulation::engine::Options;
use simulation::evidence::{CutShort, Evidence};
use simulation::faults::AnyNodeFault;
use simulation::faults::Selector;
use simulation::faults::nodes::{Crash, Kill, Pause};
use simulation::plan::{Fault, Plan, PlannedFault};
use simulation::scenario::Scenario;
use simulation::trace::Kind;

use crate::support::{Scratch, eventually, processes_in, python, scratch_of, udp_replica};

const SECOND: Nanos = 1_000_000_000;

/// A short scenario, generous only where a busy machine needs it.
const SCENARIO: &str = r#"{"lifetime": 5, "start_wait": 0, "end_wait": 0, "replicas": 3,
    "requests": 100, "mix": 0.5, "max_packets": 2000, "tests": {
        "maximum_get_fail_fraction": 1, "maximum_put_fail_fraction": 1,
        "maximum_appends_batched_fraction": 1, "benchmarks": {
            "total_msgs": [1500, 2500, 3500], "failures": [100, 200, 300],
            "duplicates": [1, 2, 3], "median_latency": [1, 2, 3]}}}"#;

/// Returns a plan with the requests of [`SCENARIO`] between two times. The scenario ends half a second later.
fn plan(first: Nanos, last: Nanos) -> Plan {
    let (scenario, _warnings) = Scenario::parse("real-time", SCENARIO).expect("a scenario");
    let mut plan = Plan::new(&scenario, 1);
    let step = (last - first) / plan.requests.len() as u64;
    for (number, request) in (0..).zip(&mut plan.requests) {
        request.at = first + number * step;
    }
    plan.end = last + SECOND / 2;
    plan
}

fn run(system: &RealTime, plan: &Plan, options: Options) -> (Evidence, Verdict) {
    let evidence = system.run(plan, Options { trace: true, ..options });
    let verdict = judge(plan, &evidence);
    (evidence, verdict)
}

#[test]
fn a_right_replica_passes() {
    let Some(path) = python("right") else { return };
    let mut right = RealTime::new(&path).expect("it can be started");
    let printed = Arc::new(Mutex::new(Vec::new()));
    let list = printed.clone();
    right.listen(Arc::new(move |_, id, line| {
        list.lock().expect("nobody panics").push(format!("{id} {line}"));
    }));
    let (evidence, verdict) = run(&right, &plan(SECOND, 3 * SECOND), Options::default());
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
    assert!(evidence.real_time);
    assert!(evidence.metrics.total_messages > 0, "the replicas speak to each other");
    let mut printed = printed.lock().expect("nobody panics").clone();
    printed.sort_unstable();
    assert_eq!(printed, ["0000", "0001", "0002"].map(|id| format!("{id} stdout: hello was said")));
    let in_trace = evidence.trace.iter().filter(|event| event.kind == Kind::Print);
    assert_eq!(in_trace.count(), 3);
}

/// Replicas of which the first misbehaves, and the expected finding. A storm may also leave requests unanswered.
const MISBEHAVIOUR: [(&str, Class, &str); 11] = [
    ("crashes", Class::Crash, "ValueError: a put is more than I can bear"),
    ("exits", Class::Crash, "exited with status 3; it printed last: off"),
    ("stumbles", Class::Crash, "I do not understand my arguments"),
    ("forks", Class::Crash, "starts another process"),
    ("listens", Class::Crash, "opens a TCP connection"),
    ("prints", Class::Crash, "filled its standard output to the limit of 64 MiB"),
    ("floods", Class::Budget, "a packet storm"),
    ("garbles", Class::Correctness, "0000 sent a datagram that is no JSON object"),
    ("hangs", Class::Crash, "hangs: has neither read nor sent"),
    ("waits", Class::Crash, "hangs: has neither read nor sent"),
    ("keeps_silent", Class::Crash, "said no hello within 10 s"),
];

#[test]
fn misbehaviour_is_found_and_named() {
    let look = |(name, class, expected): (&str, Class, &str)| {
        let Some(path) = python(name) else { return };
        let mut system = RealTime::new(&path).expect("it can be started");
        system.limit_files(64);
        let (progress, plan) = (system.progress(), plan(2 * SECOND, 40 * SECOND));
        // The events after the finding would take time, so the run is stopped.
        let (evidence, verdict) = thread::scope(|scope| {
            let running = scope.spawn(|| run(&system, &plan, Options::default()));
            while progress.findings() == 0 && !running.is_finished() {
                thread::sleep(Duration::from_millis(10));
            }
            progress.stop();
            running.join().expect("nothing panics")
        });
        let details: Vec<_> = verdict.failed().map(|check| check.detail.as_str()).collect();
        let details = details.join("\n");
        assert!(verdict.class >= class, "{name}: {details}");
        assert!(details.contains(expected), "{name}: {details}");
        if class == Class::Crash {
            assert_eq!(evidence.crashes.len(), 1, "{name}: {details}");
            assert!(details.contains("0000 at "), "{name}: {details}");
        }
    };
    thread::scope(|scope| {
        for case in MISBEHAVIOUR {
            scope.spawn(move || look(case));
        }
    });
}

#[test]
fn a_file_that_is_no_program_is_a_finding() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = RealTime::new(&path).expect_err("a text").to_string();
    assert!(error.contains("it is not executable: chmod +x"), "{error}");
}

/// A replica that was killed stays away, and one that crashed starts again.
#[test]
fn faults_strike_processes() {
    let Some(path) = python("right") else { return };
    let system = RealTime::new(&path).expect("it can be started");
    let mut plan = plan(SECOND, 2 * SECOND);
    let fault = |at, replica, fault: AnyNodeFault, until| PlannedFault {
        at,
        fault: Fault::Nodes { who: vec![Selector::Replica(replica)], fault, until, dice: 1 },
    };
    plan.faults = vec![
        fault(SECOND, 1, Kill.into(), SECOND),
        fault(SECOND, 2, Pause.into(), SECOND + SECOND / 2),
        fault(2 * SECOND, 2, Crash.into(), 2 * SECOND),
    ];
    let (evidence, verdict) = run(&system, &plan, Options::default());
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.checks);
    assert_eq!(evidence.killed.len(), 1);
    let hellos = evidence.trace.iter().filter(|event| event.what == "stdout: hello was said");
    assert_eq!(hellos.count(), 4, "one began anew");
}

#[test]
fn a_run_can_be_ended() {
    let Some(path) = python("right") else { return };
    let system = RealTime::new(&path).expect("it can be started");
    system.progress().stop();
    let (evidence, verdict) = run(&system, &plan(SECOND, 2 * SECOND), Options::default());
    assert_eq!(evidence.cut_short, Some(CutShort::Stopped));
    assert_eq!(verdict.class, Class::Unknown, "{:#?}", verdict.checks);
}

fn simulator(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.args(arguments).args(["--clock", "real", "--replica"]);
    command
}

/// Writes a scenario to a file, as the course would write it.
fn scenario_file(folder: &str) -> (Scratch, String) {
    let folder = Scratch::new(folder);
    let text = SCENARIO.replace(r#""start_wait": 0"#, r#""start_wait": 1"#);
    let file = folder.file("short.json", &text);
    (folder, file)
}

#[test]
fn the_command_line_runs_in_real_time() {
    let (folder, file) = scenario_file("real-time");
    let replica = udp_replica();
    let mut single = simulator(&["run", &file, "--output", &folder.to_string_lossy()]);
    let single = single.arg(&replica).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut suite = simulator(&["suite", &file, "--seeds", "0..3", "--jobs", "3", "--json"]);
    let suite = suite.arg(&replica).output().expect("the simulator starts");
    let single = single.and_then(Child::wait_with_output).expect("the simulator starts");

    let report = String::from_utf8(single.stdout).expect("UTF-8");
    assert_eq!(single.status.code(), Some(0), "{report}");
    assert!(
        report.starts_with("short, seed 1: pass, in real time: not reproducible\n"),
        "{report}"
    );
    let progress = String::from_utf8(single.stderr).expect("UTF-8");
    assert_eq!(progress, "1 run in real time: about 6 s\n");
    assert!(folder.join("0002.stderr").exists());

    let lines = String::from_utf8(suite.stdout).expect("UTF-8");
    assert_eq!(suite.status.code(), Some(0), "{lines}");
    for (seed, line) in lines.lines().enumerate() {
        let start =
            format!(r#"{{"scenario":"short","seed":{seed},"verdict":"pass","digest":null,"#);
        assert!(line.starts_with(&start), "{line}");
    }
    assert_eq!(lines.lines().count(), 3);
}

#[test]
fn what_wants_to_repeat_a_run_is_refused() {
    let (_folder, file) = scenario_file("refused");
    let replica = udp_replica();
    let mut explore = simulator(&["explore", &file, "--seeds", "0..3"]);
    let refused = explore.arg(&replica).output().expect("the simulator starts");
    assert_eq!(refused.status.code(), Some(2));
    let error = String::from_utf8(refused.stderr).expect("UTF-8");
    assert!(error.contains("no run in real time can be repeated"), "{error}");
    assert!(error.contains("--clock virtual"), "{error}");
}

/// No matter how the simulator ends, neither a process nor a folder stays behind.
///
/// This holds even where a replica's children have left its process group.
#[test]
fn nothing_is_left_behind() {
    let Some(replica) = python("escapes") else { return };
    let (_folder, file) = scenario_file("left-behind");
    let look = |signal: &str, expected: &str| {
        let mut command = simulator(&["run", &file]);
        command.arg(&replica).stdout(Stdio::piped()).stderr(Stdio::null());
        let simulator = command.spawn().expect("the simulator starts");
        let scratch = eventually("a folder is made", || scratch_of(simulator.id()));
        eventually("replicas run", || (processes_in(&scratch) >= 6).then_some(()));
        let pid = simulator.id().to_string();
        let sent = Command::new("/bin/sh").args(["-c", "kill $0 $1", signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal} {pid}");
        let output = simulator.wait_with_output().expect("it ends");
        let report = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(report.contains(expected), "{report}");
        eventually("all processes are gone", || (processes_in(&scratch) == 0).then_some(()));
        eventually("the folder is gone", || (!scratch.exists()).then_some(()));
    };
    thread::scope(|scope| {
        scope.spawn(|| look("-INT", "ended by the user after "));
        scope.spawn(|| look("-KILL", ""));
    });
}
