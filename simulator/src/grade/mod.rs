//! Grading: many submissions, each run in all scenarios with all seeds, a row for each.
//!
//! ```text
//!   submissions × scenarios × seeds ──pool──▶ Graded ──▶ Row ──▶ table, CSV
//!                        ▲                      │
//!              known ones are skipped ◀─── journal
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | `submission` | finds the executables, and notices when one has changed |
//! | `row` | sums a submission's runs; the worst finding, whatever order they came in |

mod row;
mod submission;

use serde::{Deserialize, Serialize};

use simulation::check::{CheckName, Class, Verdict};
use simulation::metrics::Tiers;

pub use row::{Finding, Row, TierCounts};
pub use submission::{DEFAULT_NAME, Submission, find};

/// What there is to say about one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graded {
    /// The true verdict.
    pub class: Class,
    /// The check that says so, where it is no pass.
    pub check: Option<CheckName>,
    /// Why, in one line.
    pub reason: String,
    /// Whether the course's simulator would let it pass.
    pub course_passes: bool,
    /// The course's grades.
    pub tiers: Tiers,
}

impl Graded {
    /// Sums up a run.
    pub fn of(verdict: &Verdict) -> Graded {
        let decisive = verdict.decisive();
        Graded {
            class: verdict.class,
            check: decisive.map(|check| check.name),
            reason: decisive.map_or_else(String::new, |check| check.reason().to_owned()),
            course_passes: verdict.check(CheckName::Course).is_some_and(|check| check.ok),
            tiers: verdict.tiers,
        }
    }
}
