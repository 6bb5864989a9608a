//! `simulator explore`: many seeds on all cores.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::files::fingerprint::build_of;
use crate::files::fingerprint::program_of;
use crate::files::progress::{Known, Progress};
use crate::files::{load_failure, save_failure};
use crate::report::html::{self, Cell, Entry};
use crate::report::layout::Page;
use crate::report::{self, style, text};
use simulation::check::Class;
use simulation::engine::Options;
use simulation::explore::{Chunk, Done, Finding, Summary};
use simulation::failure::Failure;
use simulation::pool;
use simulation::scenario::Scenario;
use simulation::text::{count, shell_word};

use super::arguments::ExploreArguments;
use super::error::CliError;
use super::interrupt::watch_for_ctrl_c;
use super::pages::Pages;
use super::replay::replay_plan;
use super::status::{Patience, StatusLine};
use super::suite::load_all;
use super::target::{self, Target};

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
    let mut exploration = Exploration::resume(arguments, jobs, &target, &scenarios)?;
    drop(patience);
    let known = std::mem::take(&mut exploration.known);
    let rest = |chunk: Chunk| known.rest(&scenarios[chunk.scenario], chunk);
    let seeds = arguments.seeds.clone();
    let interrupted = watch_for_ctrl_c();
    simulation::explore::explore(&*target, &scenarios, seeds, jobs, rest, |finding| {
        exploration.observe(finding, &interrupted)
    });
    if let Some(folder) = &arguments.html {
        exploration.draw(&target, folder)?;
    }
    exploration.finish(out)
}

/// Refuses scenarios with equal names, because files of failures are named after their scenario.
fn refuse_equal_names(scenarios: &[Scenario]) -> Result<(), CliError> {
    let mut names = BTreeSet::new();
    match scenarios.iter().find(|scenario| !names.insert(&scenario.name)) {
        None => Ok(()),
        Some(twice) => Err(CliError::Usage(format!(
            "two scenarios are named {}: explore them one at a time, each with its own --out",
            twice.name
        ))),
    }
}

/// Returns the fingerprint of the executable and the files that it may import.
///
/// Files that this command writes do not count.
fn program(executable: &Path, out: &Path, html: Option<&Path>) -> Result<String, CliError> {
    let error = |error| CliError::file(executable, "read")(error);
    let whole = executable.canonicalize().map_err(error)?;
    let folder = whole.parent().unwrap_or(Path::new("/"));
    if out.canonicalize().is_ok_and(|out| out == folder) {
        return Err(CliError::Usage(format!(
            "--out {}: this is the executable's own folder, and what changes in it makes all runs be \
             run afresh: give failures a folder of their own",
            out.display()
        )));
    }
    let ours: Vec<PathBuf> = [out].into_iter().chain(html).map(Path::to_owned).collect();
    program_of(&whole, folder, &ours).map_err(error)
}

/// Returns the path of the failure of a scenario and seed.
fn file_of(folder: &Path, scenario: &str, seed: u64) -> PathBuf {
    folder.join(format!("{scenario}-{seed}.json"))
}

/// Returns some of many points, the last one included.
fn every_few(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    const MOST: usize = 200;
    let step = points.len().div_ceil(MOST).max(1);
    let mut few: Vec<_> = points.iter().rev().step_by(step).copied().collect();
    few.reverse();
    few
}

/// An exploration in progress.
struct Exploration {
    folder: PathBuf,
    progress: Progress,
    known: Known,
    known_runs: u64,
    summary: Summary,
    /// The number of failures so far, including those of unfinished chunks.
    failed: usize,
    /// Those of them that could not be saved.
    unsaved: usize,
    total: u64,
    jobs: usize,
    all_marks: bool,
    /// The names of all marks that runs can reach.
    marks: Vec<&'static str>,
    started: Instant,
    /// How many runs were done by when, in seconds.
    pace: Vec<(f64, f64)>,
    limit: Option<Duration>,
    status: StatusLine,
    problem: Option<CliError>,
    stopped: bool,
    /// The versions on which the digests depend besides the plan.
    environment: Option<String>,
}

