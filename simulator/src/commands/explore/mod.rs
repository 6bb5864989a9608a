//! `simulator explore`: many seeds on all cores.

mod report;
mod results;

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::files::fingerprint::content_of;
use crate::files::{embedded_scenarios, save_failure};
use crate::records::{
    Claim, Group, Header, Known, Log, Quota, Record, ScenarioId, Signature, read, set_aside,
    take_up,
};
use crate::report::layout::Page;
use simulation::explore::{Chunk, Done, Finding, Summary};
use simulation::failure::Failure;
use simulation::pool;
use simulation::scenario::Scenario;

use super::arguments::ExploreArguments;
use super::assumptions;
use super::canary;
use super::error::CliError;
use super::findings::{self, RECORD};
use super::header;
use super::interrupt::watch_for_ctrl_c;
use super::shard;
use super::status::{Patience, StatusLine};
use super::suite::{load_all, refuse_equal_names};
use super::target::Target;

/// Runs the command.
pub(crate) fn run(arguments: &ExploreArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let target = Target::new(&arguments.target)?;
    target.refuse_real_time(
        "no run in real time can be repeated, so its failure is not worth a file: explore in virtual \
         time, with --clock virtual, or run many seeds with `suite --seeds A..B --clock real`",
    )?;
    if let Some(path) = target.executable().filter(|path| path.to_str().is_none()) {
        let what = "its path is not UTF-8, so a failure file could not name it: rename it";
        return Err(CliError::Usage(format!("{}: {what}", path.display())));
    }
    let scenarios = load_all(&arguments.paths)?;
    refuse_equal_names(&scenarios)?;
    let folder = &arguments.out;
    fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
    let jobs = arguments.jobs.map_or_else(pool::cores, |jobs| usize::from(jobs.get()));
    let patience = Patience::new("reading what is known");
    let mut header = header::header("explore", &target, &scenarios, |_| arguments.seeds.clone())?;
    if let Some(path) = target.executable() {
        header.folder = Some(folder_of(path, arguments)?);
    }
    header.max_failures = arguments.findings.max_failures;
    header.shard = arguments.shard.settle(1, &header.scenarios)?;
    let canary = arguments.findings.canary.as_ref();
    let canary = canary.map(|path| canary::release(path, &arguments.target)).transpose()?;
    header.canary = canary.as_ref().map(|(name, _)| name.clone());
    let mut exploration = Exploration::resume(arguments, jobs, &target, header)?;
    exploration.canary_found = canary.map(|(_, is_found)| is_found);
    drop(patience);
    assumptions::write(out, &*target, &scenarios, |_| arguments.seeds.clone())?;
    let (known, header) = (std::mem::take(&mut exploration.known), exploration.header.clone());
    let seeds = arguments.seeds.clone();
    let rest = |chunk: Chunk| {
        let is_ours =
            shard::has(header.shard, scenarios.len(), chunk.scenario, &seeds, chunk.first);
        if is_ours { known.rest(chunk) } else { None }
    };
    let interrupted = watch_for_ctrl_c();
    simulation::explore::explore(&*target, &scenarios, seeds.clone(), jobs, rest, |finding| {
        exploration.observe(finding, &interrupted)
    });
    exploration.finish(arguments, &target, out)
}

/// Returns the fingerprint of the executable and the files that it may import.
///
/// Files that this command writes do not count.
fn folder_of(executable: &Path, arguments: &ExploreArguments) -> Result<String, CliError> {
    let out = &arguments.out;
    let folder = executable.canonicalize().ok().and_then(|it| Some(it.parent()?.to_owned()));
    if folder.is_some() && out.canonicalize().ok() == folder {
        return Err(CliError::Usage(format!(
            "--out {}: this is the executable's own folder, and what changes in it makes all runs be \
             run afresh: give failures a folder of their own",
            out.display()
        )));
    }
    let others = [&arguments.html, &arguments.ci.junit].into_iter().flatten();
    let ours: Vec<PathBuf> = std::iter::once(out).chain(others).cloned().collect();
    header::folder_of(executable, &ours)
}

/// Returns the name of the file of a failure.
fn name_of(scenario: &str, seed: u64) -> String {
    format!("{scenario}-{seed}.json")
}

/// Returns the path of the failure of a scenario and seed.
fn file_of(folder: &Path, scenario: &str, seed: u64) -> PathBuf {
    folder.join(name_of(scenario, seed))
}

