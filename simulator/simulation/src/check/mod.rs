//! The checkers, which judge the evidence of a run.
//!
//! A check is one file, which defines its `CHECKER`: its name in reports, the class of a failure, its condition, and
//! its function. A macro makes [`CheckName`] from the list below, and [`judge`] runs the checks in that order. Each
//! result is a [`Check`]; the worst class of the failed ones is the class of the [`Verdict`].

mod aimed_faults;
mod answered;
mod answers;
mod assumptions;
mod budget;
mod budgets;
mod cause;
mod checker;
mod complete;
mod course;
mod decided_log;
mod disk;
mod invariants;
mod linearizable;
mod name;
mod no_crash;
mod no_retry_storm;
mod own_checks;
mod place;
mod progress;
mod raft_commits;
mod raft_promises;
mod raft_safety;
mod recovery;
mod state_agreement;
mod subject;
mod unanswered;
mod violations;

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::metrics::Tiers;
use crate::plan::Plan;
use linearizability::Violation;

use checker::{Checker, Input};

pub use name::UnknownCheck;
pub use place::Place;
pub use subject::{Breach, Subject};

// All checks, in the order in which they run and are reported. Of two failed ones of equal class, the first decides.
name::checks! {
    Linearizable: linearizable,
    Answers: answers,
    RaftSafety: raft_safety,
    DecidedLog: decided_log,
    Invariants: invariants,
    OwnChecks: own_checks,
    StateAgreement: state_agreement,
    RaftPromises: raft_promises,
    RaftCommits: raft_commits,
    NoCrash: no_crash,
    NoRetryStorm: no_retry_storm,
    Recovery: recovery,
    Answered: answered,
    Progress: progress,
    Budget: budget,
    Complete: complete,
    AimedFaults: aimed_faults,
    Assumptions: assumptions,
    Course: course,
    Disk: disk,
}

/// The class of a run. The order is from harmless to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// All checks hold.
    Pass,
    /// There were more messages, failures, duplicates or latency than the scenario allows.
    Budget,
    /// A checker could not decide, which is never a pass.
    Unknown,
    /// The cluster was stuck, in a retry storm, or did not recover.
    Liveness,
    /// There was a wrong answer, a history without a legal order, or a violated invariant.
    Correctness,
    /// A replica panicked, exited or violated the protocol.
    Crash,
}

impl Class {
    /// Returns the exit status of a program with this result.
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

    /// Returns the name in reports.
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
    /// The name of the check.
    pub name: CheckName,
    /// The class of a run that fails the check; [`Class::Pass`] for a check that only informs.
    pub fails_as: Class,
    /// True if the check holds.
    pub ok: bool,
    /// The result as text, possibly in several lines.
    pub detail: String,
    /// The result in one line, if it is not the first line of the detail.
    pub(crate) brief: Option<String>,
    /// The single findings of a check with several subjects; the most important first.
    pub breaches: Vec<Breach>,
    /// The proof that the history has no legal order, if that is the finding.
    pub violation: Option<Box<Violation>>,
}

impl Check {
    /// Returns a check that failed, of which only the reason is known.
    pub fn failing(name: CheckName, fails_as: Class, reason: String) -> Check {
        let (brief, breaches, violation) = (None, Vec::new(), None);
        Check { name, fails_as, ok: false, detail: reason, brief, breaches, violation }
    }

    /// Returns the result in one line.
    pub fn reason(&self) -> &str {
        self.brief.as_deref().or(self.detail.lines().next()).unwrap_or_default()
    }

    /// Returns the finding about one of several subjects, if there is one.
    pub fn breach(&self, subject: Subject) -> Option<&Breach> {
        self.breaches.iter().find(|breach| breach.subject == subject)
    }
}

/// The verdict on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The class of the run: the worst class of its failed checks.
    pub class: Class,
    /// All checks, in a fixed order.
    pub checks: Vec<Check>,
    /// The course's grades.
    pub tiers: Tiers,
}

impl Verdict {
    /// Returns the result of a check, if it applied.
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// Returns the first failed check of the verdict's class; `None` if the run passed.
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
