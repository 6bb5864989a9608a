//! The course's own verdict, beside the true one: so that a student can compare, and see why the
//! two differ.

use crate::check::{Check, Class};
use crate::evidence::{CutShort, Evidence};
use crate::plan::{Plan, RequestKind};
use crate::scenario::Ratio;
use crate::seconds::moment;
use crate::text::count;

/// How many gets and puts a bound is a fraction of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    gets: u64,
    puts: u64,
}

impl Totals {
    /// Those that fell due before the run ended, as what they were asked: a planned get whose client has
    /// no key to read is a put.
    pub(crate) fn asked(evidence: &Evidence) -> Totals {
        let counts = &evidence.counts;
        let turned = counts.gets_not_generated;
        Totals { gets: counts.planned_gets - turned, puts: counts.planned_puts + turned }
    }

    /// All of the plan, as what they were planned. The original counts them before it begins, so a packet
    /// storm that ends the run early leaves its bounds as wide as they were, and there may be more puts
    /// without an answer than puts.
    fn planned(plan: &Plan) -> Totals {
        let gets = plan.requests.iter().filter(|request| request.kind == RequestKind::Get).count();
        Totals { gets: gets as u64, puts: (plan.requests.len() - gets) as u64 }
    }
}

/// The scenario's bounds on unanswered requests, where they are broken, in words.
///
/// `which` goes before "gets" and "puts", and says which ones the totals count.
pub(crate) fn too_much_unanswered(
    plan: &Plan,
    evidence: &Evidence,
    of: Totals,
    which: &str,
) -> Vec<String> {
    let limits = &plan.limits;
    let unanswered = |is_get: bool| {
        let of_kind = evidence.unanswered.iter().filter(|request| request.is_get == is_get);
        of_kind.count() as u64
    };
    let mut broken = Vec::new();
    let rows = [
        ("gets", unanswered(true), of.gets, limits.maximum_get_fail_fraction),
        ("puts", unanswered(false), of.puts, limits.maximum_put_fail_fraction),
    ];
    for (what, count, of, limit) in rows {
        if exceeds(count, of, limit) {
            broken.push(format!(
                "{count} of {of} {which}{what} were not answered, the limit is {limit}"
            ));
        }
    }
    if evidence.counts.keys_acknowledged == 0 && of.puts > 0 {
        broken.push("no put was ever acknowledged".to_owned());
    }
    broken
}

/// Gets that had to become puts because their client had no acknowledged key yet. Some are bound to:
/// a client's first request may be a get. So this is the course's business and no verdict of ours.
fn too_few_gets(plan: &Plan, evidence: &Evidence, of: Totals) -> Option<String> {
    let (count, of) = (evidence.counts.gets_not_generated, of.gets);
    let limit = plan.limits.maximum_get_generation_fail_fraction;
    exceeds(count, of, limit)
        .then(|| format!("{count} of {of} gets found no acknowledged key, the limit is {limit}"))
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
    let product =
        plan.requests.len() as u128 * u128::from(plan.replicas) * rest(plan.mix) * batched;
    product.div_ceil(billion * billion) as u64
}

/// What the original simulator would say. Never decides our verdict.
pub(crate) fn check(plan: &Plan, evidence: &Evidence, ours: Class) -> Check {
    let counts = &evidence.counts;
    let of = Totals::planned(plan);
    let mut reasons = too_much_unanswered(plan, evidence, of, "planned ");
    reasons.extend(too_few_gets(plan, evidence, of));
    let incorrect = counts.malformed.len() + counts.stale.len();
    if incorrect > 0 {
        let first = counts.malformed.iter().chain(&counts.stale).min_by_key(|oddity| oddity.at);
        let first = first.map_or("", |oddity| oddity.what.as_str());
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
    if ok && matches!(ours, Class::Correctness | Class::Crash | Class::Liveness) {
        detail.push_str(match ours {
            Class::Correctness => {
                ", since it checks no more than that a client reads its own writes"
            }
            Class::Crash => ", since a crashed process goes unnoticed over UDP",
            _ => ", since it neither counts repeated requests nor waits for recovery",
        });
    } else if !ok && ours == Class::Pass && incorrect > 0 {
        detail
            .push_str(" (it calls legal what is not and the reverse; the history is linearizable)");
    }
    if evidence.cut_short == Some(CutShort::PacketStorm) {
        detail.push_str("; it stops at this many messages, too");
    }
    Check::new("course", Class::Pass, ok, detail)
}
