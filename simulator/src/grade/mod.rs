//! Grading: many submissions, each run in all scenarios with all seeds, a row for each.
//!
//! ```text
//!   submissions × scenarios × seeds ──pool──▶ Graded ──▶ Row ──▶ table, CSV
//!                        ▲                      │
//!              known ones are skipped ◀─── record
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | `submission` | finds the executables |
//! | `row` | sums up a submission's runs, with the worst finding; their order does not matter |

mod row;
mod submission;

use simulation::check::{CheckName, Class, Subject, Verdict};
use simulation::evidence::Evidence;
use simulation::explore::Counters;
use simulation::metrics::Tiers;

pub use row::{Finding, Row, TierCounts};
pub use submission::{DEFAULT_NAME, Submission, find};

/// The result of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// The class of the run by all checks of this simulator.
    pub class: Class,
    /// The check that fails, if one does.
    pub check: Option<CheckName>,
    /// The subject of the finding, if the check has several.
    pub subject: Option<Subject>,
    /// The reason, in one line.
    pub reason: String,
    /// True if the course's simulator would let the run pass.
    pub course_passes: bool,
    /// The course's tiers.
    pub tiers: Tiers,
    /// The digest of the run, if the run can be repeated.
    pub digest: Option<u64>,
    /// The run's counters.
    pub counters: Counters,
}

impl Graded {
    /// Sums up a run.
    pub fn of(verdict: &Verdict, evidence: &Evidence) -> Graded {
        let decisive = verdict.decisive();
        Graded {
            class: verdict.class,
            check: decisive.map(|check| check.name),
            subject: decisive.and_then(|check| Some(check.breaches.first()?.subject)),
            reason: decisive.map_or_else(String::new, |check| check.reason().to_owned()),
            course_passes: verdict.check(CheckName::Course).is_some_and(|check| check.ok),
            tiers: verdict.tiers,
            digest: (!evidence.real_time).then(|| evidence.digest.value()),
            counters: Counters::of(evidence),
        }
    }
}
