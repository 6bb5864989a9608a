//! Does the system get anywhere: nobody crashed, requests are answered, everything recovers.

use crate::check::course::{Totals, too_much_unanswered};
use crate::check::{Check, Class};
use crate::evidence::{CutShort, Evidence, Recovery};
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
    let detail = match evidence.crashes.as_slice() {
        [] => "no replica crashed".to_owned(),
        crashes => {
            let each = crashes
                .iter()
                .map(|crash| format!("{} at {}: {}", crash.node, moment(crash.at), crash.message));
            each.collect::<Vec<_>>().join("\n")
        }
    };
    let ok = evidence.crashes.is_empty();
    Check::new("no_crash", Class::Crash, ok, detail)
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

/// Enough of the scenario's requests were answered (the limits are the scenario's).
pub(crate) fn answered(plan: &Plan, evidence: &Evidence) -> Check {
    let broken = too_much_unanswered(plan, evidence, Totals::asked(evidence));
    let (count, detail) = (evidence.metrics.unanswered, broken.join("\n"));
    let detail = match (broken.is_empty(), count) {
        (false, _) => detail,
        (true, 0) => "every request was answered".to_owned(),
        (true, _) => {
            let each = evidence.unanswered.iter().take(3).map(|request| {
                let (client, what, to) = (request.client, &request.what, request.to);
                format!("{client} {what} asked of {to} at {}", seconds(request.at))
            });
            let list = each.collect::<Vec<_>>().join("; ");
            format!("{count} without an answer, within the limits: {list}")
        }
    };
    let ok = broken.is_empty() && evidence.cut_short != Some(CutShort::AllDead);
    Check::new("answered", Class::Liveness, ok, detail)
}
