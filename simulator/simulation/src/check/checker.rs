//! The definition of a check, its input and its result.

use crate::check::{Breach, Check, CheckName, Class};
use crate::evidence::Evidence;
use crate::metrics::Tiers;
use crate::plan::Plan;
use linearizability::Violation;

/// The definition of a check.
pub(super) struct Checker {
    /// The name in reports and files.
    pub name: &'static str,
    /// The class of a run that fails the check; [`Class::Pass`] for a check that only informs.
    pub fails_as: Class,
    /// Returns true if the check applies to the run. Otherwise reports do not mention it.
    pub applies: fn(&Input<'_>) -> bool,
    /// Judges a run.
    pub judge: fn(&Input<'_>) -> Ruling,
}

/// Returns true: a value of [`Checker::applies`] for checks that apply to every run.
pub(super) fn always(_: &Input<'_>) -> bool {
    true
}

/// Returns true for runs of a system that is judged as the course judges.
pub(super) fn of_the_course(input: &Input<'_>) -> bool {
    input.evidence.for_the_course
}

/// The input of a check.
pub(super) struct Input<'r> {
    /// The plan of the run.
    pub plan: &'r Plan,
    /// The evidence of the run.
    pub evidence: &'r Evidence,
    /// The course's grades.
    pub tiers: &'r Tiers,
    /// The worst class of the failed checks before this one in the list.
    pub so_far: Class,
}

/// The result of a check's function.
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

    /// Returns a ruling that the check holds.
    pub(super) fn holds(detail: impl Into<String>) -> Ruling {
        Ruling::new(State::Holds, detail.into())
    }

    /// Returns a ruling that there was nothing to check, for this reason.
    pub(super) fn skipped(why: impl AsRef<str>) -> Ruling {
        Ruling::holds(format!("skipped: {}", why.as_ref()))
    }

    /// Returns a ruling that the check fails. The detail may have several lines; the first one is the reason.
    pub(super) fn fails(detail: impl Into<String>) -> Ruling {
        Ruling::new(State::Fails, detail.into())
    }

    /// Returns a ruling that the check could not decide.
    pub(super) fn undecided(detail: impl Into<String>) -> Ruling {
        Ruling::new(State::Undecided, detail.into())
    }

    /// Returns a ruling that the check fails or holds.
    pub(super) fn fails_if(fails: bool, detail: impl Into<String>) -> Ruling {
        if fails { Ruling::fails(detail) } else { Ruling::holds(detail) }
    }

    /// Returns a ruling that fails if there are breaches, each of which is a line of the detail.
    pub(super) fn of_breaches(breaches: Vec<Breach>, otherwise: &str) -> Ruling {
        if breaches.is_empty() {
            return Ruling::holds(otherwise);
        }
        let reasons: Vec<&str> = breaches.iter().map(|breach| breach.reason.as_str()).collect();
        let detail = reasons.join("\n");
        Ruling { breaches, ..Ruling::fails(detail) }
    }

    /// Sets the reason in one line, if it is not the first line of the detail.
    pub(super) fn in_brief(self, brief: Option<String>) -> Ruling {
        Ruling { brief, ..self }
    }

    /// Adds the proof that the history has no legal order.
    pub(super) fn with_violation(self, violation: Box<Violation>) -> Ruling {
        Ruling { violation: Some(violation), ..self }
    }
}

impl CheckName {
    /// Runs the check, if it applies.
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
