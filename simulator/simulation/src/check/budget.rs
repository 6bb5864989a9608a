//! The check of the message budget and the course's other three metrics: none earns "No credit", and the packet limit
//! was not reached.

use crate::check::checker::{Checker, Input, Ruling, always};
use crate::check::{Breach, Class, Subject, cause};
use crate::evidence::CutShort;
use crate::metrics::Tier;

pub(super) const CHECKER: Checker =
    Checker { name: "budget", fails_as: Class::Budget, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let tiers = input.tiers;
    let metrics = [
        (Subject::TotalMessages, "total messages earn", tiers.total_messages),
        (Subject::Failures, "failures earn", tiers.failures),
        (Subject::Duplicates, "duplicates earn", tiers.duplicates),
        (Subject::MedianLatency, "median latency earns", tiers.median_latency),
    ];
    let exceeded = metrics.into_iter().filter(|(_, _, tier)| *tier == Tier::None);
    let mut breaches: Vec<Breach> = exceeded
        .map(|(subject, metric, _)| Breach { subject, reason: format!("{metric} no credit") })
        .collect();
    if input.evidence.cut_short == Some(CutShort::PacketStorm) {
        let reason = cause::packet_storm(input.evidence);
        breaches.push(Breach { subject: Subject::PacketLimit, reason });
    }
    Ruling::of_breaches(breaches, "all four metrics earn credit")
}
