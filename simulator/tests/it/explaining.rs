//! Explaining: which event decided, the same for any number of threads, and a run that escapes it.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;

use simulation::UnderTest;
use simulation::bundled::Bundled;
use simulation::check::{Class, judge};
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::explain::{ExplainError, Explanation, explain};
use simulation::failure::Failure;
use simulation::plan::{Branch, Plan, Withheld};
use simulation::scenario::Scenario;
use simulation::trace::{Actor, Kind, TraceEvent};
use simulation::units::Ratio;
use simulator::files::{load_failure, load_scenario, save_failure};
use simulator::report::explanation;
use simulator::report::layout::Page;

use crate::command_line::{simulator, status, stderr, stdout};
use crate::shrinking::primary_backup::PrimaryBackup;
use crate::support::Scratch;

fn scenario() -> Scenario {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course/advanced-2.json");
    load_scenario(Path::new(path)).unwrap().0
}

/// The primary that answers before it replicates, and loses what it has acknowledged.
fn failure() -> Failure {
    Failure::find(&PrimaryBackup, &Plan::new(&scenario(), 1)).unwrap()
}

fn explained(failure: &Failure, scenario: Option<&Scenario>, jobs: usize) -> Explanation {
    let mut goes_on = |_, _| ControlFlow::Continue(());
    explain(&PrimaryBackup, failure, scenario, jobs, &mut goes_on).unwrap()
}

/// Returns the explanation that several tests read: of the failure above, in view of its scenario, with three threads.
fn explained_once() -> &'static Explanation {
    static EXPLAINED: OnceLock<Explanation> = OnceLock::new();
    EXPLAINED.get_or_init(|| explained(&failure(), Some(&scenario()), 3))
}

fn traced(plan: &Plan) -> Evidence {
    PrimaryBackup.run(plan, Options { trace: true, ..Options::default() })
}

#[test]
fn a_write_is_lost_first_and_then_asked_for() {
    let explained = explained_once();
    let decisive = explained.decisive.as_ref().unwrap();
    // A client that never asks for the key does not notice; one that does is told that it was never there.
    assert!(decisive.is_clear && decisive.after.percent() == 100, "{decisive:?}");
    assert!(decisive.events.iter().any(|event| event.kind == Kind::Ask), "{decisive:?}");
    let percents: Vec<u32> = explained.curve.iter().map(|point| point.share.percent()).collect();
    let before = explained.curve.iter().take_while(|point| point.at <= decisive.at);
    let most = before.map(|point| point.share.percent()).max();
    assert!(percents[0] < 20 && most >= Some(40), "lost first, then asked for: {percents:?}");
    assert!(decisive.at < explained.shown_at);
    assert!(explained.curve.is_sorted_by_key(|point| point.at));
    assert!((3..=10).contains(&explained.story.len()), "{:#?}", explained.story);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let json = |explained: &Explanation| serde_json::to_string(explained).unwrap();
    let with_one = explained(&failure(), Some(&scenario()), 1);
    assert_eq!(json(&with_one), json(explained_once()));
}

#[test]
fn without_the_scenario_the_plan_is_varied() {
    let explained = explained(&failure(), None, 2);
    // The few runs of a storm leave wide intervals, so that the rise need not be clear.
    let decisive = explained.decisive.as_ref().unwrap();
    assert!(decisive.after.percent() > decisive.before.percent(), "{decisive:?}");
}

#[test]
fn the_nearest_run_that_passes_can_be_stored_and_replayed() {
    let (failure, scratch) = (failure(), Scratch::new("explain-sibling"));
    let sibling = explained_once().sibling.as_ref().unwrap();
    assert!(sibling.passes);
    let file = scratch.join("sibling.json");
    save_failure(&failure.escaped(&PrimaryBackup, &sibling.plan), &file).unwrap();
    let read = load_failure(&file).unwrap();
    assert_eq!((read.class, &read.plan), (Class::Pass, &sibling.plan));
    let (passes, fails) = (traced(&read.plan), traced(&failure.plan));
    assert_eq!(judge(&read.plan, &passes).class, Class::Pass);
    assert_eq!(passes.digest.to_string(), read.digest);
    let common = passes.trace.iter().zip(&fails.trace).take_while(|(a, b)| a == b).count();
    let parts_at = [&passes, &fails].map(|evidence| evidence.trace[common].at_ns);
    assert_eq!(parts_at.into_iter().min(), Some(sibling.parts_at));
}

