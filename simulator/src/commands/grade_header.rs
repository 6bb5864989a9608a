//! The header of a grading's record: what is graded, and in which way.

use std::path::PathBuf;

use crate::files::fingerprint::{build_of, program_of};
use crate::grade::Submission;
use crate::records::{Header, Shard, SubmissionId};
use simulation::scenario::Scenario;

use super::arguments::GradeArguments;
use super::error::CliError;
use super::header;
use super::run::seeds_of;

/// Returns the header of the record, without its shard.
pub(super) fn header_of(
    arguments: &GradeArguments,
    scenarios: &[Scenario],
    submissions: &[Submission],
) -> Result<Header, CliError> {
    let ours = arguments.csv.iter().chain([&arguments.record]).chain(&arguments.html);
    let ours = ours.chain(arguments.outputs.places()).chain(&arguments.ci.junit);
    let ours: Vec<PathBuf> = ours.cloned().collect();
    let id = |submission: &Submission| {
        let executable = submission.executable.as_ref().ok();
        SubmissionId {
            name: submission.name.clone(),
            program: executable.and_then(|it| build_of(it).ok()).unwrap_or_default(),
            folder: executable.and_then(|it| program_of(it, &submission.folder, &ours).ok()),
        }
    };
    let seeds = |scenario: &Scenario| seeds_of(scenario, arguments.seeds.as_ref());
    let scenarios = header::scenario_ids(scenarios, seeds);
    Ok(Header {
        submissions: submissions.iter().map(id).collect(),
        file_limit: arguments.file_limit,
        limits: (&arguments.limits).into(),
        ..header::bare("grade", arguments.clock, scenarios)?
    })
}

/// Returns the number of runs of one submission that are to be made.
pub(super) fn wanted_of(header: &Header, submission: usize) -> u64 {
    let count = header.scenarios.len();
    let all = count * header.submissions.len();
    let of = |scenario: usize| {
        let place = submission * count + scenario;
        header.scenarios[scenario].wanted(header.shard.map(|shard: Shard| (shard, all, place)))
    };
    (0..count).map(of).fold(0, u64::saturating_add)
}
