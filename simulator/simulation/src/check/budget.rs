//! The check of budgets: none of the course's four metrics earns "No credit", the scenario's own budgets are kept, and
//! the packet limit was not reached.

use crate::check::checker::{Checker, Input, Ruling, always};
use crate::check::{Breach, Class, Subject, budgets, cause};
use crate::evidence::CutShort;
use crate::metrics::Tier;
use crate::seconds::seconds;
use crate::text::thousands;

pub(super) const CHECKER: Checker =
    Checker { name: "budget", fails_as: Class::Budget, applies: always, judge };

/// A metric's value, and the least that earns no credit.
fn against_bound(input: &Input<'_>, subject: Subject) -> String {
    let (metrics, bounds) = (&input.evidence.metrics, &input.plan.benchmarks);
    let (value, bound) = match subject {
        Subject::TotalMessages => (metrics.total_messages, bounds.total_msgs[2]),
        Subject::Failures => (metrics.failures, bounds.failures[2]),
        Subject::Duplicates => (metrics.duplicates, bounds.duplicates[2]),
        _ => {
            let (value, bound) =
                (seconds(metrics.median_latency), seconds(bounds.median_latency[2]));
            return format!("{value}, and credit takes less than {bound}");
        }
    };
    format!("{}, and credit takes fewer than {}", thousands(value), thousands(bound))
}

fn judge(input: &Input<'_>) -> Ruling {
    let tiers = input.tiers;
    let metrics = [
        (Subject::TotalMessages, "total messages earn", tiers.total_messages),
        (Subject::Failures, "failures earn", tiers.failures),
        (Subject::Duplicates, "duplicates earn", tiers.duplicates),
        (Subject::MedianLatency, "median latency earns", tiers.median_latency),
    ];
    let is_bound = input.evidence.for_the_course;
    let exceeded = metrics.into_iter().filter(|(_, _, tier)| is_bound && *tier == Tier::None);
    let mut breaches: Vec<Breach> = exceeded
        .map(|(subject, metric, _)| {
            let reason = format!("{metric} no credit: {}", against_bound(input, subject));
            Breach { subject, reason }
        })
        .collect();
    if input.evidence.cut_short == Some(CutShort::PacketStorm) {
        let reason = cause::packet_storm(input.evidence);
        breaches.push(Breach { subject: Subject::PacketLimit, reason });
    }
    breaches.extend(budgets::breaches(input));
    let otherwise = if is_bound {
        "all four metrics earn credit"
    } else {
        "the packet limit was not reached; the course's bounds are not this system's"
    };
    Ruling::of_breaches(breaches, otherwise)
}
