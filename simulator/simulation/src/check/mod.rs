//! The checkers: they read the evidence of a run and say whether all is well.
//!
//! One checker a file. Each returns a [`Check`], which says how a failure is classed; the worst class
//! is the [`Verdict`].

pub(crate) mod budget;
mod cause;
pub(crate) mod course;
pub(crate) mod liveness;
pub(crate) mod operations;
mod raft_safety;
pub(crate) mod storm;

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::metrics::Tiers;
use crate::plan::Plan;
use linearizability::Violation;

/// The ways a run can end, told apart. The order is from harmless to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// All checks hold.
    Pass,
    /// More messages, failures, duplicates or latency than the scenario allows.
    Budget,
    /// A checker gave up. Never a pass.
    Unknown,
    /// Stuck, storming, or not healed.
    Liveness,
    /// A wrong or malformed answer, a history that no order explains, an invariant broken.
    Correctness,
    /// A replica panicked or died.
    Crash,
}

impl Class {
    /// The exit status of a program that found this.
    pub fn exit_status(self) -> u8 {
        match self {
            Class::Pass => 0,
            Class::Correctness => 1,
            Class::Liveness => 3,
            Class::Budget => 4,
            Class::Crash => 5,
            Class::Unknown => 6,
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Class::Pass => "pass",
            Class::Budget => "budget",
            Class::Unknown => "unknown",
            Class::Liveness => "liveness",
            Class::Correctness => "correctness",
            Class::Crash => "crash",
        }
    }
}

/// What one checker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name in reports.
    pub name: &'static str,
    /// What a failure means for the verdict; [`Class::Pass`] for a check that only informs.
    pub fails_as: Class,
    /// Whether all is well.
    pub ok: bool,
    /// What it saw, in words. May have several lines.
    pub detail: String,
    /// What it saw in one line, where that is not the first line of the detail.
    pub(crate) short: Option<String>,
    /// The proof that the history has no legal order, where that is what is wrong.
    pub violation: Option<Box<Violation>>,
}

impl Check {
    fn new(name: &'static str, fails_as: Class, ok: bool, detail: String) -> Self {
        Check { name, fails_as, ok, detail, short: None, violation: None }
    }

    /// What it saw, in one line.
    pub fn reason(&self) -> &str {
        self.short.as_deref().or(self.detail.lines().next()).unwrap_or_default()
    }
}

/// The verdict on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The worst of what was found.
    pub class: Class,
    /// All checks, in a fixed order.
    pub checks: Vec<Check>,
    /// The course's grades.
    pub tiers: Tiers,
}

impl Verdict {
    /// The check of a name.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// The check that decided on the class: the first of those that fail so; none if all is well.
    pub fn decisive(&self) -> Option<&Check> {
        self.failed().find(|check| check.fails_as == self.class)
    }

    /// The checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.ok && check.fails_as != Class::Pass)
    }
}

/// Judges a run by its evidence.
pub fn judge(plan: &Plan, evidence: &Evidence) -> Verdict {
    let tiers = Tiers::of(&evidence.metrics, &plan.benchmarks);
    let mut checks = vec![
        operations::linearizable(evidence),
        operations::answers(evidence),
        raft_safety::check(evidence),
        liveness::no_crash(evidence),
        storm::no_retry_storm(evidence),
        liveness::recovered(plan, evidence),
        liveness::answered(plan, evidence),
        budget::check(evidence, &tiers),
    ];
    checks.extend(liveness::complete(evidence));
    let failed = |check: &Check| (!check.ok).then_some(check.fails_as);
    let class = checks.iter().filter_map(failed).max().unwrap_or(Class::Pass);
    checks.push(course::check(plan, evidence, class));
    Verdict { class, checks, tiers }
}
