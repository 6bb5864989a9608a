//! Reports on runs, as text: what a test and a command line both show.
//!
//! | module | shows |
//! | --- | --- |
//! | [`timeline`] | everything that happened in a run, in order |
//! | [`plan`](mod@plan) | a plan at a glance |
//! | [`layout`] | lines and tables that fit the width of a terminal |
//! | [`style`] | the colours |

mod focus;
mod fold;
pub mod layout;
pub mod plan;
pub mod style;
pub mod timeline;

pub use focus::arguments_of;

use simulation::check::{Place, Verdict};
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
        self.replay_command.clone() + &arguments_of(&Place::of(&self.verdict, &self.evidence))
    }

    /// Returns the words before the command that shows the run again.
    pub fn label_of_command(&self) -> &'static str {
        label_of_command(self.evidence.real_time)
    }
}

/// Returns the words before the command that shows a run again.
pub fn label_of_command(is_real_time: bool) -> &'static str {
    if is_real_time {
        "Real time cannot be repeated; look for it again: "
    } else {
        "See it happen: "
    }
}
