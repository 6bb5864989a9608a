//! The check that enough of the scenario's requests were answered, by the scenario's own limits.

use crate::check::checker::{Checker, Input, Ruling, always};
use crate::check::unanswered::{Totals, too_much_unanswered};
use crate::check::{Class, cause};
use crate::evidence::{CutShort, Recovery};
use crate::seconds::seconds;

pub(super) const CHECKER: Checker =
    Checker { name: "answered", fails_as: Class::Liveness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let (plan, evidence) = (input.plan, input.evidence);
    let mut broken = too_much_unanswered(plan, evidence, Totals::asked(evidence), "");
    if let (Some(first), Some(CutShort::PacketStorm)) = (broken.first_mut(), evidence.cut_short) {
        *first = format!("{}: {first}", cause::packet_storm(evidence));
    }
    // If the cluster did not recover, the check of the recovery reports the cause.
    if !broken.is_empty() && !matches!(evidence.recovery, Recovery::Stuck(_)) {
        broken.extend(cause::of_silence(evidence));
    }
    let fails = !broken.is_empty() || evidence.cut_short == Some(CutShort::AllDead);
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
    Ruling::fails_if(fails, detail)
}
