//! The checkers: they read the evidence of a run and say whether all is well.
//!
//! A check is one file, which defines its `CHECKER`: the name in reports, how a failure is classed, when the
//! check applies, and the function that judges. [`CheckName`] is made of the list below; [`judge`] walks it.
//! Each result is a [`Check`]; the worst class of those that fail is the [`Verdict`]'s.

mod answered;
mod answers;
mod budget;
mod cause;
mod checker;
mod complete;
mod course;
mod linearizable;
mod name;
mod no_crash;
mod no_retry_storm;
mod raft_safety;
mod recovery;
mod state_agreement;
mod subject;
mod unanswered;

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::metrics::Tiers;
use crate::plan::Plan;
use linearizability::Violation;

use checker::{Checker, Input};

pub use name::UnknownCheck;
pub use subject::{Breach, Subject};

// All checks, in the order in which they are made and reported. Of two that fail alike, the first decides.
name::checks! {
    Linearizable: linearizable,
    Answers: answers,
    RaftSafety: raft_safety,
    StateAgreement: state_agreement,
    NoCrash: no_crash,
    NoRetryStorm: no_retry_storm,
    Recovery: recovery,
    Answered: answered,
    Budget: budget,
    Complete: complete,
    Course: course,
}

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

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which check.
    pub name: CheckName,
    /// What a failure means for the verdict; [`Class::Pass`] for a check that only informs.
    pub fails_as: Class,
    /// Whether all is well.
    pub ok: bool,
    /// What it saw, in words. May have several lines.
    pub detail: String,
    /// What it saw in one line, where that is not the first line of the detail.
    pub(crate) brief: Option<String>,
    /// What is wrong, one by one, where a check watches several things; the most important first.
    pub breaches: Vec<Breach>,
    /// The proof that the history has no legal order, where that is what is wrong.
    pub violation: Option<Box<Violation>>,
}

impl Check {
    /// Returns what it saw, in one line.
    pub fn reason(&self) -> &str {
        self.brief.as_deref().or(self.detail.lines().next()).unwrap_or_default()
    }

    /// Returns what is wrong with one of several things that it watches.
    pub fn breach(&self, subject: Subject) -> Option<&Breach> {
        self.breaches.iter().find(|breach| breach.subject == subject)
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
    /// Returns the result of a check, if that was made.
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// Returns the check that decided on the class: the first that fails so; none if all is well.
    pub fn decisive(&self) -> Option<&Check> {
        self.failed().find(|check| check.fails_as == self.class)
    }

    /// Returns the checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.ok && check.fails_as != Class::Pass)
    }
}

/// Judges a run by its evidence.
pub fn judge(plan: &Plan, evidence: &Evidence) -> Verdict {
    let tiers = Tiers::of(&evidence.metrics, &plan.benchmarks);
    let (mut checks, mut class) = (Vec::new(), Class::Pass);
    for name in CheckName::ALL {
        let input = Input { plan, evidence, tiers: &tiers, so_far: class };
        let Some(check) = name.check(&input) else { continue };
        if !check.ok {
            class = class.max(check.fails_as);
        }
        checks.push(check);
    }
    Verdict { class, checks, tiers }
}
