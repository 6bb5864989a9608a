//! The reports for people, as snapshots.

use std::path::Path;

use simulation::UnderTest as _;
use simulation::bundled::Bundled;
use simulation::check::judge;
use simulation::engine::{self, Options};
use simulation::marks::Tally;
use simulation::plan::Plan;
use simulator::files::load_suite;
use simulator::report::line::Line;
use simulator::report::table::{self, Total};
use simulator::report::{Outcome, marks, text, timeline};

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

/// Returns the output without colours, as on a stream that is no terminal.
fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    write(&mut out).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

/// The digests in this snapshot must never change by accident: a stored seed would stand for another run.
#[test]
fn the_course_suite() {
    let outcomes = runs("course", 1, Options::default());
    let text = written(|out| {
        let mut total = Total::default();
        table::write_heading(out)?;
        for outcome in &outcomes {
            total.add(outcome);
            Line::new(outcome).write(out)?;
        }
        total.write(out, None)
    });
    assert_snapshot!("suite_course", &text);
}

/// Shows the families, a line each.
#[test]
fn the_families() {
    let text = written(|out| {
        for family in ["cuts", "clocks", "load", "network", "nodes", "storage", "swarm"] {
            writeln!(out, "{family}")?;
            for outcome in runs(family, 1, Options::default()) {
                Line::new(&outcome).write(out)?;
            }
        }
        Ok(())
    });
    assert_snapshot!("suite_families", &text);
}

#[test]
fn one_run_in_words() {
    let outcome = runs("course/crash-4.json", 7, Options::default()).remove(0);
    assert_snapshot!("run_crash_4", &written(|out| text::write(out, &outcome)));
}

/// Shows the kill of a leader, and its consequences.
#[test]
fn a_timeline() {
    let options =
        Options { trace: true, inspect: true, until: Some(16_430_000_000), ..Options::default() };
    let outcome = runs("course/crash-3.json", 2, options).remove(0);
    let text = written(|out| {
        let view = timeline::View { from: 14_950_000_000, messages: false, floods: false };
        timeline::write(out, &outcome.evidence.trace, view)?;
        outcome
            .evidence
            .inspection
            .iter()
            .try_for_each(|(node, state)| writeln!(out, "  {node}  {state}"))
    });
    assert_snapshot!("timeline_crash_3", &text);
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
    let names = Bundled::default().all_marks();
    assert_snapshot!("marks_course", &written(|out| marks::write(out, &tally, &names, count)));
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
    let mut line = Line::new(&outcomes[0]);
    line.add(&outcomes[1]);
    let line = written(|out| line.write(out));
    assert_eq!(line.split_whitespace().nth(4), Some("Bonus"), "{line}");
    assert!(line.contains("10100-11000 Full "), "{line}");
}
