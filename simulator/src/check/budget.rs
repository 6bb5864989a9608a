//! The message budget and the course's other three metrics.

use crate::check::{Check, Class};
use crate::evidence::{CutShort, Evidence};
use crate::metrics::{Tier, Tiers};
use crate::plan::Plan;

/// Within budget: no metric earns "No credit", and the packet limit was not reached.
pub(crate) fn check(plan: &Plan, evidence: &Evidence, tiers: &Tiers) -> Check {
    let mut over: Vec<String> = [
        ("total messages", tiers.total_messages),
        ("failures", tiers.failures),
        ("duplicates", tiers.duplicates),
        ("median latency", tiers.median_latency),
    ]
    .into_iter()
    .filter(|(_, tier)| *tier == Tier::None)
    .map(|(metric, _)| format!("{metric} earn no credit"))
    .collect();
    if evidence.cut_short == Some(CutShort::PacketStorm) {
        over.push(format!("the replicas sent {} messages: a packet storm", plan.max_messages));
    }
    let ok = over.is_empty();
    let detail = if ok { "all four metrics earn credit".to_owned() } else { over.join("\n") };
    Check::new("budget", Class::Budget, ok, detail)
}
