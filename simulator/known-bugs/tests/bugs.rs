//! Tests that every known bug is found, and shrinks to the same small plan.
//!
//! The snapshots in `bugs` hold the smallest plans, with the digests that they must reproduce everywhere.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use insta::Settings;
use known_bugs::hunt::Families;
use known_bugs::story::{self, Case};
use known_bugs::{Bug, all, control, explain_table};
use simulation::UnderTest;
use simulation::bundled::Bundled;
use simulation::digest::Digest;
use simulation::engine::Options;
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::shrink::{Effort, shrink, to_the_end};
use simulator::report::explanation;
use simulator::report::layout::Page;

/// Limits on a plan that can be understood at a glance.
const MOST_FAULTS: usize = 5;
const MOST_REQUESTS: usize = 8;

fn assert_snapshot(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/bugs"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Runs a check with every bug, on all cores.
fn with_each(check: impl Fn(&Bug) + Sync) {
    let (bugs, next) = (all(), AtomicUsize::new(0));
    let failed = AtomicUsize::new(0);
    thread::scope(|scope| {
        let worker = || {
            while let Some(bug) = bugs.get(next.fetch_add(1, Ordering::Relaxed)) {
                // The other bugs are checked nevertheless.
                if catch_unwind(AssertUnwindSafe(|| check(bug))).is_err() {
                    failed.fetch_add(1, Ordering::Relaxed);
                    eprintln!("… in {}", bug.name);
                }
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(worker)));
    });
    assert_eq!(failed.into_inner(), 0, "bugs that are not as they should be, see above");
}

#[test]
fn each_is_found_and_shrinks_twice_to_the_same_plan_at_a_glance() {
    let families = Families::load().unwrap();
    with_each(|bug| {
        let case = Case::stored(bug, &families).unwrap();
        assert_eq!(story::fails(&case.failure), bug.fails);
        let small = &case.shrunk.failure;
        assert_eq!(story::fails(small), bug.fails, "the same failure");
        let (faults, requests) = (small.plan.faults.len(), small.plan.requests.len());
        let is_small = faults <= MOST_FAULTS && requests <= MOST_REQUESTS;
        assert_ne!(is_small, bug.note.is_some(), "a note says why, only where it is not small");

        assert_eq!(Case::of(bug, case.failure.clone()).unwrap().shrunk, case.shrunk, "repeatable");
        let again = small.again(bug.system(), &small.plan);
        assert_eq!(again.as_ref(), Some(small), "the digest, and how it fails");
        let more = shrink(bug.system(), small, Effort::default(), &mut to_the_end).unwrap();
        assert_eq!(more.failure, *small, "nothing is left to take away");

        let mut text = Vec::new();
        story::write_plan(&mut Page::new(&mut text), small).unwrap();
        let text = format!("{}\n\n{}", bug.title, String::from_utf8(text).unwrap());
        assert_snapshot(bug.name, &text);
    });
}

/// When three of them were decided, and by what.
#[test]
fn explanations_name_the_event_that_decided() {
    let families = Families::load().unwrap();
    for name in ["answers_before_commit", "longer_log_wins", "reads_from_a_follower"] {
        let bug = all().into_iter().find(|bug| bug.name == name).unwrap();
        let failure = explain_table::failure(&bug, &families, true).unwrap();
        let explained = explain_table::explained(&bug, &families, &failure, 2).unwrap();
        let mut text = Vec::new();
        let mut page = Page::of_width(&mut text, 100);
        explanation::write(&mut page, &explained).unwrap();
        page.flush().unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_snapshot(&format!("explain_{name}"), &format!("{}\n\n{text}", bug.title));
    }
}

#[test]
fn the_replica_without_a_bug_passes_where_the_bugs_show() {
    let families = Families::load().unwrap();
    let control = control();
    let stored = all();
    let runs = stored.iter().map(|bug| (families.get(&bug.family).unwrap(), bug.seed));
    let few = families.stock().flat_map(|(_, scenario)| (0..5).map(move |seed| (scenario, seed)));
    for (scenario, seed) in runs.chain(few) {
        let failure = Failure::find(&*control, &Plan::new(scenario, seed));
        assert_eq!(failure.map(|it| it.reason), None, "{}, seed {seed}", scenario.name);
    }
}

#[test]
fn it_is_the_very_replica_that_the_product_has() {
    let families = Families::load().unwrap();
    for (name, scenario) in families.stock() {
        let plan = Plan::new(scenario, 1);
        let original = Bundled::default();
        assert_eq!(digest(&*control(), &plan), digest(original.as_under_test(), &plan), "{name}");
    }
}

fn digest(system: &dyn UnderTest, plan: &Plan) -> Digest {
    system.run(plan, Options::default()).digest
}

#[test]
fn names_and_stories_are_fit_to_print() {
    let bugs = all();
    assert!(bugs.len() >= 20, "{} bugs", bugs.len());
    for bug in bugs {
        assert!(bug.title.ends_with('.') && bug.title.len() <= 100, "{}: {}", bug.name, bug.title);
        assert!(!bug.breaks.is_empty(), "{}", bug.name);
    }
}

#[test]
fn the_documentation_has_them_all() {
    let page = include_str!("../../docs/known-bugs.md");
    let bugs = all();
    for bug in &bugs {
        let (name, title) = (bug.name, bug.title.trim_end_matches('.'));
        let row = format!("| [`{name}`](../known-bugs/bugs): {title} | {} |", bug.breaks);
        assert!(page.contains(&row), "{name}: make the page again, it says how");
    }
    let page_of_explanations = include_str!("../../docs/explain.md");
    for bug in &bugs {
        let row = format!("\n| `{}` | ", bug.name);
        assert!(page_of_explanations.contains(&row), "{}: make the table again", bug.name);
    }
    assert!(
        !page_of_explanations.contains("not judged yet"),
        "explain_table.rs has the judgements"
    );
    assert!(page.contains(&format!("{0} of {0} bugs were found in every hunt", bugs.len())));
}
