//! Explaining: when a failure was decided, and by what.
//!
//! ```text
//!   failure ──▶ its run ──▶ moments ──▶ from each, many continuations with other draws
//!                                            │
//!              how many fail in the same way │ the curve
//!                                            ▼
//!               the event with the greatest rise ──▶ the nearest run that escapes ──▶ the story
//! ```
//!
//! A continuation is the failure's run up to a moment ([`Plan::branches`]). From then on messages are lost and delayed
//! by other draws, and requests and faults are those of another seed of the scenario. Where all continuations before
//! an event are as likely as not to avoid the failure, and after it hardly any does, that event decided.
//!
//! What comes of it is data ([`Explanation`]); who shows it finds the words. It depends on the failure and the system
//! alone, not on the number of threads.

mod continuations;
mod curve;
mod effort;
mod needed;
mod runs;
mod sameness;
mod share;
mod sibling;
mod story;

use std::fmt;
use std::ops::ControlFlow;

use serde::Serialize;

use crate::Nanos;
use crate::UnderTest;
use crate::check::judge;
use crate::engine::Options;
use crate::failure::Failure;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::shrink::NotReproduced;
use crate::trace::TraceEvent;

use continuations::{Continuations, Kept};
use curve::{Curve, Moments, Rise};
use effort::Effort;
use needed::Spans;
use runs::{BrokenOff, Runs};
use sameness::Sameness;
use story::Steps;

pub use needed::{Change, Needed};
pub use share::Share;
pub use sibling::Sibling;

/// The answer to when a failure was decided, and by what.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The failure's finding, in one line.
    pub finding: String,
    /// The rule by which another run's failure is the same.
    pub same: String,
    /// When the failure is first to be seen.
    pub shown_at: Nanos,
    /// The share of continuations that fail in the same way, by time.
    pub curve: Vec<Point>,
    /// The same share of continuations that keep the failure's requests and faults, and differ by draws alone; empty
    /// where runs cost too much.
    pub by_chance: Vec<Point>,
    /// The event at which the first share rises most; none where it rises nowhere.
    pub decisive: Option<Decisive>,
    /// Other events at which either share clearly rises, by time; two at the most.
    pub further: Vec<Decisive>,
    /// The latest change of a single datagram by which the failure does not happen; none where none was found.
    pub needed: Option<Needed>,
    /// The nearest run that escapes the failure; none where all fail in the same way.
    pub sibling: Option<Sibling>,
    /// The story of the run, one sentence per event, by time.
    pub story: Vec<String>,
    /// The number of runs that it took.
    pub runs: u32,
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// From just before this moment on, all goes otherwise.
    pub at: Nanos,
    /// The share of continuations that fail in the same way.
    pub share: Share,
}

/// An event at which a curve rises.
#[derive(Clone, Debug, Serialize)]
pub struct Decisive {
    /// The moment from which on it may still go otherwise.
    pub at: Nanos,
    /// The moment from which on it is too late.
    pub until: Nanos,
    /// The events from `at` on, before `until`.
    pub events: Vec<TraceEvent>,
    /// The share just before `at`.
    pub before: Share,
    /// The share just before `until`.
    pub after: Share,
    /// True if the two shares differ by more than their errors.
    pub is_clear: bool,
    /// True if these are shares of continuations that differ by draws alone.
    pub by_chance: bool,
}

