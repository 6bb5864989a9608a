//! The header of a command's record: what gives its results their meaning.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::files::fingerprint::{build_of, content_of, program_of};
use crate::records::{Header, ScenarioId, VERSION};
use simulation::ResourceLimits;
use simulation::scenario::Scenario;

use super::error::CliError;
use super::target::{Clock, Target};

/// Returns the fingerprint of this program.
pub(super) fn own_build() -> Result<String, CliError> {
    let program = std::env::current_exe()
        .map_err(CliError::file(Path::new("the program's own file"), "found"))?;
    build_of(&program).map_err(CliError::file(&program, "read"))
}

/// Returns the names, contents and seeds of scenarios.
pub(super) fn scenario_ids(
    scenarios: &[Scenario],
    seeds: impl Fn(&Scenario) -> Range<u64>,
) -> Vec<ScenarioId> {
    let id = |scenario: &Scenario| {
        let Range { start, end } = seeds(scenario);
        let name = scenario.name.clone();
        ScenarioId { name, content: content_of(scenario), first: start, until: end }
    };
    scenarios.iter().map(id).collect()
}

/// Returns the header for work on one system under test; it has no shard and no folder yet.
pub(super) fn header(
    command: &str,
    target: &Target,
    scenarios: &[Scenario],
    seeds: impl Fn(&Scenario) -> Range<u64>,
) -> Result<Header, CliError> {
    let program = target
        .executable()
        .map(|path| build_of(path).map_err(|error| CliError::file(path, "read")(error)));
    let is_real = matches!(target, Target::RealTime(_));
    let clock = if is_real { Clock::Real } else { Clock::Virtual };
    Ok(Header {
        system: target.name().to_owned(),
        program: program.transpose()?,
        environment: target.environment().map(str::to_owned),
        file_limit: target.file_limit(),
        limits: target.limits(),
        marks: target.marks_of(scenarios).into_iter().map(str::to_owned).collect(),
        ..bare(command, clock, scenario_ids(scenarios, seeds))?
    })
}

/// Returns the fingerprint of an executable and the files that it may import, but for those that a command writes.
pub(super) fn folder_of(executable: &Path, ours: &[PathBuf]) -> Result<String, CliError> {
    let error = |error| CliError::file(executable, "read")(error);
    let whole = executable.canonicalize().map_err(error)?;
    let folder = whole.parent().unwrap_or(Path::new("/"));
    program_of(&whole, folder, ours).map_err(error)
}

/// Returns a header that names no system.
pub(super) fn bare(
    command: &str,
    clock: Clock,
    scenarios: Vec<ScenarioId>,
) -> Result<Header, CliError> {
    Ok(Header {
        record: VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: own_build()?,
        command: command.to_owned(),
        system: String::new(),
        program: None,
        folder: None,
        environment: None,
        clock: format!("{clock:?}").to_lowercase(),
        file_limit: None,
        limits: ResourceLimits::default(),
        scenarios,
        submissions: Vec::new(),
        shard: None,
        canary: None,
        max_failures: None,
        marks: Vec::new(),
    })
}
