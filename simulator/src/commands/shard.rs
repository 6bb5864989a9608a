//! The option `--shard`: which part of the work is done here.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::records::{Assigned, BAZEL_STATUS_FILE, NoShard, ScenarioId, Shard, assigned};
use simulation::explore::{around, chunks};
use simulation::text::count;

use super::error::CliError;

#[derive(Clone, Debug, Args)]
pub(crate) struct ShardArguments {
    /// Do only part M of N equal parts, from 1; `merge` joins them. `auto`: as the engine of the array job says in its
    /// variables (Slurm, Kubernetes with auto/N, AWS Batch, Cloud Run, GitLab, CircleCI, Buildkite, Bazel)
    #[arg(long, value_name = "M/N|auto")]
    pub shard: Option<ShardOption>,
}

/// A shard by its number, or by the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardOption {
    Part(Shard),
    Auto(Option<u64>),
}

impl FromStr for ShardOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(of) = text.strip_prefix("auto") else {
            let part = text.parse().map(ShardOption::Part);
            return part.map_err(|error: NoShard| format!("{error}; or auto, or auto/8"));
        };
        let number = of.strip_prefix('/').and_then(|of| of.parse().ok()).filter(|of| *of > 0);
        if of.is_empty() || number.is_some() {
            return Ok(ShardOption::Auto(number));
        }
        Err("expected auto, or auto/8 with the number of all shards".to_owned())
    }
}

impl ShardArguments {
    /// Returns the shard, if the work is divided, and says on standard error what it has.
    pub(super) fn settle(
        &self,
        submissions: usize,
        scenarios: &[ScenarioId],
    ) -> Result<Option<Shard>, CliError> {
        let shard = match self.shard {
            None => return Ok(None),
            Some(ShardOption::Part(shard)) => shard,
            Some(ShardOption::Auto(of)) => {
                let found = assigned(of, &|name| std::env::var(name).ok());
                let Assigned { shard, engine, variables } =
                    found.map_err(|error| CliError::Usage(error.to_string()))?;
                eprintln!("shard {} of {}, as {engine} says: {variables}", shard.number, shard.of);
                tell_bazel()?;
                shard
            }
        };
        eprintln!("{}", describe(shard, submissions, scenarios));
        Ok(Some(shard))
    }
}

/// Touches the file by which Bazel learns that a test knows of shards.
fn tell_bazel() -> Result<(), CliError> {
    let Some(path) = std::env::var_os(BAZEL_STATUS_FILE).map(PathBuf::from) else {
        return Ok(());
    };
    let touched = OpenOptions::new().create(true).append(true).open(&path);
    touched.map(drop).map_err(CliError::file(&path, "written"))
}

/// Returns the first seeds of a shard, and the number of its chunks as far as they can be counted.
fn describe(shard: Shard, submissions: usize, scenarios: &[ScenarioId]) -> String {
    const MOST_COUNTED: usize = 1 << 20;
    const MOST_SHOWN: usize = 3;
    let all = submissions * scenarios.len();
    let Some(first) = scenarios.first() else { return format!("shard {shard}: nothing to run") };
    // Without --seeds each scenario has its own seed; else all have the same range.
    let one_range = scenarios.iter().all(|it| it.seeds() == first.seeds());
    let mut runs = 0_u64;
    let mut blocks: Vec<String> = Vec::new();
    let mut counted = 0;
    for chunk in chunks(all, first.seeds()).take(MOST_COUNTED) {
        counted += 1;
        let scenario = &scenarios[chunk.scenario % scenarios.len()];
        if !shard.has(all, chunk.scenario, &first.seeds(), chunk.first) {
            continue;
        }
        runs += chunk.last - chunk.first + 1;
        if blocks.len() <= MOST_SHOWN {
            let seeds = if one_range { chunk.first..chunk.last + 1 } else { scenario.seeds() };
            blocks.push(format!("{} {}..{}", scenario.name, seeds.start, seeds.end));
        }
    }
    let more = if blocks.len() > MOST_SHOWN { ", …" } else { "" };
    blocks.truncate(MOST_SHOWN);
    let seeds = blocks.join(", ");
    if counted == MOST_COUNTED {
        return format!("shard {shard}: {seeds}{more}");
    }
    let runs_of_all = scenarios.iter().map(|it| it.until - it.first).fold(0, u64::saturating_add);
    let total = runs_of_all.saturating_mul(submissions as u64);
    if blocks.is_empty() {
        return format!("shard {shard}: nothing of {}", count(total, "run"));
    }
    format!("shard {shard}: {runs} of {}: {seeds}{more}", count(total, "run"))
}

/// Returns true if a shard, or everything, has the chunk of a seed.
pub(super) fn has(
    shard: Option<Shard>,
    scenarios: usize,
    scenario: usize,
    seeds: &std::ops::Range<u64>,
    seed: u64,
) -> bool {
    let first = around(seeds, seed).map_or(seed, |(first, _)| first);
    shard.is_none_or(|shard| shard.has(scenarios, scenario, seeds, first))
}
