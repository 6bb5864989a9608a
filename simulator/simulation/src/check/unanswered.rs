//! The scenario's bounds on unanswered requests, as fractions of the requests that were due or, in the course, planned.

use crate::evidence::Evidence;
use crate::plan::{Plan, RequestKind};
use crate::units::Ratio;

/// The numbers of gets and puts of which a bound is a fraction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    pub(super) gets: u64,
    puts: u64,
}

impl Totals {
    /// Returns the requests that were due before the run ended, by the kind with which they were sent: a planned get
    /// whose client has no key to read is a put.
    pub(super) fn asked(evidence: &Evidence) -> Totals {
        let counts = &evidence.counts;
        let turned = counts.gets_not_generated;
        Totals { gets: counts.planned_gets - turned, puts: counts.planned_puts + turned }
    }

    /// Returns all requests of the plan, by their planned kind.
    ///
    /// The course's simulator counts them before the run begins. So a packet storm that ends the run early leaves its
    /// bounds unchanged, and more puts can be unanswered than it counts.
    pub(super) fn planned(plan: &Plan) -> Totals {
        let gets = plan.requests.iter().filter(|request| request.kind == RequestKind::Get).count();
        Totals { gets: gets as u64, puts: (plan.requests.len() - gets) as u64 }
    }
}

/// Returns descriptions of the exceeded bounds on unanswered requests.
///
/// `which` precedes "gets" and "puts" in the text, and names the requests that the totals count.
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
            // A get for want of a key becomes a put, so there may be more puts than were planned.
            broken.push(if count > of {
                format!("{count} {what} were not answered, the limit is {limit} of the {of} {which}{what}")
            } else {
                format!("{count} of {of} {which}{what} were not answered, the limit is {limit}")
            });
        }
    }
    if evidence.counts.keys_acknowledged == 0 && of.puts > 0 {
        broken.push("no put was ever acknowledged".to_owned());
    }
    broken
}

/// Returns `count > of * fraction`, computed exactly.
pub(super) fn exceeds(count: u64, of: u64, fraction: Ratio) -> bool {
    u128::from(count) * u128::from(Ratio::BILLION) > u128::from(of) * u128::from(fraction.ppb())
}