/// Explains a failure on `jobs` threads (at least one). Requests and faults of continuations are those of `scenario`,
/// where it is known. `observe` is told, on the caller's thread, how many runs were made, and how many there will be
/// at most.
///
/// # Errors
///
/// When the plan does not fail in the way that the failure says, or `observe` breaks off.
pub fn explain(
    system: &dyn UnderTest,
    failure: &Failure,
    scenario: Option<&Scenario>,
    jobs: usize,
    observe: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<Explanation, ExplainError> {
    let plan = &failure.plan;
    let traced = Options { trace: true, picture: true, ..Options::default() };
    let evidence = system.run(plan, traced);
    let verdict = judge(plan, &evidence);
    let Some(sameness) = Sameness::of(failure, &evidence, &verdict) else {
        return Err(ExplainError::NotReproduced(NotReproduced::of(system, failure)));
    };
    let (known, effort) = (known_at(&sameness, plan), Effort::for_runs_like(system, &evidence));
    let count = effort.many.max(effort.siblings);
    let continuations = Continuations::new(system, plan, scenario, count);
    let moments = Moments::of(&evidence.trace, known);
    let expected = effort.most_runs();
    let mut runs = Runs {
        system,
        sameness: &sameness,
        continuations: &continuations,
        jobs,
        done: 0,
        expected,
        work: 0,
        observe,
        escaping: Vec::new(),
    };
    let mut curve = Curve::sample(&mut runs, &moments, effort, Kept::Nothing)?;
    let rise = curve.settled;
    let another = curve.another(&mut runs)?;
    let needed = match rise {
        None => None,
        Some(rise) => {
            let spans = Spans::of(rise, another, &evidence.trace, known);
            needed::latest(&mut runs, curve.effort, &evidence, spans, sameness.shown_at)?
        }
    };
    let second = match effort.kept_moments {
        0 => None,
        _ if runs.work > effort.work_before_second() => None,
        _ => Some(Curve::sample(&mut runs, &moments, effort.of_second(), Kept::Plan)?),
    };
    let sibling =
        sibling::nearest(&mut runs, rise, curve.effort, needed.as_ref(), &evidence.trace, known)?;
    let decisive = rise.map(|rise| Decisive::of(rise, false, &evidence.trace));
    let by_chance = second.as_ref().and_then(|second| second.settled).filter(Rise::is_telling);
    let further = further(decisive.as_ref(), [another, by_chance], &evidence.trace);
    let found = failure.shown_by(&verdict);
    let tell = |found| {
        let steps = Steps { first: decisive.as_ref(), further: &further, needed: needed.as_ref() };
        story::tell(&evidence, found, sameness.shown_at, steps, sibling.as_ref())
    };
    Ok(Explanation {
        finding: failure.finding(),
        same: sameness.to_string(),
        shown_at: sameness.shown_at,
        curve: curve.points(),
        by_chance: second.map(|second| second.points()).unwrap_or_default(),
        story: found.map(tell).unwrap_or_default(),
        decisive,
        further,
        needed,
        sibling,
        runs: runs.done,
    })
}

/// Returns the events of other rises than the one that decided: of the curve, and of that by chance.
fn further(
    decisive: Option<&Decisive>,
    [another, by_chance]: [Option<Rise>; 2],
    trace: &[TraceEvent],
) -> Vec<Decisive> {
    let mut further: Vec<Decisive> = [(another, false), (by_chance, true)]
        .into_iter()
        .filter_map(|(rise, by_chance)| Some(Decisive::of(rise?, by_chance, trace)))
        .filter(|other| decisive.is_none_or(|first| first.at != other.at))
        .collect();
    further.sort_by_key(|other| other.at);
    further.dedup_by_key(|other| other.at);
    further
}

/// From when on nothing can go otherwise: the failure is to be seen, or all has healed.
fn known_at(sameness: &Sameness<'_>, plan: &Plan) -> Nanos {
    (sameness.shown_at + 1).min(plan.end)
}

impl Decisive {
    fn of(rise: Rise, by_chance: bool, trace: &[TraceEvent]) -> Self {
        let (at, until) = (rise.before.at, rise.after.at);
        let (before, after) = (rise.before.share, rise.after.share);
        let happens = trace.iter().filter(|event| (at..until).contains(&event.at_ns));
        Decisive {
            at,
            until,
            events: happens.cloned().collect(),
            before,
            after,
            is_clear: rise.is_clear(),
            by_chance,
        }
    }
}

/// The reason why a failure could not be explained.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExplainError {
    /// The plan does not fail in the way that the failure says.
    NotReproduced(NotReproduced),
    /// The observer broke off.
    BrokenOff,
}

impl fmt::Display for ExplainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExplainError::NotReproduced(NotReproduced { stored, instead }) => {
                let now = instead.as_ref().map_or("it passes".to_owned(), |other| other.finding());
                write!(
                    f,
                    "the plan does not fail in the way that was stored, so there is nothing to \
                     explain\n  stored: {stored}\n  now:    {now}"
                )
            }
            ExplainError::BrokenOff => f.write_str("stopped before the end"),
        }
    }
}

impl std::error::Error for ExplainError {}

impl From<BrokenOff> for ExplainError {
    fn from(_: BrokenOff) -> Self {
        ExplainError::BrokenOff
    }
}
