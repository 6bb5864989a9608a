//! Does the system get anywhere: nobody crashed, requests are answered, everything recovers.

use crate::api::Death;
use crate::check::course::{Totals, too_much_unanswered};
use crate::check::{Check, Class, cause};
use crate::evidence::{CutShort, Disagreement, Evidence, Recovery, Stuck};
use crate::plan::Plan;
use crate::seconds::{moment, seconds};

/// Somebody ended the run before its time: what would have come is not known.
pub(crate) fn complete(evidence: &Evidence) -> Option<Check> {
    (evidence.cut_short == Some(CutShort::Stopped)).then(|| {
        let detail = format!("ended by the user after {}", seconds(evidence.ended));
        Check::new("complete", Class::Unknown, false, detail)
    })
}

/// No replica panicked.
pub(crate) fn no_crash(evidence: &Evidence) -> Check {
    let mut detail: Vec<String> = Vec::new();
    let mut told: Vec<&Death> = Vec::new();
    for crash in &evidence.crashes {
        // The same mistake ends all replicas, with the same words.
        if !told.contains(&&crash.death) {
            told.push(&crash.death);
            detail.push(format!("{}: {}", victims(evidence, &crash.death), crash.death));
        }
    }
    let short = evidence
        .crashes
        .first()
        .map(|crash| format!("{}: {}", victims(evidence, &crash.death), crash.death.brief()));
    if detail.is_empty() {
        detail.push("no replica crashed".to_owned());
    }
    let ok = evidence.crashes.is_empty();
    Check { short, ..Check::new("no_crash", Class::Crash, ok, detail.join("\n")) }
}

/// Those that died of something, each with the time: the first few.
fn victims(evidence: &Evidence, death: &Death) -> String {
    const MOST: usize = 5;
    let same = evidence.crashes.iter().filter(|crash| crash.death == *death);
    let shown = same.clone().take(MOST).map(|it| format!("{} at {}", it.node, moment(it.at)));
    let more = match same.count().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.collect::<Vec<_>>().join(", ") + &more
}

/// After healing, all agree and every fresh request is answered.
pub(crate) fn recovered(plan: &Plan, evidence: &Evidence) -> Check {
    let check = |ok, detail: String| Check::new("recovery", Class::Liveness, ok, detail);
    match &evidence.recovery {
        Recovery::Recovered(after) => {
            let what = "all living replicas agree, all fresh requests answered";
            check(true, format!("{what} within {} of {}", seconds(*after), whatever_ended(plan)))
        }
        Recovery::Stuck(stuck) => check(false, why_stuck(plan, evidence, stuck)),
        Recovery::NoMajority { living } => {
            check(true, format!("skipped: only {living} replicas live, which is no majority"))
        }
        Recovery::NotReached if evidence.storm_at.is_some() => {
            check(true, "skipped: in a retry storm there is no recovery".to_owned())
        }
        Recovery::NotReached => check(true, "skipped: the run ended before".to_owned()),
    }
}

/// What the time to recover counts from.
fn whatever_ended(plan: &Plan) -> &'static str {
    if plan.is_calm() { "the scenario's end" } else { "healing" }
}

/// Why a cluster did not recover: what is known of the cause, then what is missing.
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

/// Why a run ended early in which the replicas sent more than they may.
pub(crate) fn packet_storm(evidence: &Evidence) -> String {
    let (count, at) = (evidence.messages, moment(evidence.ended));
    format!("a packet storm, {count} messages between replicas by {at}, ended the run")
}

/// Enough of the scenario's requests were answered (the limits are the scenario's).
pub(crate) fn answered(plan: &Plan, evidence: &Evidence) -> Check {
    let mut broken = too_much_unanswered(plan, evidence, Totals::asked(evidence), "");
    if let (Some(first), Some(CutShort::PacketStorm)) = (broken.first_mut(), evidence.cut_short) {
        *first = format!("{}: {first}", packet_storm(evidence));
    }
    // Where the cluster did not recover, that is told there.
    if !broken.is_empty() && !matches!(evidence.recovery, Recovery::Stuck(_)) {
        broken.extend(cause::of_silence(evidence));
    }
    let (count, detail) = (evidence.metrics.unanswered, broken.join("\n"));
    let detail = match (broken.is_empty(), count) {
        (false, _) => detail,
        (true, 0) => "every request of the scenario was answered".to_owned(),
        (true, _) => {
            let each = evidence.unanswered.iter().take(3).map(|request| {
                let (client, what, to) = (request.client, &request.what, request.to);
                format!("{client} {what} asked of {to} at {}", seconds(request.at))
            });
            let list = each.collect::<Vec<_>>().join("; ");
            let limits = &plan.limits;
            let (gets, puts) = (limits.maximum_get_fail_fraction, limits.maximum_put_fail_fraction);
            format!(
                "{count} without an answer, within maximum_get_fail_fraction ({gets}) and \
                 maximum_put_fail_fraction ({puts}): {list}"
            )
        }
    };
    let ok = broken.is_empty() && evidence.cut_short != Some(CutShort::AllDead);
    Check::new("answered", Class::Liveness, ok, detail)
}
