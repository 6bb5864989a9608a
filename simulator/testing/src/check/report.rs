//! The report of a failure, as a test shows it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use simulation::check::{Place, judge};
use simulation::engine::Options;
use simulation::failure::Failure;
use simulation::text::thousands;
use simulation::trace::{Kind, TraceEvent};
use simulation::units::SECOND;
use simulation::{Nanos, UnderTest};

use crate::report::layout::Page;
use crate::report::{Outcome, plan, timeline};

/// The numbers of events that are shown of a long run: from its beginning, and up to its end.
const FIRST_EVENTS: usize = 30;
const LAST_EVENTS: usize = 30;

/// The number of times a second that each client is shown to be turned away.
const RETRIES: u32 = 2;

/// The fate of the failure's file.
pub(super) enum Kept {
    /// It was written now.
    Now,
    /// It lay there before.
    Before,
    /// It could not be written.
    Not(io::Error),
}

/// Returns the report of a failure whose file has this path.
pub(super) fn of(system: &dyn UnderTest, failure: &Failure, path: &Path, kept: Kept) -> String {
    let mut text = Vec::new();
    let mut page = Page::new(&mut text);
    let written = write(&mut page, system, failure, path, kept).and_then(|()| page.flush());
    written.unwrap_or_else(|error| unreachable!("a vector takes what is written: {error}"));
    String::from_utf8_lossy(&text).into_owned()
}

fn write(
    out: &mut Page<'_>,
    system: &dyn UnderTest,
    failure: &Failure,
    path: &Path,
    kept: Kept,
) -> io::Result<()> {
    let plan = &failure.plan;
    let (name, scenario, seed) = (system.name(), &plan.scenario, plan.seed);
    let evidence = system.run(plan, Options { trace: true, ..Options::default() });
    let verdict = judge(plan, &evidence);
    writeln!(out, "{name}: {scenario}, seed {seed}: {}", failure.class.name())?;
    match failure.found_in(&verdict) {
        Some(check) => writeln!(out, "{}: {}", check.name, check.detail)?,
        None => writeln!(out, "{}: {}", failure.check, failure.reason)?,
    }
    writeln!(out, "\nThe smallest plan that fails in the same way:")?;
    plan::write(out, plan)?;
    let outcome = Outcome {
        plan: plan.clone(),
        replay_command: String::new(),
        environment: None,
        evidence,
        verdict,
    };
    write_events(out, &outcome)?;
    let shown = path.display();
    match kept {
        Kept::Now => {
            writeln!(out, "\nSaved as {shown}: commit it, and it is tried first from now on")
        }
        Kept::Before => writeln!(out, "\nThis is the saved failure {shown}, which still fails"),
        Kept::Not(error) => writeln!(out, "\n{shown} could not be written: {error}"),
    }
}

/// Writes what happened around the finding: how it began, and how it came to an end.
fn write_events(out: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let focus = Place::of(&outcome.verdict, &outcome.evidence);
    let from: Nanos = focus.from.unwrap_or(0);
    let until = focus.until.unwrap_or(outcome.evidence.ended);
    let view = timeline::View { from, messages: true, floods: false };
    let events = outcome.evidence.trace.iter().filter(|event| event.at_ns <= until);
    let mut shown: Vec<_> = events.filter(|event| view.shows(event)).collect();
    let turned_away = thin_out(&mut shown);
    writeln!(out, "\nWhat happened:")?;
    if shown.len() <= FIRST_EVENTS + LAST_EVENTS {
        timeline::write_some(out, shown.into_iter(), view)?;
    } else {
        let last = shown.split_off(shown.len() - LAST_EVENTS);
        timeline::write_some(out, shown.iter().copied().take(FIRST_EVENTS), view)?;
        writeln!(out, "  ({} events are left out here)", shown.len() - FIRST_EVENTS)?;
        timeline::write_some(out, last.into_iter(), view)?;
    }
    match turned_away {
        0 => Ok(()),
        1 => writeln!(out, "  (once more a client was turned away)"),
        more => writeln!(out, "  ({} more times a client was turned away)", thousands(more)),
    }
}

/// Leaves out that a client was turned away after the first few times in a second, and returns how often.
fn thin_out(events: &mut Vec<&TraceEvent>) -> u64 {
    let before = events.len();
    let mut times: BTreeMap<(String, u64), u32> = BTreeMap::new();
    events.retain(|event| {
        let seen = times.entry((event.who.to_string(), event.at_ns / SECOND)).or_default();
        let asks_again = event.kind == Kind::Retry && event.what.contains(", asks ");
        *seen += u32::from(asks_again);
        !asks_again || *seen <= RETRIES
    });
    (before - events.len()) as u64
}
