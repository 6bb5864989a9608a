//! The ruling on a group of Raft's rules, by the findings of the monitor.

use crate::check::CheckName;
use crate::check::checker::{Input, Ruling};
use crate::evidence::Evidence;
use crate::invariants::{Rules, SafetyViolation};
use crate::seconds::moment;

/// Judges the rules of a group, which `holds` names.
pub(super) fn judge(input: &Input<'_>, rules: Rules, holds: &str) -> Ruling {
    if input.evidence.raft.is_none() {
        return Ruling::skipped("the replicas offer no window into their logs");
    }
    let mut violations = input.evidence.violations(rules);
    let Some(first) = violations.next() else { return Ruling::holds(holds) };
    let (property, node, what, at) = (first.property, first.node, &first.what, moment(first.at));
    let more = match violations.count() {
        0 => String::new(),
        count => format!(" (and {count} more)"),
    };
    Ruling::fails(format!("{property} broken at {at}: {node} {what}{more}"))
}

impl CheckName {
    /// Returns the first violation that a check is about; `None` for a check of something else.
    pub fn violation(self, evidence: &Evidence) -> Option<&SafetyViolation> {
        evidence.violations(self.rules()?).next()
    }

    /// Returns the group of rules that a check judges, if it judges one.
    pub(crate) fn rules(self) -> Option<Rules> {
        match self {
            CheckName::RaftSafety => Some(Rules::Safety),
            CheckName::RaftPromises => Some(Rules::Promises),
            CheckName::RaftCommits => Some(Rules::Commits),
            _ => None,
        }
    }
}
