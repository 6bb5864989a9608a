//! The scenario's bounds on unanswered requests: ours count what fell due, the course's what was planned.

use crate::evidence::Evidence;
use crate::plan::{Plan, RequestKind};
use crate::scenario::Ratio;

/// How many gets and puts a bound is a fraction of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    pub(super) gets: u64,
    puts: u64,
}

impl Totals {
    /// Those that fell due before the run ended, as what they were asked: a planned get whose client has
    /// no key to read is a put.
    pub(super) fn asked(evidence: &Evidence) -> Totals {
        let counts = &evidence.counts;
        let turned = counts.gets_not_generated;
        Totals { gets: counts.planned_gets - turned, puts: counts.planned_puts + turned }
    }

    /// All of the plan, as what they were planned. The original counts them before it begins, so a packet
    /// storm that ends the run early leaves its bounds as wide as they were, and there may be more puts
    /// without an answer than puts.
    pub(super) fn planned(plan: &Plan) -> Totals {
        let gets = plan.requests.iter().filter(|request| request.kind == RequestKind::Get).count();
        Totals { gets: gets as u64, puts: (plan.requests.len() - gets) as u64 }
    }
}

/// The scenario's bounds on unanswered requests, where they are broken, in words.
///
/// `which` goes before "gets" and "puts", and says which ones the totals count.
pub(super) fn too_much_unanswered(
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

/// `count > of * fraction`, exactly.
pub(super) fn exceeds(count: u64, of: u64, fraction: Ratio) -> bool {
    u128::from(count) * u128::from(Ratio::BILLION) > u128::from(of) * u128::from(fraction.ppb())
}
