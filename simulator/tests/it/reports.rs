//! The reports for people, as snapshots.

use std::io::{self, Write as _};
use std::path::Path;

use simulation::UnderTest as _;
use simulation::bundled::Bundled;
use simulation::check::{CheckName, Class, Place, judge};
use simulation::engine::{self, Options};
use simulation::marks::Tally;
use simulation::plan::Plan;
use simulator::files::{load_scenario, load_suite};
use simulator::grade::{self, Row, TierCounts};
use simulator::records::Run;
use simulator::report::layout::{Page, columns};
use simulator::report::line::Line;
use simulator::report::table::{self, Total};
use simulator::report::{Outcome, grades, marks, text, timeline};

use crate::support::assert_snapshot;

fn scenarios() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios"))
}

fn runs(path: &str, seed: u64, options: Options) -> Vec<Outcome> {
    let suite = load_suite(scenarios().join(path)).unwrap();
    let run = |scenario| {
        let plan = Plan::new(&scenario, seed);
        let evidence = engine::run(&Bundled::default(), &plan, options);
        let verdict = judge(&plan, &evidence);
        let replay_command = format!("simulator replay scenarios/{path} --seed {seed}");
        Outcome { plan, replay_command, environment: None, evidence, verdict }
    };
    suite.into_iter().map(|(scenario, _)| run(scenario)).collect()
}

/// What was written, as on a stream that is no terminal.
fn written(write: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    let mut page = Page::new(&mut out);
    write(&mut page).and_then(|()| page.flush()).unwrap();
    String::from_utf8(out).unwrap()
}

/// What was written where lines have this width.
fn written_at(width: usize, write: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    let mut page = Page::of_width(&mut out, width);
    write(&mut page).and_then(|()| page.flush()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().all(|line| columns(line) <= width), "{text}");
    text
}

/// The digests in this snapshot must never change by accident: a stored seed would stand for another run.
#[test]
fn the_course_suite() {
    let outcomes = runs("course", 1, Options::default());
    let suite = |out: &mut Page<'_>| {
        let mut total = Total::default();
        let table = table::lay_out(out.width(), 12, 1);
        table.write_heading(out)?;
        for outcome in &outcomes {
            total.add(outcome);
            Line::new(&Run::of_outcome(outcome)).write(out, &table)?;
        }
        total.write(out, &table, None)
    };
    assert_snapshot!("suite_course", &written(suite));
    assert_snapshot!("suite_course_80", &written_at(80, suite));
}

/// Shows the families, a line each.
#[test]
fn the_families() {
    let text = written(|out| {
        let table = table::lay_out(out.width(), 21, 1);
        for family in ["cuts", "clocks", "load", "network", "nodes", "storage", "swarm"] {
            writeln!(out, "{family}")?;
            for outcome in runs(family, 1, Options::default()) {
                let path = outcome.plan.scenario.as_str();
                let (scenario, _) = load_scenario(path).unwrap();
                for mark in outcome.evidence.marks.names() {
                    assert!(Bundled::default().could_reach(mark, &scenario), "{path}: {mark}");
                }
                Line::new(&Run::of_outcome(&outcome)).write(out, &table)?;
            }
        }
        Ok(())
    });
    assert_snapshot!("suite_families", &text);
}

#[test]
fn one_run_in_words() {
    let outcome = runs("course/crash-4.json", 7, Options::default()).remove(0);
    assert_snapshot!("run_crash_4_80", &written_at(80, |out| text::write(out, &outcome)));
    assert_snapshot!("run_crash_4", &written_at(120, |out| text::write(out, &outcome)));
}

