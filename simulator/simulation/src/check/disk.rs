//! A note about processes that crashed and had kept nothing on their disks.
//!
//! A replica whose memory was its only copy is not at fault for that alone, but it explains what it forgot.

use std::collections::BTreeMap;

use crate::api::{NodeId, Unkept};
use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling};

// It only informs, and never decides the verdict.
pub(super) const CHECKER: Checker =
    Checker { name: "disk", fails_as: Class::Pass, applies: some_kept_nothing, judge };

fn some_kept_nothing(input: &Input<'_>) -> bool {
    !input.evidence.unkept.is_empty()
}

fn judge(input: &Input<'_>) -> Ruling {
    // A replica that has written something counts as one that has, though it once crashed before.
    let mut reasons: BTreeMap<NodeId, Unkept> = BTreeMap::new();
    for &(node, why) in &input.evidence.unkept {
        let reason = reasons.entry(node).or_insert(why);
        *reason = why.max(*reason);
    }
    let told = [
        (Unkept::WroteNothing, "had written no file"),
        (Unkept::SyncedNothing, "had never synced (fsync) what they wrote"),
    ];
    let line = |(why, phrase): (Unkept, &str)| {
        let nodes = reasons.iter().filter(|(_, reason)| **reason == why);
        let nodes: Vec<String> = nodes.map(|(node, _)| node.to_string()).collect();
        let nodes = (!nodes.is_empty()).then(|| nodes.join(" "))?;
        Some(format!("when they crashed, {nodes} {phrase}, so they started again from nothing"))
    };
    Ruling::fails(told.into_iter().filter_map(line).collect::<Vec<_>>().join("\n"))
}