/// An exploration in progress.
struct Exploration {
    folder: PathBuf,
    header: Header,
    /// The open record, until the end.
    log: Option<Log>,
    known: Known,
    known_runs: u64,
    summary: Summary,
    /// The failures that have a file.
    quota: Quota,
    /// The kinds of findings that end the exploration, if one of them is not among these.
    until_new: Option<BTreeSet<Signature>>,
    against: Option<Record>,
    canary_found: Option<bool>,
    /// The number of failures so far, including those of unfinished chunks.
    failed: usize,
    /// Those of them that could not be saved.
    unsaved: usize,
    total: u64,
    jobs: usize,
    /// The value of `--all-marks`, if it was given: true if a mark that was never reached makes the result unknown.
    all_marks: Option<bool>,
    /// True if every mark should be reached.
    is_thorough: bool,
    /// The names of all marks that runs can reach.
    marks: Vec<&'static str>,
    started: Instant,
    /// The times in seconds, each with the number of runs done by then.
    pace: Vec<(f64, f64)>,
    limit: Option<Duration>,
    status: StatusLine,
    problem: Option<CliError>,
    stopped: bool,
    /// True if a signal stopped it.
    interrupted: bool,
    /// The versions on which the digests depend besides the plan.
    environment: Option<String>,
}

impl Exploration {
    /// Reads the results that an earlier exploration has left in the folder.
    fn resume(
        arguments: &ExploreArguments,
        jobs: usize,
        target: &Target,
        header: Header,
    ) -> Result<Self, CliError> {
        let folder = arguments.out.clone();
        let path = folder.join(RECORD);
        let claim = Claim::take(&path)?;
        let (known, quota, record) = take_up_kept(&folder, &path, &header)?;
        let mut summary = Summary::default();
        record.groups.iter().for_each(|group| summary.add(&group.done(&header)));
        let log = Log::begin(claim, &path, &record)?;
        let against = arguments.findings.against.as_deref().map(findings::load).transpose()?;
        let old = || against.as_ref().map(findings::signatures).unwrap_or_default();
        Ok(Exploration {
            folder,
            log: Some(log),
            known,
            known_runs: summary.runs,
            failed: summary.failed(),
            unsaved: 0,
            summary,
            quota,
            until_new: arguments.findings.until_new.then(old),
            against,
            canary_found: None,
            total: header.wanted_runs(),
            jobs,
            all_marks: arguments.all_marks,
            is_thorough: is_thorough(target, &header),
            marks: all_marks(target, &header.marks),
            header,
            started: Instant::now(),
            pace: vec![(0.0, 0.0)],
            limit: arguments.time.map(Duration::from_nanos),
            status: StatusLine::new(),
            problem: None,
            stopped: false,
            interrupted: false,
            environment: target.environment().map(str::to_owned),
        })
    }

