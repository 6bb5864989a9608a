//! The variables by which engines for array jobs tell a process which part of the work is its own.

use std::fmt;

use super::shard::Shard;

/// An engine with a variable for the index and, if it has one, a variable for the count.
struct Engine {
    name: &'static str,
    index: &'static str,
    count: Option<&'static str>,
    /// The index of the first job.
    base: u64,
}

const SLURM: &str = "SLURM_ARRAY_TASK_ID";

/// The engines after Slurm, in the order in which they are looked for.
const ENGINES: [Engine; 7] = [
    Engine { name: "Kubernetes", index: "JOB_COMPLETION_INDEX", count: None, base: 0 },
    Engine {
        name: "AWS Batch",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
        base: 0,
    },
    Engine {
        name: "Cloud Run",
        index: "CLOUD_RUN_TASK_INDEX",
        count: Some("CLOUD_RUN_TASK_COUNT"),
        base: 0,
    },
    Engine { name: "GitLab", index: "CI_NODE_INDEX", count: Some("CI_NODE_TOTAL"), base: 1 },
    Engine {
        name: "CircleCI",
        index: "CIRCLE_NODE_INDEX",
        count: Some("CIRCLE_NODE_TOTAL"),
        base: 0,
    },
    Engine {
        name: "Buildkite",
        index: "BUILDKITE_PARALLEL_JOB",
        count: Some("BUILDKITE_PARALLEL_JOB_COUNT"),
        base: 0,
    },
    Engine { name: "Bazel", index: "TEST_SHARD_INDEX", count: Some("TEST_TOTAL_SHARDS"), base: 0 },
];

/// The file that Bazel wants to be touched by a test that knows of shards.
pub const BAZEL_STATUS_FILE: &str = "TEST_SHARD_STATUS_FILE";

/// A shard, and the engine that named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The shard.
    pub shard: Shard,
    /// The engine.
    pub engine: &'static str,
    /// The variables that were read, with their values.
    pub variables: String,
}

/// The reason for which no shard could be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FleetError {
    /// No engine has set its variable.
    None,
    /// The engine says which part this is, but not of how many.
    NoCount(&'static str, String),
    /// The engine's variables make no sense.
    Senseless(&'static str, String),
    /// The count is another one than the user's.
    OtherCount(&'static str, String, u64),
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FleetError::None => {
                let engines = ENGINES.iter().map(|engine| (engine.name, engine.index));
                let all = [("Slurm", SLURM)].into_iter().chain(engines);
                let all: Vec<_> = all.map(|(name, index)| format!("{index} ({name})")).collect();
                write!(
                    f,
                    "--shard auto: no engine has named a shard: none of {} is set; give --shard M/N",
                    all.join(", ")
                )
            }
            FleetError::NoCount(engine, variables) => write!(
                f,
                "--shard auto: {engine} says which shard this is ({variables}), but not of how many: \
                 give the number of all shards, as in --shard auto/8"
            ),
            FleetError::Senseless(engine, variables) => write!(
                f,
                "--shard auto: the variables of {engine} name no shard: {variables}; give --shard M/N"
            ),
            FleetError::OtherCount(engine, variables, of) => {
                write!(f, "--shard auto/{of}: {engine} has another number of shards: {variables}")
            }
        }
    }
}

impl std::error::Error for FleetError {}

/// Returns the shard that the environment names; `of` is the number of all shards, if the user gave it.
///
/// # Errors
///
/// If no engine is found, or its variables make no sense. Then nothing may be run: it would be everything.
pub fn assigned(
    of: Option<u64>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Assigned, FleetError> {
    if variable(SLURM).is_some() {
        return slurm(of, variable);
    }
    let found = ENGINES.iter().find(|engine| variable(engine.index).is_some());
    let Engine { name, index, count, base } = found.ok_or(FleetError::None)?;
    let (variables, value) = told(&[Some(*index), *count], variable);
    let senseless = || FleetError::Senseless(name, variables.clone());
    let known = match count.filter(|count| variable(count).is_some()) {
        Some(count) => Some(value(count).ok_or_else(senseless)?),
        None => None,
    };
    let place = value(index).and_then(|index| index.checked_sub(*base)).ok_or_else(senseless)?;
    settle(name, variables.clone(), place, known, of)
}

/// Returns the variables that are set as text, and a function that returns one as a number.
fn told<'v>(
    names: &[Option<&str>],
    variable: &'v dyn Fn(&str) -> Option<String>,
) -> (String, impl Fn(&str) -> Option<u64> + use<'v>) {
    let set = names.iter().flatten().filter_map(|name| Some(format!("{name}={}", variable(name)?)));
    let text = set.collect::<Vec<_>>().join(" ");
    (text, |name: &str| variable(name)?.parse().ok())
}

