//! `simulator test`: replays the failure files of folders, to see which are fixed.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Args;

use crate::files::load_failure;
use crate::report::ci::{self, Failed, Results};
use crate::report::layout::Page;
use crate::report::style;
use executables::sorted;
use simulation::ResourceLimits;
use simulation::check::{Class, Verdict, judge};
use simulation::engine::Options;
use simulation::failure::{Failure, finding};
use simulation::pool;
use simulation::text::count;

use super::ci::CiArguments;
use super::error::{BAD_INPUT, CliError};
use super::interrupt::watch_for_ctrl_c;
use super::ordered_map::ordered_map;
use super::parsers::jobs;
use super::program_name::replay_file;
use super::status::StatusLine;
use super::target::{Target, TargetArguments};

/// Replay all failure files of a folder: fixed, failing, parted or refused.
///
/// What a project runs on each push, with the failures that it has fixed in a folder such as regressions/. A failure
/// is fixed if its plan passes now. It is failing if the very same run fails, and parted if another run, with another
/// digest, fails. A file is refused if it is no failure file, or if its executable is gone. Exit status: 0 all are
/// fixed; else that of the worst finding, as of `run`; 2 where a file is refused and no other fails, and where there
/// is no failure file at all; 6 stopped with files left.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Folders of failure files, with their subfolders, or single files
    #[arg(required = true, value_name = "DIR|FILE")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub target: TargetArguments,
    /// How many runs at a time; the result is the same for any number [default: one for each core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZero<u16>>,
    #[command(flatten)]
    pub ci: CiArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &TestArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let files = find_all(&arguments.paths)?;
    let tests = Tests::prepare(&arguments.target, &files)?;
    let (interrupted, started) = (watch_for_ctrl_c(), Instant::now());
    let jobs = arguments.jobs.map_or_else(pool::cores, |jobs| usize::from(jobs.get()));
    let jobs = NonZero::new(u16::try_from(jobs).unwrap_or(u16::MAX)).unwrap_or(NonZero::<u16>::MIN);
    let mut total = Total::default();
    let mut results = Results::new("test");
    let mut status = StatusLine::new();
    let work = |file: &PathBuf| (file.clone(), tests.result(file));
    ordered_map(files.iter(), jobs, &interrupted, work, |tested| {
        for (file, tested) in tested {
            status.clear();
            total.add(&tested);
            add_result(&mut results, &file, &tested);
            write_result(out, &file, &tested)?;
            let bad = || format!("{} bad", total.bad());
            status.show(total.all(), files.len() as u64, " files", bad);
        }
        Ok::<_, CliError>(())
    })?;
    status.clear();
    total.write(out, started.elapsed().as_secs_f64())?;
    let left = files.len() as u64 - total.all();
    if left > 0 && interrupted.load(Ordering::Relaxed) {
        writeln!(out, "stopped with {left} files left")?;
        total.worst = total.worst.max(Class::Unknown);
    }
    // Last, so that a file that cannot be written takes nothing from the report.
    out.flush()?;
    arguments.ci.write(&results)?;
    Ok(total.exit_status())
}

/// Finds the files to test; a folder without any is an error.
fn find_all(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            find(path, &mut files)?;
        } else {
            std::fs::metadata(path).map_err(CliError::file(path, "read"))?;
            files.push(path.clone());
        }
        if files.len() == before {
            return Err(CliError::Usage(format!(
                "{}: there is no failure file (*.json) in this folder, so nothing was tested",
                path.display()
            )));
        }
    }
    Ok(files)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    for entry in sorted(folder).map_err(CliError::file(folder, "read"))? {
        let path = entry.path();
        // A link to a folder could lead back here.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "json") && !path.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

/// The result of one file.
enum Tested {
    /// The plan was run.
    Ran(Box<Ran>),
    /// The reason that it could not be run.
    Refused(String),
}

/// A failure whose plan was run again.
struct Ran {
    failure: Failure,
    verdict: Verdict,
    /// The difference to the stored run, if it is another run now.
    difference: Option<String>,
}

impl Ran {
    /// Returns the class that counts: that of the run now.
    fn class(&self) -> Class {
        self.verdict.class
    }

    /// Returns the status in a word.
    fn word(&self) -> &'static str {
        match (self.class(), &self.difference) {
            (Class::Pass, _) if self.failure.class == Class::Pass => "passes",
            (Class::Pass, _) => "fixed",
            (_, None) => "failing",
            (_, Some(_)) => "parted",
        }
    }

    /// Returns the finding now, or the one that is fixed.
    fn finding(&self) -> String {
        let Some(check) = self.verdict.decisive() else { return self.failure.finding() };
        finding(self.verdict.class, check.name, check.reason())
    }

    /// Returns what is to be said of a finding besides itself.
    fn remark(&self) -> Option<String> {
        if self.class() == Class::Pass {
            return None;
        }
        let is_same = self.failure.shown_by(&self.verdict).is_some();
        let then = self.failure.finding();
        match (&self.difference, is_same) {
            (None, true) => None,
            (None, false) => Some(format!("it was {then}: the checks have changed since")),
            (Some(difference), true) => {
                Some(format!("the same finding in another run: {difference}"))
            }
            (Some(difference), false) => Some(format!("it was {then}; another run: {difference}")),
        }
    }
}

/// The failures to test, and the systems that they are run on.
struct Tests {
    failures: BTreeMap<PathBuf, Result<Failure, String>>,
    /// Each executable is prepared once, by its path and its limits.
    targets: BTreeMap<Key, Result<Target, String>>,
}

