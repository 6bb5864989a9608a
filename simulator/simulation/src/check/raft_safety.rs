//! The check of Raft's safety properties, by the monitor's findings, if the replicas offer a window.

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling, always};
use crate::seconds::moment;

pub(super) const CHECKER: Checker =
    Checker { name: "raft_safety", fails_as: Class::Correctness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let Some(violations) = &input.evidence.raft else {
        return Ruling::skipped("the replicas offer no window into their logs");
    };
    let Some(first) = violations.first() else {
        return Ruling::holds("all properties of figure 3 held after every step");
    };
    let (property, node, what, at) = (first.property, first.node, &first.what, moment(first.at));
    let more = match violations.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    Ruling::fails(format!("{property} broken at {at}: {node} {what}{more}"))
}
