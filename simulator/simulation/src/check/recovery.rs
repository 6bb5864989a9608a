//! The check that after healing all living replicas agree and every fresh request is answered.

use crate::check::checker::{Checker, Input, Ruling, always};
use crate::check::{Class, cause};
use crate::evidence::{Disagreement, Evidence, Recovery, Stuck};
use crate::plan::Plan;
use crate::seconds::seconds;

pub(super) const CHECKER: Checker =
    Checker { name: "recovery", fails_as: Class::Liveness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let (plan, evidence) = (input.plan, input.evidence);
    match &evidence.recovery {
        Recovery::Recovered(after) => {
            let what = "all living replicas agree, all fresh requests answered";
            Ruling::holds(format!("{what} within {} of {}", seconds(*after), whatever_ended(plan)))
        }
        Recovery::Stuck(stuck) => Ruling::fails(why_stuck(plan, evidence, stuck)),
        Recovery::NoMajority { living } => {
            Ruling::skipped(format!("only {living} replicas live, which is no majority"))
        }
        Recovery::NotReached if evidence.storm_at.is_some() => {
            Ruling::skipped("in a retry storm there is no recovery")
        }
        Recovery::NotReached => Ruling::skipped("the run ended before"),
    }
}

/// Returns the event from which the time to recover counts.
fn whatever_ended(plan: &Plan) -> &'static str {
    if plan.is_calm() { "the scenario's end" } else { "healing" }
}

/// Returns the known causes of a failed recovery, then the missing answers and agreement.
fn why_stuck(plan: &Plan, evidence: &Evidence, stuck: &Stuck) -> String {
    const MOST: usize = 4;
    if stuck.is_storm {
        return "requests were asked again and again: a retry storm".to_owned();
    }
    let when =
        if plan.is_calm() { "after the scenario's end" } else { "once everything had healed" };
    let mut missing: Vec<String> = Vec::new();
    for request in &stuck.unanswered {
        let (what, to) = (&request.what, request.to);
        missing.push(format!("{what}, asked of {to} {when}, was not answered"));
    }
    missing.extend(stuck.disagreement.map(|disagreement| match disagreement {
        Disagreement::Commits { first: (first, ours), second: (second, theirs) } => {
            format!("{first} has committed {ours} entries, {second} {theirs}")
        }
        Disagreement::States { first, second, index } => {
            format!("{first} and {second} have different states at commit index {index}")
        }
    }));
    if missing.is_empty() {
        missing.push("a request was asked again and again".to_owned());
    }
    let more = missing.len().saturating_sub(MOST);
    missing.truncate(MOST);
    if more > 0 {
        missing.push(format!("and {more} more"));
    }
    let mut lines = cause::of_silence(evidence);
    lines.append(&mut missing);
    lines.join("\n")
}
