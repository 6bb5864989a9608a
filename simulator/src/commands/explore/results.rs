//! What an exploration found, for CI systems: a view of its record.

use std::path::Path;

use crate::commands::program_name::replay_file;
use crate::records::{Failed, Record};
use crate::report::ci::{self, Results};
use testing::report::arguments_of;

/// Returns the results that stand in a record.
pub(super) fn of(record: &Record, folder: &Path) -> Results {
    let mut results = Results::new("explore");
    for group in &record.groups {
        let chunk = &group.chunk;
        let suite = results.suite(&chunk.scenario);
        suite.passed += (chunk.last - chunk.first + 1).saturating_sub(chunk.failed);
        for failed in &group.failures {
            suite.fail(ci::Failed {
                case: format!("seed {}", failed.seed),
                signature: Some(failed.signature),
                reason: failed.finding.clone(),
                command: command_of(failed, folder),
            });
        }
    }
    results
}

/// Returns the command that shows a failure; without a file there is none.
fn command_of(failed: &Failed, folder: &Path) -> String {
    let path = failed.file.as_ref().map(|file| folder.join(file));
    path.map_or_else(String::new, |path| replay_file(&path) + &arguments_of(&failed.place))
}
