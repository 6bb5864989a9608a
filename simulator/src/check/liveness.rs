//! Does the system get anywhere: nobody crashed, requests are answered, everything recovers.

use crate::check::course::{Totals, too_much_unanswered};
use crate::check::{Check, Class};
use crate::evidence::{CutShort, Evidence, Recovery};
use crate::node::Death;
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
pub(crate) fn recovered(evidence: &Evidence) -> Check {
    let (ok, detail) = match &evidence.recovery {
        Recovery::Recovered(after) => {
            let what = "all living replicas agree, all fresh requests answered";
            (true, format!("{what} within {} of healing", seconds(*after)))
        }
        Recovery::Stuck(missing) => {
            let shown: Vec<_> = missing.iter().take(4).map(String::as_str).collect();
            let more = match missing.len().saturating_sub(shown.len()) {
                0 => String::new(),
                count => format!("\nand {count} more"),
            };
            (false, format!("{}{more}", shown.join("\n")))
        }
        Recovery::NoMajority { living } => {
            (true, format!("skipped: only {living} replicas live, which is no majority"))
        }
        Recovery::NotReached if evidence.storm_at.is_some() => {
            (true, "skipped: in a retry storm there is no recovery".to_owned())
        }
        Recovery::NotReached => (true, "skipped: the run ended before".to_owned()),
    };
    Check::new("recovery", Class::Liveness, ok, detail)
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
