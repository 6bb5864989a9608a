//! The course's own verdict, beside the true one: so that a student can compare, and see why the
//! two differ.

use crate::check::{Check, Class};
use crate::evidence::{CutShort, Evidence};
use crate::plan::Plan;
use crate::scenario::Ratio;

/// The scenario's bounds on what may go unanswered.
pub(crate) struct Limits<'a> {
    plan: &'a Plan,
    evidence: &'a Evidence,
}

impl<'a> Limits<'a> {
    pub fn new(plan: &'a Plan, evidence: &'a Evidence) -> Self {
        Limits { plan, evidence }
    }

    /// The bounds that were broken, in words.
    pub fn broken(&self) -> Vec<String> {
        let (counts, limits) = (&self.evidence.counts, &self.plan.limits);
        let (gets, puts) = (counts.planned_gets, counts.planned_puts);
        let unanswered = |is_get| {
            let of_kind = |request: &&_| is_get_request(request) == is_get;
            self.evidence.unanswered.iter().filter(of_kind).count() as u64
        };
        let rows = [
            ("gets were not answered", unanswered(true), gets, limits.maximum_get_fail_fraction),
            ("puts were not answered", unanswered(false), puts, limits.maximum_put_fail_fraction),
            (
                "gets had no acknowledged key to ask for",
                counts.gets_not_generated,
                gets,
                limits.maximum_get_generation_fail_fraction,
            ),
        ];
        let over = |&(_, count, of, limit): &(&str, u64, u64, Ratio)| exceeds(count, of, limit);
        let mut broken: Vec<String> = rows
            .into_iter()
            .filter(over)
            .map(|(what, count, of, limit)| format!("{count} of {of} {what}, more than {limit}"))
            .collect();
        if counts.keys_acknowledged == 0 {
            broken.push("no put was ever acknowledged".to_owned());
        }
        broken
    }
}

fn is_get_request(request: &crate::evidence::Unanswered) -> bool {
    request.is_get
}

/// `count > of * fraction`, exactly.
fn exceeds(count: u64, of: u64, fraction: Ratio) -> bool {
    u128::from(count) * u128::from(Ratio::BILLION) > u128::from(of) * u128::from(fraction.ppb())
}

/// The least messages that the course believes replication takes: `requests × replicas ×
/// (1 − mix) × (1 − batched)`, rounded up.
fn least_messages(plan: &Plan) -> u64 {
    let billion = u128::from(Ratio::BILLION);
    let rest = |ratio: Ratio| billion - u128::from(ratio.ppb());
    let batched = rest(plan.limits.maximum_appends_batched_fraction);
    let product = plan.requests.len() as u128 * u128::from(plan.replicas) * rest(plan.mix) * batched;
    product.div_ceil(billion * billion) as u64
}

/// What the original simulator would say. Never decides our verdict.
pub(crate) fn check(plan: &Plan, evidence: &Evidence, ours: Class) -> Check {
    let counts = &evidence.counts;
    let mut reasons = Limits::new(plan, evidence).broken();
    let incorrect = counts.malformed.len() + counts.stale.len();
    if incorrect > 0 {
        let first = counts.malformed.iter().chain(&counts.stale).min_by_key(|oddity| oddity.at);
        let first = first.map_or("", |oddity| oddity.what.as_str());
        reasons.push(format!("{incorrect} answers it calls incorrect, the first: {first}"));
    }
    let least = least_messages(plan);
    if evidence.metrics.total_messages < least {
        reasons.push(format!("fewer than {least} messages between replicas"));
    }
    let ok = reasons.is_empty();
    let mut detail = if ok { "passes".to_owned() } else { format!("fails: {}", reasons.join("; ")) };
    if ok && matches!(ours, Class::Correctness | Class::Crash | Class::Liveness) {
        detail.push_str(match ours {
            Class::Correctness => ", since it checks no more than that a client reads its own writes",
            Class::Crash => ", since a crashed process goes unnoticed over UDP",
            _ => ", since it neither counts repeated requests nor waits for recovery",
        });
    } else if !ok && ours == Class::Pass && incorrect > 0 {
        detail.push_str(" (it calls legal what is not and the reverse; the history is linearizable)");
    }
    if evidence.cut_short == Some(CutShort::PacketStorm) {
        detail.push_str("; it stops at this many messages, too");
    }
    Check { name: "course", fails_as: Class::Pass, ok, detail }
}
