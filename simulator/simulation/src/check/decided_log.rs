//! The check of decided logs, by the monitor's findings, if the replicas show theirs.

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling};
use crate::seconds::moment;

pub(super) const CHECKER: Checker = Checker {
    name: "decided_log",
    fails_as: Class::Correctness,
    applies: |input| input.evidence.decided.is_some(),
    judge,
};

fn judge(input: &Input<'_>) -> Ruling {
    let violations = input.evidence.decided.as_deref().unwrap_or_default();
    let Some(first) = violations.first() else {
        return Ruling::holds("agreement, no gap and never undecided held after every step");
    };
    let (rule, node, what, at) = (first.rule, first.node, &first.what, moment(first.at));
    let more = match violations.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    Ruling::fails(format!("{rule} broken at {at}: {node} {what}{more}"))
}
