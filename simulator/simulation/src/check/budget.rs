//! The message budget and the course's other three metrics.

use crate::check::liveness::packet_storm;
use crate::check::{Check, Class};
use crate::evidence::{CutShort, Evidence};
use crate::metrics::{Tier, Tiers};

/// Within budget: no metric earns "No credit", and the packet limit was not reached.
pub(crate) fn check(evidence: &Evidence, tiers: &Tiers) -> Check {
    let mut over: Vec<String> = [
        ("total messages earn", tiers.total_messages),
        ("failures earn", tiers.failures),
        ("duplicates earn", tiers.duplicates),
        ("median latency earns", tiers.median_latency),
    ]
    .into_iter()
    .filter(|(_, tier)| *tier == Tier::None)
    .map(|(metric, _)| format!("{metric} no credit"))
    .collect();
    if evidence.cut_short == Some(CutShort::PacketStorm) {
        over.push(packet_storm(evidence));
    }
    let ok = over.is_empty();
    let detail = if ok { "all four metrics earn credit".to_owned() } else { over.join("\n") };
    Check::new("budget", Class::Budget, ok, detail)
}
