//! Services of one's own: the lock service of the examples under the checks, and in a crate outside of the workspace.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};

use simulation::check::{CheckName, Class, judge};
use simulation::engine::{self, Options};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::{Checked, UnderTest};
use simulator::files::load_suite;

use crate::support::{Scratch, assert_snapshot};

#[path = "../../examples/lock/lock.rs"]
mod lock;

use lock::Locks;

#[test]
fn two_owners_of_a_lock_are_found_by_the_rule_and_by_the_answers() {
    let scenarios = load_suite("cuts").unwrap();
    let plans = scenarios.iter().flat_map(|(it, _)| (0..2).map(|seed| Plan::new(it, seed)));
    let failures: Vec<_> = plans.filter_map(|plan| Failure::find(&Locks, &plan)).collect();
    assert!(failures.iter().all(|it| it.class == Class::Correctness));
    let by = |check| failures.iter().filter(|it| it.check == check).count();
    let counted = (by(CheckName::Linearizable), by(CheckName::Invariants));
    assert!(counted.0 > 0, "{counted:?}");
}

#[test]
fn operations_read_as_the_service_says() {
    let (scenario, _) = &load_suite("cuts/bridge").unwrap()[0];
    let plan = Plan::new(scenario, 0);
    let evidence = engine::run(&Locks, &plan, Options { trace: true, ..Options::default() });
    let own = evidence.own.as_ref().unwrap();
    let first = own.calls().iter().position(|call| call.answer.is_some()).unwrap();
    let told = evidence.trace.iter().find(|event| event.what.contains(" -> ")).unwrap();
    let verdict = judge(&plan, &evidence);
    let rule = &verdict.check(CheckName::Invariants).unwrap().detail;
    let text = format!("{}\n{}\n{rule}", own.to_json()[first], told.what);
    assert_snapshot!("service_of_ones_own", &text);
}

#[test]
fn a_check_of_one_s_own_fails_a_run() {
    let few = Checked::new(Locks).check("few messages", |_, evidence| match evidence.messages {
        few @ 0..100 => Ok(format!("{few} messages")),
        many => Err(format!("{many} messages")),
    });
    let (scenario, _) = &load_suite("simple-1").unwrap()[0];
    let failure = Failure::find(&few, &few.plan(scenario, 0)).unwrap();
    assert_eq!((failure.class, failure.check), (Class::Correctness, CheckName::OwnChecks));
    assert!(failure.reason.starts_with("`few messages`: "), "{}", failure.reason);
}

#[test]
fn a_line_in_a_test_reports_the_smallest_failure_and_tries_it_first() {
    let scratch = Scratch::new("one-line");
    let check = || testing::check(&Locks).scenarios("cuts/bridge").failures(&*scratch);
    let report = check().seeds(0..20).find().expect("a seed that fails");
    assert_snapshot!("one_line_in_a_test", &report.replace(&*scratch.to_string_lossy(), "…"));
    // The seed is not among these, but the file is there.
    let again = check().seeds(100..101).find().expect("the failure that was saved");
    assert!(again.ends_with("bridge.json, which still fails\n"), "{again}");
}

/// A lock service that counts its runs, as one with a hidden clock would.
struct Hidden;

static RUNS: AtomicU64 = AtomicU64::new(0);

impl UnderTest for Hidden {
    fn name(&self) -> &str {
        "hidden"
    }

    fn run(&self, plan: &Plan, options: Options) -> simulation::evidence::Evidence {
        let mut plan = plan.clone();
        plan.requests[0].dice += RUNS.fetch_add(1, Ordering::Relaxed);
        Locks.run(&plan, options)
    }
}

#[test]
fn hidden_randomness_is_named() {
    let report = testing::check(&Hidden).scenarios("simple-1").seeds(0..1).find().unwrap();
    assert!(report.starts_with("hidden: two runs of simple-1, seed 0, differ"), "{report}");
    assert!(report.contains("First run:") && report.contains("Second run:"), "{report}");
}

/// The whole way of somebody outside: a package of their own, a test of one line, a command line of three.
#[test]
fn a_crate_outside_of_the_workspace_tests_its_service() {
    let scratch = Scratch::new("outside");
    write_package(&scratch);
    let failed = cargo(&scratch, &["test", "--quiet"]);
    let printed = stdout(&failed);
    assert!(!failed.status.success(), "{printed}");
    for part in ["linearizable: ", "The smallest plan", "What happened:"] {
        assert!(printed.contains(part), "{part}:\n{printed}\n{}", stderr(&failed));
    }
    let saved = scratch.join("simulation-failures/bridge.json");
    assert!(saved.exists(), "{printed}");
    let replayed =
        cargo(&scratch, &["run", "--quiet", "--", "replay", "simulation-failures/bridge.json"]);
    assert_eq!(replayed.status.code(), Some(1), "{}", stderr(&replayed));
    assert!(stdout(&replayed).contains("The digest is the stored one"), "{}", stdout(&replayed));
}

fn write_package(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let workspace = fs::read_to_string(root.join("../Cargo.toml")).unwrap();
    let profile = workspace.find("[profile.dev]").map(|at| &workspace[at..]).unwrap();
    let path = |folder: &str| root.join(folder).display().to_string();
    let manifest = format!(
        "[package]\nname = \"outside\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         serde = {{ version = \"1\", features = [\"derive\", \"rc\"] }}\n\
         simulation = {{ package = \"stormglass-simulation\", path = {:?} }}\n\
         simulator = {{ package = \"stormglass\", path = {:?} }}\n\n[dev-dependencies]\n\
         testing = {{ package = \"stormglass-testing\", path = {:?} }}\n\n{profile}",
        path("simulation"),
        path(""),
        path("testing"),
    );
    write("Cargo.toml", &manifest);
    let service = fs::read_to_string(root.join("examples/lock/lock.rs")).unwrap();
    assert!(service.lines().count() < 150);
    write("src/lib.rs", &service.replace("pub(crate) ", "pub "));
    write(
        "src/main.rs",
        "fn main() -> std::process::ExitCode {\n    simulator::main(outside::Locks)\n}\n",
    );
    let test = "#[test]\nfn one_owner() {\n    testing::check(&outside::Locks).scenarios(\"cuts/bridge\").seeds(0..20).run();\n}\n";
    write("tests/simulated.rs", test);
    // The crates that are at hand, without a network.
    fs::copy(root.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// Cargo in a folder, with the target folder of this test, so that little is built.
fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_simulator"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", program.ancestors().nth(2).unwrap());
    cargo.env("CARGO_NET_OFFLINE", "true").env_remove("CARGO_MANIFEST_DIR").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