    /// Records a finding, and says whether to go on.
    fn observe(&mut self, finding: Option<Finding>, interrupted: &AtomicBool) -> ControlFlow<()> {
        let kept = match finding {
            Some(Finding::Failed(failure)) => self.save(&failure),
            Some(Finding::Done(done)) => self.note(&done),
            None => Ok(()),
        };
        if let Err(problem) = kept {
            self.problem.get_or_insert(problem);
        }
        let (done, total, failed) = (self.summary.runs, self.total, self.failed);
        let rate = (done - self.known_runs) as f64 / self.started.elapsed().as_secs_f64();
        self.status.show(done, total, "", || format!("{rate:.0}/s, {failed} failed"));
        let out_of_time = self.limit.is_some_and(|limit| self.started.elapsed() >= limit);
        self.interrupted |= interrupted.load(Ordering::Relaxed);
        self.stopped |= self.interrupted || out_of_time;
        if self.stopped || self.problem.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Notes a finished chunk.
    fn note(&mut self, done: &Done) -> Result<(), CliError> {
        self.summary.add(done);
        let fresh = (self.summary.runs - self.known_runs) as f64;
        self.pace.push((self.started.elapsed().as_secs_f64(), fresh));
        let group = Group::of(done, &self.header, name_of);
        Ok(self.log.as_mut().map_or(Ok(()), |log| log.chunk(&group))?)
    }

    /// Writes a failure's file, completely or not at all, if the failure is to have one.
    fn save(&mut self, failure: &Failure) -> Result<(), CliError> {
        self.failed += 1;
        let signature = Signature::of(failure);
        self.stopped |= self.until_new.as_ref().is_some_and(|old| !old.contains(&signature));
        let (scenario, seed) = (&failure.plan.scenario, failure.plan.seed);
        let place = self.header.scenario(scenario).unwrap_or(usize::MAX);
        for (other, scenario) in self.quota.offer(signature, place, seed) {
            if (other, scenario) != (seed, place) {
                // Another one is kept in its place.
                let name = &self.header.scenarios[scenario].name;
                let _ = fs::remove_file(file_of(&self.folder, name, other));
            }
        }
        let path = file_of(&self.folder, scenario, seed);
        if !self.quota.keeps(signature, place, seed) {
            // An earlier exploration that was killed may have left it.
            let _ = fs::remove_file(&path);
            return Ok(());
        }
        save_failure(failure, &path).map_err(|error| {
            self.unsaved += 1;
            CliError::file(&path, "written")(error)
        })
    }
}

/// Returns the results of an earlier exploration that count, and moves its record aside if others are left.
fn take_up_kept(
    folder: &Path,
    path: &Path,
    header: &Header,
) -> Result<(Known, Quota, Record), CliError> {
    let mut record = Record::new(header.clone());
    let empty = Quota::new(header.max_failures);
    let Some(reading) = read(path)? else { return Ok((Known::default(), empty, record)) };
    let old = reading.record;
    let (_, groups) = take_up(&old, header, |_| true);
    record.groups = groups;
    let wanted = Quota::of(&record);
    // A failure whose file is gone is looked for again.
    let is_kept = |group: &Group| {
        group.failures.iter().all(|failed| {
            let place = header.scenario(&failed.scenario).unwrap_or(usize::MAX);
            let path = file_of(folder, &failed.scenario, failed.seed);
            !wanted.keeps(failed.signature, place, failed.seed) || path.exists()
        })
    };
    let (known, groups) = take_up(&old, header, is_kept);
    record.groups = groups;
    if old.header != *header && record.groups.len() < old.groups.len() {
        set_aside(path).map_err(CliError::file(path, "copied"))?;
    }
    Ok((known, Quota::of(&record), record))
}

/// Returns true if the bundled replica runs the whole stock, with enough seeds to reach every mark.
fn is_thorough(target: &Target, header: &Header) -> bool {
    /// With this many seeds, the rarest mark is reached by a few runs.
    const SEEDS: u64 = 20;
    let is_long = |it: &ScenarioId| it.until.saturating_sub(it.first) >= SEEDS;
    matches!(target, Target::Bundled(_))
        && header.shard.is_none()
        && header.scenarios.iter().all(is_long)
        && embedded_scenarios().iter().all(|embedded| {
            let scenario = Scenario::of_file(embedded.path, embedded.text.as_bytes());
            scenario.is_ok_and(|(scenario, _)| {
                let content = content_of(&scenario);
                header.scenarios.iter().any(|it| it.content == content)
            })
        })
}

/// Returns the names of marks that stand in the header.
fn all_marks(target: &Target, names: &[String]) -> Vec<&'static str> {
    let mut marks = target.all_marks();
    marks.retain(|mark| names.iter().any(|name| name == mark));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulation::bundled::Bundled;

    #[test]
    fn all_marks_are_required_of_the_whole_stock() {
        let parse = |it: &crate::files::Embedded| {
            Scenario::of_file(it.path, it.text.as_bytes()).expect("it is embedded").0
        };
        let all: Vec<Scenario> = embedded_scenarios().iter().map(parse).collect();
        let is_thorough = |scenarios: &[Scenario], seeds: u64, shard| {
            let target = Target::Bundled(Bundled::default());
            let mut header = header::header("explore", &target, scenarios, |_| 7..7 + seeds);
            header.as_mut().expect("a header").shard = shard;
            super::is_thorough(&target, &header.expect("a header"))
        };
        assert!(is_thorough(&all, 20, None));
        assert!(!is_thorough(&all, 19, None), "too few to reach the rare ones");
        assert!(!is_thorough(&all[1..], 1000, None), "one is missing");
        let shard = crate::records::Shard { number: 1, of: 2 };
        assert!(!is_thorough(&all, 1000, Some(shard)));
    }
}