#[test]
fn a_branch_changes_nothing_before_it_and_all_draws_after() {
    let plan = failure().plan;
    let at = plan.end / 2;
    let branch = |seed| Branch { at, seed, loss: Ratio::from_ppb(Ratio::BILLION / 10) };
    let branched = |branches| Plan { branches, ..plan.clone() };
    let [original, one, other, twice] =
        [Vec::new(), vec![branch(1)], vec![branch(2)], vec![branch(2), branch(1)]]
            .map(|branches| traced(&branched(branches)));
    let before = |evidence: &Evidence| {
        evidence.trace.iter().take_while(|event| event.at_ns < at).cloned().collect::<Vec<_>>()
    };
    assert_eq!(before(&original), before(&one));
    assert_ne!(original.digest, one.digest);
    assert_ne!(one.digest, other.digest);
    assert_eq!(one.digest, twice.digest, "of branches at one moment, the last counts");
    let late = Branch { at: plan.end, ..branch(1) };
    assert_eq!(traced(&branched(vec![late])).digest, original.digest, "all has healed by then");
}

#[test]
fn branches_are_in_order() {
    let mut plan = failure().plan;
    let branch = |at| Branch { at, seed: 1, loss: Ratio::ZERO };
    plan.branches = vec![branch(5), branch(4)];
    assert_eq!(plan.check().unwrap_err().field, "branches[1].at");
}

/// A run with a killed leader, and the fourth message of its second half.
fn healthy() -> (Plan, TraceEvent) {
    let plan = Plan::new(&scenario(), 1);
    let evidence = Bundled::default().run(&plan, Options { trace: true, ..Options::default() });
    let late = evidence.trace.into_iter().filter(|event| event.at_ns > plan.end / 2);
    let message = late.filter(|event| event.kind == Kind::Message).nth(3).unwrap();
    (plan, message)
}

#[test]
fn a_withheld_message_is_missing_and_nothing_before_it() {
    let (plan, message) = healthy();
    let run = |withheld| {
        let plan = Plan { withheld, ..plan.clone() };
        plan.check().unwrap();
        Bundled::default().run(&plan, Options { trace: true, ..Options::default() })
    };
    let (at, to) = (message.at_ns, message.with.unwrap());
    let one = Withheld { at, until: at + 1, from: Some(message.who), to, kind: None };
    let of_a_kind = Withheld { until: plan.end, from: None, ..one.clone() };
    let of_a_kind = Withheld { kind: Some("appended".to_owned()), ..of_a_kind };
    let [original, without, without_kind] = [vec![], vec![one], vec![of_a_kind]].map(run);
    let common = |other: &Evidence| {
        original.trace.iter().zip(&other.trace).take_while(|(a, b)| a == b).count()
    };
    let parts = common(&without);
    assert_eq!(original.trace[parts], message);
    assert_eq!(without.trace[parts].kind, Kind::Lost);
    assert!(without.trace[parts].what.contains("(withheld)"), "{}", without.trace[parts].what);
    let acknowledges = |evidence: &Evidence| {
        let of_it = evidence.trace.iter().filter(|event| event.kind == Kind::Message);
        let later = of_it.filter(|event| (at..plan.end).contains(&event.at_ns));
        later.filter(|event| event.with == Some(to) && event.what.contains("appended")).count()
    };
    assert_eq!(acknowledges(&without_kind), 0);
    assert!(original.trace[common(&without_kind)].at_ns >= at);
}