/// The executable of a failure, and its limits.
type Key = (Option<PathBuf>, Option<u32>, ResourceLimits);

fn key(failure: &Failure) -> Key {
    (failure.executable.clone(), failure.file_limit, failure.limits)
}

impl Tests {
    /// Reads the files, and prepares the systems that they name.
    fn prepare(arguments: &TargetArguments, files: &[PathBuf]) -> Result<Tests, CliError> {
        let load = |file: &PathBuf| {
            let failure = load_failure(file).map_err(|error| CliError::from(error).to_string());
            (file.clone(), failure)
        };
        let failures: BTreeMap<_, _> = files.iter().map(load).collect();
        let mut targets = BTreeMap::new();
        for failure in failures.values().flatten() {
            if targets.contains_key(&key(failure)) {
                continue;
            }
            let target = Target::of_failure(arguments, failure);
            if let Ok(target) = &target {
                target.refuse_real_time(
                    "a failure is replayed to be the very same run, which real time never gives: test in \
                     virtual time, with --clock virtual",
                )?;
            }
            targets.insert(key(failure), target.map_err(|error| error.to_string()));
        }
        Ok(Tests { failures, targets })
    }

    /// Runs the plan of a file.
    fn result(&self, file: &Path) -> Tested {
        let failure = match self.failures.get(file) {
            Some(Ok(failure)) => failure,
            Some(Err(why)) => return Tested::Refused(why.clone()),
            None => return Tested::Refused("it was not read".to_owned()),
        };
        let target = match self.targets.get(&key(failure)) {
            Some(Ok(target)) => target,
            Some(Err(why)) => return Tested::Refused(why.clone()),
            None => return Tested::Refused("its executable was not prepared".to_owned()),
        };
        let evidence = target.run(&failure.plan, Options::default());
        let verdict = judge(&failure.plan, &evidence);
        let difference = failure.difference(target.name(), target.environment(), evidence.digest);
        Tested::Ran(Box::new(Ran { failure: failure.clone(), verdict, difference }))
    }
}

/// Writes the result of a file, with the command that shows a finding.
fn write_result(out: &mut Page<'_>, file: &Path, tested: &Tested) -> Result<(), CliError> {
    let path = file.display();
    match tested {
        Tested::Refused(why) => {
            let bad = style::BAD;
            writeln!(out, "{bad}refused{bad:#}  {path}")?;
            // The errors of files begin with their name.
            let why = why.strip_prefix(&format!("{path}:")).unwrap_or(why).trim_start();
            writeln!(out, "  {why}")?;
        }
        Tested::Ran(ran) => {
            let color = style::of_class(ran.class());
            writeln!(out, "{color}{:<7}{color:#}  {path}", ran.word())?;
            if ran.class() != Class::Pass {
                writeln!(out, "  {}", ran.finding())?;
                ran.remark().iter().try_for_each(|remark| writeln!(out, "  {remark}"))?;
                out.command("  ", &replay_file(file))?;
            }
        }
    }
    Ok(out.flush()?)
}

/// Adds the result of a file to those for CI systems, where a file is a test case.
fn add_result(results: &mut Results, file: &Path, tested: &Tested) {
    let case = file.display().to_string();
    match tested {
        Tested::Refused(why) => {
            let (reason, command) = (why.clone(), String::new());
            results.suite("refused").fail(Failed { case, signature: None, reason, command });
        }
        Tested::Ran(ran) => {
            let suite = results.suite(&ran.failure.plan.scenario);
            match ci::signature(&ran.verdict) {
                None => suite.passed += 1,
                Some((signature, reason)) => suite.fail(Failed {
                    case,
                    signature: Some(signature),
                    reason: format!("{}: {reason}", ran.word()),
                    command: replay_file(file),
                }),
            }
        }
    }
}

/// The files by their results, and the worst class.
struct Total {
    words: BTreeMap<&'static str, u64>,
    refused: u64,
    worst: Class,
}

impl Default for Total {
    fn default() -> Self {
        let words = ["fixed", "failing", "parted"].map(|word| (word, 0));
        Total { words: words.into(), refused: 0, worst: Class::Pass }
    }
}

impl Total {
    fn add(&mut self, tested: &Tested) {
        match tested {
            Tested::Ran(ran) => {
                *self.words.entry(ran.word()).or_default() += 1;
                self.worst = self.worst.max(ran.class());
            }
            Tested::Refused(_) => self.refused += 1,
        }
    }

    fn of(&self, word: &str) -> u64 {
        self.words.get(word).copied().unwrap_or(0)
    }

    fn all(&self) -> u64 {
        self.words.values().sum::<u64>() + self.refused
    }

    fn bad(&self) -> u64 {
        self.of("failing") + self.of("parted") + self.refused
    }

    fn write(&self, out: &mut Page<'_>, seconds: f64) -> Result<(), CliError> {
        let (files, passes) = (count(self.all() as usize, "failure file"), self.of("passes"));
        write!(out, "\n{files}: {} fixed, {} failing, ", self.of("fixed"), self.of("failing"))?;
        if passes > 0 {
            write!(out, "{passes} passing as before, ")?;
        }
        writeln!(out, "{} parted, {} refused; {seconds:.2} s", self.of("parted"), self.refused)?;
        Ok(())
    }

    fn exit_status(&self) -> u8 {
        match self.worst {
            Class::Pass if self.refused > 0 => BAD_INPUT,
            worst => worst.exit_status(),
        }
    }
}