impl Exploration {
    /// Reads the results that an earlier exploration has left in the folder.
    fn resume(
        arguments: &ExploreArguments,
        jobs: usize,
        target: &Target,
        scenarios: &[Scenario],
    ) -> Result<Self, CliError> {
        let folder = arguments.out.clone();
        let ours = std::env::current_exe()
            .map_err(CliError::file(Path::new("the program's own file"), "found"))?;
        let mut build = build_of(&ours).map_err(CliError::file(&ours, "read"))?;
        if let Some(path) = target.executable() {
            build.push('-');
            build.push_str(&program(path, &folder, arguments.html.as_deref())?);
        }
        // With another interpreter or C library, everything is run again.
        if let Some(environment) = target.environment() {
            build.push('-');
            build.push_str(environment);
        }
        let progress = Progress::open(&folder.join("progress.jsonl"), build, scenarios)?;
        // A failure whose file is gone is looked for again.
        let is_kept = |done: &Done| {
            let file = |seed| file_of(&folder, &done.scenario, seed);
            done.failures.iter().all(|found| file(found.seed).exists())
        };
        let known = progress.known(&arguments.seeds, is_kept);
        let mut summary = Summary::default();
        known.pieces.iter().for_each(|done| summary.add(done));
        let seeds = arguments.seeds.end - arguments.seeds.start;
        Ok(Exploration {
            folder,
            progress,
            known,
            known_runs: summary.runs,
            failed: summary.failed(),
            unsaved: 0,
            summary,
            total: seeds.saturating_mul(scenarios.len() as u64),
            jobs,
            all_marks: arguments.all_marks,
            marks: target.marks_of(scenarios),
            started: Instant::now(),
            pace: vec![(0.0, 0.0)],
            limit: arguments.time.map(Duration::from_nanos),
            status: StatusLine::new(),
            problem: None,
            stopped: false,
            environment: target.environment().map(str::to_owned),
        })
    }

    /// Records a finding, and says whether to go on.
    fn observe(&mut self, finding: Option<Finding>, interrupted: &AtomicBool) -> ControlFlow<()> {
        let kept = match finding {
            Some(Finding::Failed(failure)) => self.save(&failure),
            Some(Finding::Done(done)) => {
                self.summary.add(&done);
                let fresh = (self.summary.runs - self.known_runs) as f64;
                self.pace.push((self.started.elapsed().as_secs_f64(), fresh));
                self.progress.note(done).map_err(CliError::from)
            }
            None => Ok(()),
        };
        if let Err(problem) = kept {
            self.problem.get_or_insert(problem);
        }
        let (done, total, failed) = (self.summary.runs, self.total, self.failed);
        let rate = (done - self.known_runs) as f64 / self.started.elapsed().as_secs_f64();
        self.status.show(done, total, "", || format!("{rate:.0}/s, {failed} failed"));
        let out_of_time = self.limit.is_some_and(|limit| self.started.elapsed() >= limit);
        self.stopped |= interrupted.load(Ordering::Relaxed) || out_of_time;
        if self.stopped || self.problem.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Writes a failure's file, completely or not at all.
    fn save(&mut self, failure: &Failure) -> Result<(), CliError> {
        self.failed += 1;
        let path = file_of(&self.folder, &failure.plan.scenario, failure.plan.seed);
        save_failure(failure, &path).map_err(|error| {
            self.unsaved += 1;
            CliError::file(&path, "written")(error)
        })
    }

    /// Draws failures as pages, with an index of them.
    fn draw(&mut self, target: &Target, folder: &Path) -> Result<(), CliError> {
        self.status.clear();
        let mut pages = Pages::open(folder, format!("explore: {}", target.name()))?;
        let (runs, failed) = (self.summary.runs, self.summary.failed());
        pages.index.fact(format!("{}, {failed} failed", count(runs, "run")));
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = (runs - self.known_runs) as f64 / seconds;
        let title = format!("runs over {seconds:.1} s: {rate:.0} a second");
        pages.index.pace(title, &every_few(&self.pace));
        for ((class, check), failures) in &self.summary.failures {
            for ((scenario, seed), reason) in failures {
                let path = file_of(&self.folder, scenario, *seed);
                let name = format!("{scenario}-{seed}");
                let command = format!("{} replay {}", target::program(), shell_word(&path));
                let mut page = None;
                if pages.has_room(*class, *check) {
                    let failure = load_failure(&path)?;
                    let options = Options { picture: true, ..Options::default() };
                    let outcome = replay_plan(target, &path, &failure.plan, options);
                    page = Some(pages.page(&name, &outcome)?);
                }
                let reason = reason.clone();
                pages.index.failure(*class, *check, Entry { name, reason, command, page });
            }
        }
        pages.index.table(self.marks_table());
        pages.close().map(drop)
    }

    /// The marks, rare ones first.
    fn marks_table(&self) -> html::Table {
        let mut marks: Vec<_> =
            self.marks.iter().map(|&name| (self.summary.marks.count(name), name)).collect();
        marks.sort_by_key(|(count, _)| (*count == 0, *count));
        let row = |(count, name): (u64, &str)| {
            let class = if count == 0 { "bad" } else { "" };
            let cell = |text: String| Cell { text, class, page: None };
            let count = if count == 0 { "never".to_owned() } else { count.to_string() };
            vec![cell(name.to_owned()), cell(count)]
        };
        html::Table {
            title: "Coverage marks, by number of runs that reached them".to_owned(),
            head: vec!["mark".to_owned(), "runs".to_owned()],
            rows: marks.into_iter().map(row).collect(),
        }
    }

    /// Writes the summary.
    fn finish(mut self, out: &mut Page<'_>) -> Result<u8, CliError> {
        self.status.clear();
        let elapsed = self.started.elapsed().as_secs_f64();
        let (summary, known) = (&self.summary, self.known_runs);
        let fresh = summary.runs - known;
        let rate = fresh as f64 / elapsed;
        write!(out, "{} runs, digest {:016x}; ", summary.runs, summary.digest)?;
        if known > 0 {
            let file = self.folder.join("progress.jsonl");
            write!(out, "{known} known from {}, ", file.display())?;
        }
        let threads = count(self.jobs, "thread");
        let decimals = usize::from(rate < 9.95);
        writeln!(
            out,
            "{fresh} now in {elapsed:.2} s on {threads}, {rate:.decimals$} seeds a second"
        )?;
        if let Some(environment) = &self.environment {
            text::write_environment(out, environment)?;
        }
        self.write_failures(out)?;
        let unmarked = self.write_marks(out)?;
        let left = self.total.saturating_sub(summary.runs);
        if self.stopped && left > 0 {
            writeln!(out, "stopped with {left} runs left; the same command goes on from here")?;
        }
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(summary.worst().max(unmarked).exit_status()),
        }
    }

