//! What a file of this folder defines, and what its function returns.

use crate::check::{Breach, Check, CheckName, Class};
use crate::evidence::Evidence;
use crate::metrics::Tiers;
use crate::plan::Plan;
use linearizability::Violation;

/// A check's definition.
pub(super) struct Checker {
    /// The name in reports and files.
    pub name: &'static str,
    /// What a failure means for the verdict; [`Class::Pass`] for a check that only informs.
    pub fails_as: Class,
    /// Whether the check is made at all. Where it is not, reports do not mention it.
    pub applies: fn(&Input<'_>) -> bool,
    /// Judges a run by what is known of it.
    pub judge: fn(&Input<'_>) -> Ruling,
}

/// For [`Checker::applies`]: the check is made of every run.
pub(super) fn always(_: &Input<'_>) -> bool {
    true
}

/// What a check is given.
pub(super) struct Input<'r> {
    /// What was done to the cluster.
    pub plan: &'r Plan,
    /// What came of it.
    pub evidence: &'r Evidence,
    /// The course's grades.
    pub tiers: &'r Tiers,
    /// The worst class among the checks that come before this one in the list.
    pub so_far: Class,
}

/// What a check decides.
pub(super) struct Ruling {
    state: State,
    detail: String,
    brief: Option<String>,
    breaches: Vec<Breach>,
    violation: Option<Box<Violation>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Holds,
    Fails,
    Undecided,
}

impl Ruling {
    fn new(state: State, detail: String) -> Ruling {
        Ruling { state, detail, brief: None, breaches: Vec::new(), violation: None }
    }

    /// All is well.
    pub(super) fn holds(detail: impl Into<String>) -> Ruling {
        Ruling::new(State::Holds, detail.into())
    }

    /// There was nothing to check, for this reason.
    pub(super) fn skipped(why: impl AsRef<str>) -> Ruling {
        Ruling::holds(format!("skipped: {}", why.as_ref()))
    }

    /// All is not well. The detail may have several lines; the first one is the reason.
    pub(super) fn fails(detail: impl Into<String>) -> Ruling {
        Ruling::new(State::Fails, detail.into())
    }

    /// The check gave up.
    pub(super) fn undecided(detail: impl Into<String>) -> Ruling {
        Ruling::new(State::Undecided, detail.into())
    }

    /// Fails or holds.
    pub(super) fn fails_if(fails: bool, detail: impl Into<String>) -> Ruling {
        if fails { Ruling::fails(detail) } else { Ruling::holds(detail) }
    }

    /// Fails where there are breaches, each of which is a line of the detail.
    pub(super) fn of_breaches(breaches: Vec<Breach>, otherwise: &str) -> Ruling {
        if breaches.is_empty() {
            return Ruling::holds(otherwise);
        }
        let reasons: Vec<&str> = breaches.iter().map(|breach| breach.reason.as_str()).collect();
        let detail = reasons.join("\n");
        Ruling { breaches, ..Ruling::fails(detail) }
    }

    /// The reason in one line, where that is not the first line of the detail.
    pub(super) fn in_brief(self, brief: Option<String>) -> Ruling {
        Ruling { brief, ..self }
    }

    /// The proof that the history has no legal order.
    pub(super) fn with_violation(self, violation: Box<Violation>) -> Ruling {
        Ruling { violation: Some(violation), ..self }
    }
}

impl CheckName {
    /// Makes the check, if it applies.
    pub(super) fn check(self, input: &Input<'_>) -> Option<Check> {
        let checker = self.checker();
        if !(checker.applies)(input) {
            return None;
        }
        let Ruling { state, detail, brief, breaches, violation } = (checker.judge)(input);
        let fails_as = if state == State::Undecided { Class::Unknown } else { checker.fails_as };
        let ok = state == State::Holds;
        Some(Check { name: self, fails_as, ok, detail, brief, breaches, violation })
    }
}
