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
//! | `points` | what runs earn |
//! | `row` | sums up a submission's runs, with the worst finding; their order does not matter |

mod points;
mod row;
mod submission;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use simulation::check::{CheckName, Class, Place, Subject, Verdict};
use simulation::evidence::Evidence;
use simulation::explore::Counters;
use simulation::metrics::Tiers;

pub use points::{MetricPoints, Points, Requirement, TierShares};
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
    /// The place in the run that the finding is about; none in real time, where no run is repeated.
    pub place: Place,
    /// True if the history is linearizable.
    pub ordered: bool,
    /// True if the course's simulator would let the run pass.
    pub course_passes: bool,
    /// The course's tiers.
    pub tiers: Tiers,
    /// The values of the course's metrics.
    pub values: Values,
    /// The digest of the run, if the run can be repeated.
    pub digest: Option<u64>,
    /// The run's counters.
    pub counters: Counters,
}

/// The runs of a submission, by scenario and seed.
pub type Runs = BTreeMap<(usize, u64), Graded>;

/// The values of the four metrics that have tiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// Messages between replicas.
    pub total_messages: u64,
    /// Failures and unanswered requests.
    pub failures: u64,
    /// Answers to requests that were already complete.
    pub duplicates: u64,
    /// The median latency in nanoseconds.
    pub median_latency_ns: u64,
}

impl Graded {
    /// Sums up a run.
    pub fn of(verdict: &Verdict, evidence: &Evidence) -> Graded {
        let decisive = verdict.decisive();
        let metrics = &evidence.metrics;
        Graded {
            class: verdict.class,
            check: decisive.map(|check| check.name),
            subject: decisive.and_then(|check| Some(check.breaches.first()?.subject)),
            reason: decisive.map_or_else(String::new, |check| check.reason().to_owned()),
            place: if evidence.real_time { Place::default() } else { Place::of(verdict, evidence) },
            ordered: verdict.check(CheckName::Linearizable).is_some_and(|check| check.ok),
            course_passes: verdict.check(CheckName::Course).is_some_and(|check| check.ok),
            tiers: verdict.tiers,
            digest: (!evidence.real_time).then(|| evidence.digest.value()),
            counters: Counters::of(evidence),
            values: Values {
                total_messages: metrics.total_messages,
                failures: metrics.failures,
                duplicates: metrics.duplicates,
                median_latency_ns: metrics.median_latency,
            },
        }
    }
}