    /// Writes the marks that were reached, and returns the class of those that were not.
    ///
    /// If all marks are required, a mark that no run reached makes the result unknown.
    fn write_marks(&self, out: &mut Page<'_>) -> Result<Class, CliError> {
        let names = &self.marks;
        report::marks::write(out, &self.summary.marks, names, self.summary.runs)?;
        let missing = names.iter().any(|name| self.summary.marks.count(name) == 0);
        if !(self.all_marks && missing) {
            return Ok(Class::Pass);
        }
        let bad = style::BAD;
        writeln!(
            out,
            "{bad}not all marks were reached{bad:#}: what was never reached was not tested"
        )?;
        Ok(Class::Unknown)
    }

    fn write_failures(&self, out: &mut Page<'_>) -> Result<(), CliError> {
        let (good, bad) = (style::GOOD, style::BAD);
        match self.summary.failed() {
            0 => writeln!(out, "{good}no run failed{good:#}")?,
            failed => {
                let folder = self.folder.display();
                let failed = count(failed, "run");
                let saved = match self.unsaved {
                    0 => format!("each saved in {folder}"),
                    unsaved => format!("{unsaved} of them could not be saved in {folder}"),
                };
                writeln!(out, "{bad}{failed} failed{bad:#}, {saved}")?;
            }
        }
        // The worst class first.
        for ((class, check), failures) in self.summary.failures.iter().rev() {
            let (color, name, count) = (style::of_class(*class), class.name(), failures.len());
            writeln!(out, "  {color}{name}{color:#}, {check}: {count}")?;
            if let Some(((scenario, seed), reason)) = failures.first_key_value() {
                let path = file_of(&self.folder, scenario, *seed);
                writeln!(out, "    first: {scenario}, seed {seed}: {reason}")?;
                if path.exists() {
                    let command = format!("{} replay {}", target::program(), shell_word(&path));
                    out.command("    ", &command)?;
                }
            }
        }
        Ok(())
    }
}
