//! Plans and scenarios that are put together in code.

use simulation::UnderTest;
use simulation::bundled::Bundled;
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::plan::{Fault, Losses, Script};
use simulation::scenario::Scenario;
use simulation::units::SECOND;

use crate::shrinking::primary_backup::PrimaryBackup;
use crate::support::{Scratch, assert_snapshot};

#[test]
fn a_plan_by_hand_is_a_run_whatever_the_seeds() {
    // The primary answers before it replicates. Its copies of the put are dropped, and it is killed.
    let script = || {
        let put = Script::new("by/hand", 3).put(2 * SECOND, 0).asks(0).drops(0, 1).drops(0, 2);
        put.fault(3 * SECOND, Fault::KillLeader).get(4 * SECOND, 1)
    };
    let scratch = Scratch::new("by-hand");
    let check = |plan| testing::check(&PrimaryBackup).plan(plan).seeds(5..6).failures(&*scratch);
    let report = check(script().plan().unwrap()).find().expect("the failure");
    assert_snapshot!("plan_by_hand", &report.replace(&*scratch.to_string_lossy(), "…"));
    std::fs::remove_file(scratch.join("by-hand.json")).unwrap();
    // Without the losses the next primary has the value.
    let kept = Script::new("by/hand", 3).put(2 * SECOND, 0).asks(0);
    let kept = kept.fault(3 * SECOND, Fault::KillLeader).get(4 * SECOND, 1).plan().unwrap();
    assert_eq!(check(kept).find(), None);
}

#[test]
fn a_script_asks_for_the_keys_that_it_names() {
    let asked = |key| Script::new("keys", 3).put(SECOND, 0).key(2).get(2 * SECOND, 1).key(key);
    let plan = asked(2).drops(0, 1).drops(0, 1).plan().unwrap();
    let evidence = Bundled::default().run(&plan, Options::default());
    let keys = |evidence: &Evidence| {
        let history = &evidence.history;
        let first = history.operations().iter().take(2);
        first.map(|it| history.key_name(it.key).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(&evidence), ["k2", "k2"]);
    let other = Bundled::default().run(&asked(0).plan().unwrap(), Options::default());
    assert_eq!(keys(&other), ["k2", "k0"]);
    let Losses::Listed(lost) = &plan.losses else { panic!("{:?}", plan.losses) };
    assert_eq!(lost.iter().map(|it| it.nth).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn what_a_script_cannot_do_is_said() {
    let error = |script: Script| script.plan().unwrap_err().to_string();
    let to = error(Script::new("x", 3).get(0, 0).asks(3));
    let lost = error(Script::new("x", 3).drops(0, 7));
    let key = error(Script::new("x", 3).get(0, 0).key(u32::MAX));
    let early = error(Script::new("x", 3).asks(1).get(0, 0));
    let late = error(Script::new("x", 3).get(2 * SECOND, 0).end(SECOND));
    assert_snapshot!("script_errors", &[to, lost, key, early, late].join("\n"));
}

#[test]
fn a_scenario_from_code_is_one_of_a_file_without_bounds() {
    let built = || {
        let scenario = Scenario::builder("cut leaders").replicas(3).lifetime(10).requests(60);
        scenario.extension("workload", r#"{"kind": "contend", "keys": 2}"#)
    };
    let fault = r#"{"type": "isolate", "who": "leader", "time": [1, 8], "lasts": [2, 4]}"#;
    let own = r#"{"type": "lose", "chance": 0.5, "messages": ["written"], "time": 2, "lasts": 3}"#;
    let scenario = built().fault(fault).fault(own).build().unwrap();
    let scratch = Scratch::new("from-code");
    let bundled = Bundled::default();
    let check = testing::check(&bundled).scenario(scenario).seeds(0..3);
    assert_eq!(check.failures(&*scratch).find(), None);
    let errors = [
        built().fault(r#"{"type": "isolate", "who": "leader"}"#).build(),
        built().field("mixx", "0.5").build(),
        built().extension("workload", "contend").build(),
        built().replicas(2).build(),
        built().fault("{").build(),
    ];
    let told = errors.map(|error| error.unwrap_err().to_string()).join("\n");
    assert_snapshot!("builder_errors", &told);
}
