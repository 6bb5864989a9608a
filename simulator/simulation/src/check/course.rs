//! The course's own verdict.
//!
//! A student can compare it with this simulator's verdict and see why they differ.

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling, of_the_course};
use crate::check::unanswered::{Totals, exceeds, too_much_unanswered};
use crate::evidence::{CutShort, Evidence};
use crate::plan::Plan;
use crate::seconds::moment;
use crate::text::count;
use crate::units::Ratio;

// It only informs, and never decides the verdict.
pub(super) const CHECKER: Checker =
    Checker { name: "course", fails_as: Class::Pass, applies: of_the_course, judge };

/// Returns a sentence if too many gets became puts, because their client had no acknowledged key yet.
///
/// Some always do: a client's first request may be a get. So only the course's verdict counts them.
fn too_few_gets(plan: &Plan, evidence: &Evidence, of: Totals) -> Option<String> {
    let (count, of) = (evidence.counts.gets_not_generated, of.gets);
    let limit = plan.limits.maximum_get_generation_fail_fraction;
    exceeds(count, of, limit)
        .then(|| format!("{count} of {of} gets found no acknowledged key, the limit is {limit}"))
}

/// Returns the smallest number of messages that the course expects of replication: `requests × replicas × (1 − mix) ×
/// (1 − batched)`, rounded up.
fn least_messages(plan: &Plan) -> u64 {
    let billion = u128::from(Ratio::BILLION);
    let rest = |ratio: Ratio| billion - u128::from(ratio.ppb());
    let batched = rest(plan.limits.maximum_appends_batched_fraction);
    let product =
        plan.requests.len() as u128 * u128::from(plan.replicas) * rest(plan.mix) * batched;
    product.div_ceil(billion * billion) as u64
}

/// Judges a run as the course's simulator does.
fn judge(input: &Input<'_>) -> Ruling {
    let &Input { plan, evidence, so_far, .. } = input;
    let counts = &evidence.counts;
    let of = Totals::planned(plan);
    let mut reasons = too_much_unanswered(plan, evidence, of, "planned ");
    reasons.extend(too_few_gets(plan, evidence, of));
    let incorrect = counts.malformed.len() + counts.stale.len();
    if incorrect > 0 {
        let first = counts.malformed.iter().chain(&counts.stale).min_by_key(|anomaly| anomaly.at);
        let first = first.map_or("", |anomaly| anomaly.what.as_str());
        reasons.push(format!("{incorrect} answers it calls incorrect, the first: {first}"));
    }
    if let [(at, first), ..] = evidence.mistaken.as_slice() {
        let (many, at) = (count(evidence.mistaken.len(), "replica"), moment(*at));
        reasons.push(format!(
            "it takes {many} for dead, to which something was sent before their hello: the first is {first}, at {at}"
        ));
    }
    let least = least_messages(plan);
    if evidence.metrics.total_messages < least {
        reasons.push(format!("fewer than {least} messages between replicas"));
    }
    let ok = reasons.is_empty();
    let mut detail =
        if ok { "passes".to_owned() } else { format!("fails: {}", reasons.join("; ")) };
    if ok && matches!(so_far, Class::Correctness | Class::Crash | Class::Liveness) {
        detail.push_str(match so_far {
            Class::Correctness => {
                ", since it checks no more than that a client reads its own writes"
            }
            Class::Crash => ", since a crashed process goes unnoticed over UDP",
            _ => ", since it neither counts repeated requests nor waits for recovery",
        });
    } else if !ok && so_far == Class::Pass && incorrect > 0 {
        detail
            .push_str(" (it calls legal what is not and the reverse; the history is linearizable)");
    }
    if evidence.cut_short == Some(CutShort::PacketStorm) {
        detail.push_str("; it stops at this many messages, too");
    }
    Ruling::fails_if(!ok, detail)
}
