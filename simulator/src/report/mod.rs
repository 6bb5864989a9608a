//! Reports on runs, for people and for programs.
//!
//! | module | shows |
//! | --- | --- |
//! | [`text`] | one run, under the course's own metric names |
//! | [`table`], [`line`](mod@line) | many runs, a line each scenario |
//! | [`elections`] | the candidates, the leaders, and what each replica did at the end |
//! | [`grades`], [`grade_runs`] | many submissions, a row each, and their runs |
//! | [`gradescope`] | the grades of a submission, for Gradescope |
//! | [`ci`](mod@ci) | the results of a command, for CI systems |
//! | [`export`] | one run, in the formats of other tools |
//! | [`timeline`] | everything that happened in a run, in order |
//! | [`plan`](mod@plan) | a plan at a glance |
//! | [`elide`] | the beginning and the end of long output |
//! | [`marks`] | the coverage marks, by number of runs that reached them |
//! | [`json`] | one run, for programs |
//!
//! All but the last are written on a [`layout::Page`], which makes them fit.

pub mod ci;
pub mod elections;
pub mod elide;
pub mod explanation;
pub mod export;
mod focus;
mod fold;
pub mod grade_runs;
pub mod grades;
pub mod gradescope;
pub mod html;
pub mod json;
pub mod layout;
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

/// A finished run, with everything that a report needs.
#[derive(Debug)]
pub struct Outcome {
    /// The plan that was run.
    pub plan: Plan,
    /// The command that repeats the run, as the user would type it.
    ///
    /// In real time, the repeated run may differ.
    pub replay_command: String,
    /// The versions on which the digest depends; see [`UnderTest::environment`](simulation::UnderTest::environment).
    pub environment: Option<String>,
    /// The evidence that the run left.
    pub evidence: Evidence,
    /// The results of the checks.
    pub verdict: Verdict,
}

impl Outcome {
    /// Returns the run's digest, if the same plan will have it again.
    pub fn digest(&self) -> Option<Digest> {
        (!self.evidence.real_time).then_some(self.evidence.digest)
    }

    /// Returns a phrase that says how to see the run again.
    pub fn command_to_the_place(&self) -> String {
        if self.evidence.real_time {
            return self.replay_command.clone();
        }
        self.replay_command.clone() + &focus::Focus::of(self).arguments()
    }

    /// What to say before the command that shows it once more.
    pub fn label_of_command(&self) -> &'static str {
        if self.evidence.real_time {
            "Real time cannot be repeated; look for it again: "
        } else {
            "See it happen: "
        }
    }
}