/// Shows the kill of a leader, and its consequences.
#[test]
fn a_timeline() {
    let options =
        Options { trace: true, inspect: true, until: Some(16_430_000_000), ..Options::default() };
    let outcome = runs("course/crash-3.json", 2, options).remove(0);
    let timeline = |out: &mut Page<'_>| {
        let view = timeline::View { from: 14_950_000_000, messages: false, floods: false };
        timeline::write(out, &outcome.evidence.trace, view)?;
        let mut states = outcome.evidence.inspection.iter();
        states.try_for_each(|(node, state)| writeln!(out, "  {node}  {state}"))
    };
    assert_snapshot!("timeline_crash_3", &written_at(120, timeline));
    assert_snapshot!("timeline_crash_3_80", &written_at(80, timeline));
}

/// Shows the marks that a few seeds of the course reach, and the others.
#[test]
fn marks_of_many_runs() {
    let mut tally = Tally::default();
    let mut count = 0;
    for seed in 1..4 {
        for outcome in runs("course", seed, Options::default()) {
            tally.ran(&outcome.evidence.marks);
            count += 1;
        }
    }
    let suite = load_suite(scenarios().join("course")).unwrap();
    let suite: Vec<_> = suite.into_iter().map(|(scenario, _)| scenario).collect();
    let names = Bundled::default().marks_of(&suite);
    let marks = |out: &mut Page<'_>| marks::write(out, &tally, &names, count);
    assert_snapshot!("marks_course", &written_at(120, marks));
    assert_snapshot!("marks_course_80", &written_at(80, marks));
}

/// Columns that are too wide never touch each other.
#[test]
fn a_line_of_wide_ranges() {
    let mut outcomes = runs("course/simple-2.json", 1, Options::default());
    outcomes.extend(runs("course/simple-2.json", 2, Options::default()));
    for (outcome, factor) in outcomes.iter_mut().zip([100, 1000]) {
        let metrics = &mut outcome.evidence.metrics;
        metrics.total_messages *= factor;
        metrics.failures = 10_000 + factor;
        metrics.duplicates = 10_000 + factor;
    }
    let mut line = Line::new(&Run::of_outcome(&outcomes[0]));
    line.add(&Run::of_outcome(&outcomes[1]));
    let line = written(|out| line.write(out, &table::lay_out(120, 12, 2)));
    assert_eq!(line.split_whitespace().nth(4), Some("Bonus"), "{line}");
    assert!(line.contains("10100-11000 Full "), "{line}");
}

/// One that fails, one that passes, one that cannot be run.
#[test]
fn rows_of_grades() {
    let runs = 85;
    let counts = |none| TierCounts { bonus: 30, full: 20, partial: 35 - none, none };
    let worst = grade::Finding {
        class: Class::Correctness,
        check: CheckName::Linearizable,
        reason: "key Y5NA4SF74WX…: no order of these 2 operations is legal".to_owned(),
        place: Place::default(),
        scenario: 0,
        seed: 3,
    };
    let fails = Row {
        runs,
        course_passed: 71,
        passed: 40,
        messages: counts(12),
        failures: counts(0),
        duplicates: counts(1),
        latency: counts(35),
        worst: Some(worst),
        unfit: None,
    };
    let passes = Row { worst: None, passed: runs, ..fails.clone() };
    let unfit = "there is no executable 3700kvstore in /home/staff/submissions/charlie, and no \
                 other one either";
    let unfit = Row { unfit: Some(unfit.to_owned()), ..Row::default() };
    let command = "simulator replay scenarios/course/advanced-2.json --seed 3 --replica \
                   /home/staff/submissions/alice-and-bob/3700kvstore";
    let grades = |out: &mut Page<'_>| {
        let names = ["alice-and-bob", "bert", "charlie"];
        let table = grades::lay_out(out.width(), names.into_iter(), runs);
        grades::write_heading(out, &table)?;
        for (name, row) in names.into_iter().zip([&fails, &passes, &unfit]) {
            grades::write_row(out, &table, name, row, command)?;
        }
        Ok(())
    };
    assert_snapshot!("grades", &written_at(120, grades));
    assert_snapshot!("grades_80", &written_at(80, grades));
}
