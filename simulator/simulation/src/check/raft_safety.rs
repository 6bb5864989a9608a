//! The safety properties of Raft, where the replicas offer a window: what the monitor saw broken.

use crate::check::{Check, Class};
use crate::evidence::Evidence;
use crate::seconds::moment;

/// The verdict on Raft's safety, where there was a window to look through.
pub(crate) fn check(evidence: &Evidence) -> Check {
    let (ok, detail) = match &evidence.raft {
        None => (true, "skipped: the replicas offer no window into their logs".to_owned()),
        Some(violations) => match violations.as_slice() {
            [] => (true, "all properties of figure 3 held after every step".to_owned()),
            [first, ..] => {
                let (property, node, what) = (first.property, first.node, &first.what);
                let more = match violations.len() {
                    1 => String::new(),
                    count => format!(" (and {} more)", count - 1),
                };
                let at = moment(first.at);
                (false, format!("{property} broken at {at}: {node} {what}{more}"))
            }
        },
    };
    Check::new("raft_safety", Class::Correctness, ok, detail)
}
