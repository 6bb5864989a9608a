//! The place in a run that its worst finding is about: where to look first.

use serde::{Deserialize, Serialize};

use super::{Check, CheckName, Verdict};
use crate::Nanos;
use crate::evidence::Evidence;
use linearizability::Violation;

/// The time to show before and after the moment that a finding names.
const AROUND: Nanos = 50_000_000;

/// The time to show before a crash or a broken rule, which has a cause.
const BEFORE: Nanos = 1_000_000_000;

/// A span of a run, and the key that a finding is about, if it is about one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The first moment to look at; `None` for the beginning.
    #[serde(default, rename = "from_ns", skip_serializing_if = "Option::is_none")]
    pub from: Option<Nanos>,
    /// The last moment to look at; `None` for the end.
    #[serde(default, rename = "until_ns", skip_serializing_if = "Option::is_none")]
    pub until: Option<Nanos>,
    /// The key to look at, if the finding is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Place {
    /// Returns the place that a run's worst finding is about.
    pub fn of(verdict: &Verdict, evidence: &Evidence) -> Place {
        verdict.decisive().map_or_else(Place::default, |check| of_check(check, evidence))
    }

    /// Returns true if the finding is about no place in particular.
    pub fn is_none(&self) -> bool {
        *self == Place::default()
    }
}

fn of_check(check: &Check, evidence: &Evidence) -> Place {
    match check.name {
        CheckName::Linearizable => {
            check.violation.as_deref().map_or_else(Place::default, |it| of_violation(it, evidence))
        }
        CheckName::NoCrash => moment(evidence.crashes.first().map(|crash| crash.at)),
        CheckName::RaftSafety | CheckName::RaftPromises | CheckName::RaftCommits => {
            moment(check.name.violation(evidence).map(|violation| violation.at))
        }
        CheckName::DecidedLog => {
            let first = evidence.decided.as_ref().and_then(|found| found.first());
            let Place { from, until, .. } = moment(first.map(|violation| violation.at));
            let earlier = first.and_then(|violation| since(violation.first?.1).from);
            Place { from: from.min(earlier.or(from)), until, key: None }
        }
        CheckName::Answers => moment(evidence.counts.malformed.first().map(|anomaly| anomaly.at)),
        CheckName::NoRetryStorm => evidence.storms.first().map_or_else(Place::default, |storm| {
            let key = storm.key.as_deref().map(str::to_owned);
            let until = Some(storm.since + BEFORE);
            Place { until, key, ..since(storm.since) }
        }),
        CheckName::Progress => evidence.stall().map_or_else(Place::default, |stall| Place {
            until: Some(stall.until + AROUND),
            ..since(stall.since)
        }),
        CheckName::Answered => {
            evidence.unanswered.first().map_or_else(Place::default, |request| since(request.at))
        }
        _ => Place::default(),
    }
}

/// From before the first of the operations that prove it to after the last.
fn of_violation(violation: &Violation, evidence: &Evidence) -> Place {
    let operations = &violation.operations;
    let first = operations.iter().map(|operation| operation.invoke).min().unwrap_or(0);
    let ends = operations.iter().map(|operation| operation.returned);
    // What never returned has no end.
    let last = ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max());
    Place {
        until: last.map(|last| last + AROUND),
        key: (evidence.own.is_none() || !violation.key.is_empty()).then(|| violation.key.clone()),
        ..since(first)
    }
}

fn since(at: Nanos) -> Place {
    Place { from: Some(at.saturating_sub(AROUND)), ..Place::default() }
}

/// Returns the span that leads to a moment.
fn moment(at: Option<Nanos>) -> Place {
    let Some(at) = at else { return Place::default() };
    Place { from: Some(at.saturating_sub(BEFORE)), until: Some(at + AROUND), key: None }
}
