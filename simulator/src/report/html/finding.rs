//! The finding: what the page shows first.

use serde::Serialize;

use crate::report::Outcome;
use linearizability::Violation;
use simulation::Nanos;
use simulation::api::NodeId;
use simulation::check::{Check, CheckName, Class};
use simulation::elections::Leadership;
use simulation::evidence::Evidence;
use simulation::invariants::SafetyViolation;
use simulation::picture::Picture;
use simulation::trace::Actor;

use super::proof::{self, ProofOperation};

/// The finding, and the place where to look.
#[derive(Debug, Default, Serialize)]
pub(super) struct Finding {
    check: &'static str,
    class: &'static str,
    /// The finding in one line.
    headline: String,
    /// The rest of what the check says, line by line.
    lines: Vec<String>,
    /// The window that shows it.
    from: Nanos,
    until: Nanos,
    /// The first position of the cursor.
    at: Nanos,
    /// The operations of the proof.
    operations: Vec<ProofOperation>,
    /// The replicas that it is about; all if empty.
    nodes: Vec<u16>,
    /// The attempts that it is about.
    attempts: Vec<usize>,
}

/// A finding without attempts shows no more of them than this.
const MOST_ATTEMPTS: usize = 2_000;

impl Finding {
    /// Widens the window so far that it holds a moment.
    pub(super) fn begin_at(&mut self, at: Nanos) {
        let before = self.until.saturating_sub(at) / 20;
        self.from = self.from.min(at.saturating_sub(before));
    }

    /// Returns the finding that decides on the verdict of a run, if anything failed.
    pub(super) fn of(outcome: &Outcome, picture: &Picture) -> Option<Finding> {
        let check = outcome.verdict.decisive()?;
        let ended = outcome.evidence.ended;
        let finding = match &check.violation {
            Some(violation) => {
                Finding::of_violation(violation, ended, |op| place(picture, violation, op))
            }
            None => of_check(outcome, picture, check),
        };
        let class = outcome.verdict.class.name();
        Some(Finding { check: check.name.as_str(), class, ..finding })
    }

    /// A proof that a history has no legal order; `attempt` finds the attempt of an operation.
    pub(super) fn of_violation(
        violation: &Violation,
        ended: Nanos,
        attempt: impl Fn(&linearizability::Evidence) -> Option<usize>,
    ) -> Finding {
        let operations: Vec<ProofOperation> = violation
            .operations
            .iter()
            .map(|it| ProofOperation {
                number: it.id,
                client: it.client,
                call: it.call.clone(),
                invoke: it.invoke,
                returned: it.returned,
                attempt: attempt(it),
                mark: proof::mark(violation, it),
            })
            .collect();
        let from = operations.iter().map(|it| it.invoke).min().unwrap_or(0);
        let last = operations.iter().map(|it| it.returned.unwrap_or(it.invoke)).max();
        let until = last.unwrap_or(ended).max(violation.lost_at).min(ended);
        let attempts = operations.iter().filter_map(|it| it.attempt).collect();
        let headline = violation.to_string().lines().next().unwrap_or_default().to_owned();
        let lines = violation.sentences();
        // What shows it is the last answer.
        let at = until;
        Finding {
            check: CheckName::Linearizable.as_str(),
            class: Class::Correctness.name(),
            headline,
            lines,
            from,
            until,
            at,
            operations,
            attempts,
            nodes: Vec::new(),
        }
    }
}

/// The attempt that an operation of a proof was.
fn place(
    picture: &Picture,
    violation: &Violation,
    operation: &linearizability::Evidence,
) -> Option<usize> {
    let attempts = &picture.attempts;
    // A client that asks again waits a little, so attempts are sent almost in order.
    attempts.iter().position(|attempt| {
        attempt.sent == operation.invoke
            && u32::from(attempt.client.0) == operation.client
            && picture.text(attempt.key) == violation.key
            && attempt.reply.map(|reply| reply.at) == operation.returned
    })
}

