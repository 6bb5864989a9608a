//! The place in a run that its worst finding is about: where to look first.

use simulation::Nanos;
use simulation::check::{Check, CheckName};
use simulation::evidence::Evidence;
use simulation::text::shell_word;

use crate::report::Outcome;

/// The time to show before and after the moment that a finding names.
const AROUND: Nanos = 50_000_000;

/// The same for a crash, or a broken rule: it has a cause.
const BEFORE: Nanos = 1_000_000_000;

/// A span of a run, and the key that the finding is about, if it is about one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// The first moment to look at; `None` for the beginning.
    pub from: Option<Nanos>,
    /// The last moment to look at; `None` for the end.
    pub until: Option<Nanos>,
    /// The key to look at, if the finding is about one.
    pub key: Option<String>,
}

impl Focus {
    /// Finds the place that a run's worst finding is about.
    pub fn of(outcome: &Outcome) -> Focus {
        let decisive = outcome.verdict.decisive();
        decisive.map_or_else(Focus::default, |check| of_check(check, &outcome.evidence))
    }

    /// The arguments of `replay` that show it, each with a space before it.
    pub fn arguments(&self) -> String {
        let mut arguments = String::new();
        if let Some(from) = self.from {
            arguments += &format!(" --from {}", argument(from));
        }
        if let Some(until) = self.until {
            arguments += &format!(" --until {}", argument(until));
        }
        if let Some(key) = &self.key {
            arguments += &format!(" --key {}", shell_word(key.as_ref()));
        }
        arguments
    }
}

fn of_check(check: &Check, evidence: &Evidence) -> Focus {
    match check.name {
        CheckName::Linearizable => {
            check.violation.as_deref().map_or_else(Focus::default, of_violation)
        }
        CheckName::NoCrash => moment(evidence.crashes.first().map(|crash| crash.at)),
        CheckName::RaftSafety => {
            let first = evidence.raft.as_ref().and_then(|found| found.first());
            moment(first.map(|violation| violation.at))
        }
        CheckName::Answers => moment(evidence.counts.malformed.first().map(|anomaly| anomaly.at)),
        CheckName::NoRetryStorm => evidence.storms.first().map_or_else(Focus::default, |storm| {
            let key = storm.key.as_deref().map(str::to_owned);
            let until = Some(storm.since + BEFORE);
            Focus { until, key, ..since(storm.since) }
        }),
        CheckName::Answered => {
            evidence.unanswered.first().map_or_else(Focus::default, |request| since(request.at))
        }
        _ => Focus::default(),
    }
}

/// From before the first of the operations that prove it to after the last.
fn of_violation(violation: &linearizability::Violation) -> Focus {
    let operations = &violation.operations;
    let first = operations.iter().map(|operation| operation.invoke).min().unwrap_or(0);
    let ends = operations.iter().map(|operation| operation.returned);
    // What never returned has no end.
    let last = ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max());
    Focus {
        until: last.map(|last| last + AROUND),
        key: Some(violation.key.clone()),
        ..since(first)
    }
}

fn since(at: Nanos) -> Focus {
    Focus { from: Some(at.saturating_sub(AROUND)), ..Focus::default() }
}

/// Returns the span that leads to a moment.
fn moment(at: Option<Nanos>) -> Focus {
    let Some(at) = at else { return Focus::default() };
    Focus { from: Some(at.saturating_sub(BEFORE)), until: Some(at + AROUND), key: None }
}

/// A moment as an argument, to the millisecond: one before what is meant, or after it, is as good.
fn argument(at: Nanos) -> String {
    let millis = at.div_ceil(1_000_000);
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_short_arguments() {
        let shown = [0, 10_000_000_000, 1_156_250_000].map(argument);
        assert_eq!(shown, ["0", "10", "1.157"]);
    }

    #[test]
    fn a_focus_is_arguments_of_replay() {
        let key = Some("a key".to_owned());
        let focus = Focus { from: Some(1_500_000_000), until: None, key };
        assert_eq!(focus.arguments(), " --from 1.5 --key 'a key'");
        assert_eq!(Focus::default().arguments(), "");
    }
}