#[test]
fn only_replicas_and_clients_miss_something() {
    let (mut plan, message) = healthy();
    let (from, kind) = (Some(message.who), None);
    plan.withheld = vec![Withheld { at: 7, until: 6, from, to: message.who, kind }];
    assert_eq!(plan.check().unwrap_err().field, "withheld[0].until");
    plan.withheld[0].until = 7;
    plan.withheld[0].to = Actor::World;
    assert_eq!(plan.check().unwrap_err().field, "withheld[0].to");
}

#[test]
fn what_cannot_be_explained_is_told() {
    let failure = failure();
    let mut goes_on = |_, _| ControlFlow::Continue(());
    let error = explain(&Bundled::default(), &failure, None, 1, &mut goes_on).unwrap_err();
    assert!(matches!(error, ExplainError::NotReproduced(_)), "{error}");
    let mut breaks_off =
        |done, _| if done < 30 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let error = explain(&PrimaryBackup, &failure, None, 1, &mut breaks_off).unwrap_err();
    assert_eq!(error, ExplainError::BrokenOff);
}

#[test]
fn the_report_fits_a_terminal_but_for_words_of_events() {
    let mut text = Vec::new();
    let mut page = Page::of_width(&mut text, 80);
    explanation::write(&mut page, explained_once()).unwrap();
    page.flush().unwrap();
    let text = String::from_utf8(text).unwrap();
    let is_event = |line: &&str| line.contains("->") || line.contains(" asks ");
    let mut wide = text.lines().filter(|line| line.chars().count() > 80 && !is_event(line));
    assert_eq!(wide.next(), None, "{text}");
    for heading in ["When it was decided", "What decided", "The nearest run that"] {
        assert!(text.contains(heading), "{text}");
    }
}

/// A failure of the bundled replica: a small scenario that allows it no message.
fn too_many_messages(scratch: &Scratch) -> (String, String) {
    let text = r#"{"lifetime": 5, "replicas": 3, "requests": 20, "tests": {"benchmarks": {
        "total_msgs": [1, 1, 1], "failures": [1, 2, 3],
        "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;
    let (scenario, _) = Scenario::parse("small", text).unwrap();
    let failure = Failure::find(&Bundled::default(), &Plan::new(&scenario, 1)).unwrap();
    let path = scratch.file("failure.json", &failure.to_json().unwrap());
    (path, scratch.file("small.json", text))
}

#[test]
fn the_command_says_so_where_nothing_in_the_run_decided() {
    let scratch = Scratch::new("explain-command");
    let (failure, scenario) = too_many_messages(&scratch);
    let output = simulator(&["explain", &failure, "--scenario", &scenario]);
    let text = stdout(&output);
    assert_eq!(status(&output), 0, "{text}{}", stderr(&output));
    assert!(text.contains("Nothing that happened in the run"), "{text}");
    assert!(text.contains("All of them fail in the same way."), "{text}");
    let output = simulator(&["explain", &failure, "--json", "--jobs", "2"]);
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["decisive"], serde_json::Value::Null);
    assert!(json["curve"].as_array().is_some_and(|curve| curve.len() > 2), "{json}");
}

#[test]
fn the_command_refuses_what_it_cannot_explain() {
    let scratch = Scratch::new("explain-refused");
    let (failure, scenario) = too_many_messages(&scratch);
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course/crash-3.json");
    let foreign = scratch.file("foreign.json", &self::failure().to_json().unwrap());
    let refused: [(&[&str], &str); 6] = [
        (&["missing.json"], "there is no such file"),
        (&[&scenario], "this is a scenario, expected a failure file"),
        (&[&failure, "--scenario", other], "this is the scenario crash-3, the failure is of small"),
        (&[&failure, "--scenario", "missing.json"], "there is no such file"),
        (&[&failure, "--jobs", "0"], "expected how many runs at a time"),
        (&[&foreign], "there is nothing to explain"),
    ];
    for (arguments, expected) in refused {
        let output = simulator(&[&["explain"], arguments].concat());
        assert_eq!(status(&output), 2, "{arguments:?}");
        assert!(stdout(&output).is_empty(), "{arguments:?}");
        assert!(stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
    }
}