/// Slurm's indices may begin anywhere and have steps.
fn slurm(
    of: Option<u64>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Assigned, FleetError> {
    let names = ["ID", "COUNT", "MIN", "MAX", "STEP"].map(|it| format!("SLURM_ARRAY_TASK_{it}"));
    let (variables, value) = told(&names.each_ref().map(|name| Some(name.as_str())), variable);
    let [id, count, min, max, step] = names.each_ref().map(|name| value(name));
    let place = || {
        let (id, min, max, step) = (id?, min?, max?, step.unwrap_or(1));
        // A list such as 1,3,7 has no step.
        let places = max.checked_sub(min)?.checked_div(step)?.checked_add(1)?;
        let offset = id.checked_sub(min)?;
        (Some(places) == count && offset.checked_rem(step)? == 0).then_some(offset / step)
    };
    let place = place().ok_or_else(|| FleetError::Senseless("Slurm", variables.clone()))?;
    settle("Slurm", variables, place, count, of)
}

fn settle(
    engine: &'static str,
    variables: String,
    place: u64,
    count: Option<u64>,
    of: Option<u64>,
) -> Result<Assigned, FleetError> {
    let Some(all) = count.or(of) else { return Err(FleetError::NoCount(engine, variables)) };
    if let Some(of) = of.filter(|of| *of != all) {
        return Err(FleetError::OtherCount(engine, variables, of));
    }
    match place.checked_add(1).and_then(|number| Shard::new(number, all)) {
        Some(shard) => Ok(Assigned { shard, engine, variables }),
        None => Err(FleetError::Senseless(engine, variables)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what is assigned where these variables are set.
    fn with(of: Option<u64>, set: &str) -> Result<(&'static str, String), FleetError> {
        let variable = |name: &str| {
            let mut pairs = set.split(' ').filter_map(|pair| pair.split_once('='));
            pairs.find(|(other, _)| *other == name).map(|(_, value)| value.to_owned())
        };
        assigned(of, &variable).map(|it| (it.engine, it.shard.to_string()))
    }

    #[test]
    fn each_engine_is_understood() {
        let slurm = |id: u64, count: u64, range: &str| {
            let (min, rest) = range.split_once('-').unwrap();
            let (max, step) = rest.split_once(':').unwrap();
            let all = format!("SLURM_ARRAY_TASK_ID={id} SLURM_ARRAY_TASK_COUNT={count} ");
            all + &format!(
                "SLURM_ARRAY_TASK_MIN={min} SLURM_ARRAY_TASK_MAX={max} SLURM_ARRAY_TASK_STEP={step}"
            )
        };
        let good = [
            (slurm(3, 4, "0-3:1"), "Slurm", "4/4"),
            (slurm(5, 4, "1-7:2"), "Slurm", "3/4"),
            ("AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=9".into(), "AWS Batch", "1/9"),
            ("CLOUD_RUN_TASK_INDEX=2 CLOUD_RUN_TASK_COUNT=3".into(), "Cloud Run", "3/3"),
            ("CI_NODE_TOTAL=5 CI_NODE_INDEX=5".into(), "GitLab", "5/5"),
            ("CIRCLE_NODE_INDEX=1 CIRCLE_NODE_TOTAL=4".into(), "CircleCI", "2/4"),
            ("BUILDKITE_PARALLEL_JOB=0 BUILDKITE_PARALLEL_JOB_COUNT=1".into(), "Buildkite", "1/1"),
            ("TEST_SHARD_INDEX=6 TEST_TOTAL_SHARDS=7".into(), "Bazel", "7/7"),
        ];
        for (set, engine, shard) in good {
            assert_eq!(with(None, &set), Ok((engine, shard.to_owned())), "{set}");
        }
        let kubernetes = Ok(("Kubernetes", "3/8".to_owned()));
        assert_eq!(with(Some(8), "JOB_COMPLETION_INDEX=2"), kubernetes);
        // The first engine of the list is taken.
        let two = "TEST_SHARD_INDEX=6 TEST_TOTAL_SHARDS=7 CI_NODE_INDEX=1 CI_NODE_TOTAL=2";
        assert_eq!(with(None, two), Ok(("GitLab", "1/2".to_owned())));
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        assert_eq!(with(None, "CI_NODE_TOTAL=1"), Err(FleetError::None));
        let none = with(None, "JOB_COMPLETION_INDEX=2");
        assert!(matches!(none, Err(FleetError::NoCount("Kubernetes", _))), "{none:?}");
        let bad = [
            "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1 \
             SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1",
            "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=3",
            "CI_NODE_INDEX=0 CI_NODE_TOTAL=2",
            "CIRCLE_NODE_INDEX=2 CIRCLE_NODE_TOTAL=2",
            "CIRCLE_NODE_INDEX=x CIRCLE_NODE_TOTAL=2",
            "CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=",
        ];
        for set in bad {
            let refused = with(None, set);
            assert!(matches!(refused, Err(FleetError::Senseless(..))), "{set}: {refused:?}");
        }
        let other = with(Some(8), "CIRCLE_NODE_INDEX=1 CIRCLE_NODE_TOTAL=4");
        assert!(matches!(other, Err(FleetError::OtherCount(.., 8))), "{other:?}");
    }
}