/// Returns the finding of any other check.
fn of_check(outcome: &Outcome, picture: &Picture, check: &Check) -> Finding {
    let (evidence, end) = (&outcome.evidence, outcome.plan.end);
    let ended = evidence.ended;
    let moment = |at: Nanos, nodes: Vec<NodeId>| {
        let around = (ended / 40).clamp(2_000_000, 500_000_000);
        (at.saturating_sub(around), at.saturating_add(around / 4).min(ended), at, nodes)
    };
    let whole = (0, ended, ended, Vec::new());
    let (from, until, at, nodes) = match check.name {
        CheckName::RaftSafety | CheckName::RaftPromises | CheckName::RaftCommits => {
            let first = check.name.violation(evidence);
            first.map_or(whole, |first| {
                let (from, until, at, mut nodes) = moment(first.at, vec![first.node]);
                let before = leader_before(evidence, first);
                nodes.extend(before.map(|led| led.node));
                (before.map_or(from, |led| led.from.min(from)), until, at, nodes)
            })
        }
        CheckName::NoCrash => match evidence.crashes.first() {
            Some(crash) => moment(crash.at, vec![crash.node]),
            None => whole,
        },
        CheckName::Answers => match evidence.counts.malformed.first() {
            Some(oddity) => moment(oddity.at, replica(oddity.who).into_iter().collect()),
            None => whole,
        },
        CheckName::NoRetryStorm => match evidence.storms.first() {
            Some(storm) => {
                let until = evidence.storm_at.unwrap_or(ended).max(storm.since);
                (storm.since, until, until, vec![storm.turned_away.by])
            }
            None => whole,
        },
        CheckName::Progress => match evidence.stall() {
            Some(stall) => (stall.since, stall.until, stall.until, vec![stall.asked]),
            None => whole,
        },
        CheckName::Recovery | CheckName::StateAgreement if ended > end => {
            (end, ended, ended, Vec::new())
        }
        _ => whole,
    };
    let mut lines = check.detail.lines().map(str::to_owned);
    let headline = lines.next().unwrap_or_default();
    let operations = match (check.name, evidence.storms.first()) {
        (CheckName::NoRetryStorm, Some(storm)) => {
            proof::of_storm(picture, storm.key.as_deref().unwrap_or_default(), storm)
        }
        _ => Vec::new(),
    };
    // The leader that acknowledged what is missing now belongs to it.
    let from = operations.iter().map(|it| it.invoke).fold(from, Nanos::min);
    let answered = operations.iter().filter_map(|it| picture.attempts.get(it.attempt?)?.reply);
    let mut nodes = nodes;
    nodes.extend(answered.map(|reply| reply.by));
    Finding {
        headline,
        lines: lines.collect(),
        from,
        until,
        at,
        nodes: nodes.iter().map(|node| node.0).collect(),
        attempts: attempts(outcome, picture, check.name),
        operations,
        ..Finding::default()
    }
}

/// The leader whose work a breach of Raft's safety undid, most likely: the last one before it.
fn leader_before<'e>(evidence: &'e Evidence, breach: &SafetyViolation) -> Option<&'e Leadership> {
    let leaderships = evidence.elections.leaderships.iter().rev();
    leaderships.filter(|led| led.from < breach.at).find(|led| led.node != breach.node)
}

fn replica(who: Actor) -> Option<NodeId> {
    match who {
        Actor::Node(node) => Some(node),
        Actor::Client(_) | Actor::World => None,
    }
}

/// The attempts that a check is about: those that wait, or those of a storm.
fn attempts(outcome: &Outcome, picture: &Picture, check: CheckName) -> Vec<usize> {
    let all = picture.attempts.iter().enumerate();
    let evidence = &outcome.evidence;
    match check {
        CheckName::Recovery | CheckName::Answered | CheckName::Course => {
            let waits = all.filter(|(_, attempt)| attempt.reply.is_none());
            waits.map(|(place, _)| place).take(MOST_ATTEMPTS).collect()
        }
        CheckName::NoRetryStorm => {
            let Some(storm) = evidence.storms.first() else { return Vec::new() };
            let key = storm.key.as_deref().unwrap_or_default();
            let asks = all.filter(|(_, attempt)| {
                picture.text(attempt.key) == key
                    && attempt.put.is_none() == storm.is_get
                    && attempt.sent >= storm.since
            });
            asks.map(|(place, _)| place).take(MOST_ATTEMPTS).collect()
        }
        _ => Vec::new(),
    }
}
