//! What decided a failure, as the page of its run shows it.

use serde::Serialize;

use crate::report::explanation::merged;
use simulation::Nanos;
use simulation::explain::{Change, Decisive, Explanation, Needed, Point, Sibling};
use simulation::trace::{Actor, TraceEvent};

use super::curve::Curve;

/// The explanation of a failure.
#[derive(Debug, Serialize)]
pub(super) struct Explained<'a> {
    /// The rule by which another run's failure is the same.
    same: &'a str,
    runs: u32,
    /// The events that decided: the one that decided most, then the others, by time, then what was needed last.
    steps: Vec<Step>,
    pair: Option<Pair>,
    story: &'a [String],
}

/// An event at which a curve rises.
#[derive(Debug, Serialize)]
struct Step {
    at: Nanos,
    until: Nanos,
    /// The shares just before it and just after it, in hundredths.
    before: u32,
    after: u32,
    is_clear: bool,
    by_chance: bool,
    /// For what was needed last: the change by which the failure does not happen, in words. The shares are those with
    /// it and without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    /// The numbers of the two replicas between which it was a message, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    between: Option<[u16; 2]>,
    events: Vec<String>,
    more: usize,
}

/// The failure's run and the nearest one that escapes, from their parting on.
#[derive(Debug, Serialize)]
struct Pair {
    passes: bool,
    is_own: bool,
    differs_in_needed: bool,
    parts_at: Nanos,
    rows: Vec<Row>,
    more: usize,
}

/// An event of either run, or of both.
#[derive(Debug, Serialize)]
struct Row {
    /// `F`, `O` or `FO`.
    side: &'static str,
    at: Nanos,
    text: String,
}

/// The most events of a moment, and of a pair, that the page lists.
const MOST_AT_ONCE: usize = 6;
const MOST_ROWS: usize = 60;

impl<'a> Explained<'a> {
    pub(super) fn of(explanation: &'a Explanation) -> Explained<'a> {
        let steps = explanation.decisive.iter().chain(&explanation.further);
        Explained {
            same: &explanation.same,
            runs: explanation.runs,
            steps: steps
                .map(Step::of)
                .chain(explanation.needed.as_ref().map(Step::needed))
                .collect(),
            pair: explanation.sibling.as_ref().map(Pair::of),
            story: &explanation.story,
        }
    }

    /// Returns the first moment at which anything was decided.
    pub(super) fn first(&self) -> Option<Nanos> {
        self.steps.iter().map(|step| step.at).min()
    }
}

impl Step {
    fn of(decisive: &Decisive) -> Step {
        let told = decisive.events.iter().take(MOST_AT_ONCE);
        Step {
            at: decisive.at,
            until: decisive.until,
            before: decisive.before.percent(),
            after: decisive.after.percent(),
            is_clear: decisive.is_clear,
            by_chance: decisive.by_chance,
            change: None,
            between: None,
            more: decisive.events.len() - told.len(),
            events: told.map(words).collect(),
        }
    }

    fn needed(needed: &Needed) -> Step {
        let change = match &needed.change {
            Change::KindWithheld(kind) => {
                let to = needed.event.with.map(|to| to.to_string()).unwrap_or_default();
                format!("had {to} received no {kind} from here on")
            }
            Change::Delivered => "had this arrived".to_owned(),
            _ => "had this not arrived".to_owned(),
        };
        Step {
            at: needed.at,
            until: needed.at + 1,
            before: needed.changed.percent(),
            after: needed.as_it_was.percent(),
            is_clear: true,
            by_chance: false,
            change: Some(change),
            between: between(&needed.event),
            events: vec![words(&needed.event)],
            more: 0,
        }
    }
}

impl Pair {
    fn of(sibling: &Sibling) -> Pair {
        let all = merged(sibling);
        let row = |&(side, event): &(&'static str, &TraceEvent)| Row {
            side: side.trim(),
            at: event.at_ns,
            text: words(event),
        };
        let rows: Vec<Row> = all.iter().take(MOST_ROWS).map(row).collect();
        Pair {
            passes: sibling.passes,
            is_own: sibling.is_own,
            differs_in_needed: sibling.differs_in_needed,
            parts_at: sibling.parts_at,
            more: all.len() - rows.len(),
            rows,
        }
    }
}

/// Returns the two replicas that an event is about, if it is about two.
fn between(event: &TraceEvent) -> Option<[u16; 2]> {
    match (event.who, event.with) {
        (Actor::Node(one), Some(Actor::Node(other))) => Some([one.0, other.0]),
        _ => None,
    }
}

/// Returns who did what, as the timeline says it.
fn words(event: &TraceEvent) -> String {
    match event.who {
        Actor::World => event.what.clone(),
        who => format!("{who} {}", event.what),
    }
}

/// Returns the curves that stand under the lanes.
pub(super) fn curves(explanation: &Explanation) -> Vec<Curve> {
    let of = |title: &str, points: &[Point]| {
        let part = |percent: u32| f64::from(percent) / 100.0;
        Curve {
            title: title.to_owned(),
            at: points.iter().map(|point| point.at).collect(),
            share: points.iter().map(|point| part(point.share.percent())).collect(),
            low: points.iter().map(|point| part(point.share.interval().0)).collect(),
            high: points.iter().map(|point| part(point.share.interval().1)).collect(),
        }
    };
    let all = [("fails so", &explanation.curve), ("by chance", &explanation.by_chance)];
    let known = all.into_iter().filter(|(_, points)| !points.is_empty());
    known.map(|(title, points)| of(title, points)).collect()
}
