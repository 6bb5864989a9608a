//! Reports: what people and programs are shown of a run.
//!
//! | module | shows |
//! | --- | --- |
//! | [`text`] | one run, under the course's own metric names |
//! | [`table`], [`line`](mod@line) | many runs, a line each scenario |
//! | [`elections`] | who stood for election, who led, what each replica did at the end |
//! | [`grades`] | many submissions, a row each |
//! | [`timeline`] | everything that happened in a run, in order |
//! | [`plan`](mod@plan) | what will be done in a run, at a glance |
//! | [`elide`] | of something long, the beginning and the end |
//! | [`explanation`] | when a failure was decided, and by what |
//! | [`marks`] | which rare states many runs reached |
//! | [`json`] | one run, for programs |

pub mod elections;
pub mod elide;
pub mod explanation;
mod fold;
pub mod grades;
pub mod json;
pub mod line;
pub mod marks;
pub mod plan;
pub mod style;
pub mod table;
pub mod text;
pub mod timeline;

use simulation::check::Verdict;
use simulation::digest::Digest;
use simulation::evidence::Evidence;
use simulation::plan::Plan;

/// A finished run: all that a report needs.
#[derive(Debug)]
pub struct Outcome {
    /// What was run.
    pub plan: Plan,
    /// The command that shows it again, as the user would type it; in real time, one that may.
    pub replay_command: String,
    /// What its digest depends on besides; see [`UnderTest::environment`](simulation::UnderTest::environment).
    pub environment: Option<String>,
    /// What it left behind.
    pub evidence: Evidence,
    /// What the checkers say.
    pub verdict: Verdict,
}

impl Outcome {
    /// The run's digest, where it is one that the same plan will have again.
    pub fn digest(&self) -> Option<Digest> {
        (!self.evidence.real_time).then_some(self.evidence.digest)
    }

    /// How to see it once more, in words.
    pub fn how_to_see_it(&self) -> String {
        if self.evidence.real_time {
            format!("Real time cannot be repeated; look for it again: {}", self.replay_command)
        } else {
            format!("See it happen: {}", self.replay_command)
        }
    }
}
