//! `simulator grade`: many submissions, a row each.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::grade::{self, Graded, Row, Submission};
use crate::records::{
    Claim, Header, Log, Record, Run, Signature, State, Unfit, is_same_work, read, same_scenario,
    set_aside,
};
use crate::report::ci::{Failed, Results};
use crate::report::grades::{self, Csv};
use crate::report::html::{self, Entry};
use crate::report::layout::{Page, Table};
use simulation::check::{Class, judge};
use simulation::engine::Options;
use simulation::failure::Failure;
use simulation::pool;
use simulation::scenario::Scenario;
use simulation::text::count;
use testing::report::arguments_of;

use super::arguments::GradeArguments;
use super::error::{CliError, INTERRUPTED};
use super::grade_header::{header_of, wanted_of};
use super::grade_outputs::{Again, Finished, GradeOutputs, Needs};
use super::interrupt::watch_for_ctrl_c;
use super::pages::Pages;
use super::run::{run_plan, seeds_of};
use super::shard;
use super::status::{Patience, StatusLine};
use super::suite::{load_all, refuse_equal_names};
use super::target::{Clock, Target, TargetArguments, replay_command};

/// Runs the command.
pub(crate) fn run(arguments: &GradeArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let scenarios = load_all(&arguments.scenarios)?;
    refuse_equal_names(&scenarios)?;
    let submissions = grade::find(&arguments.paths, &arguments.name)
        .map_err(|(path, error)| CliError::file(&path, "searched for submissions")(error))?;
    refuse_none(&submissions, arguments)?;
    let jobs = arguments.jobs.map_or_else(pool::cores, |jobs| usize::from(jobs.get()));
    let patience = Patience::new("reading the submissions");
    let mut grading = Grading::resume(arguments, &scenarios, &submissions, out)?;
    drop(patience);
    let known = grading.known.clone();
    let interrupted = watch_for_ctrl_c();
    let runs = runs_of(&scenarios, arguments);
    let part = grading.header.shard;
    let (count, all) = (scenarios.len(), scenarios.len() * submissions.len());
    let has = |submission: usize, scenario: usize, seed: u64| {
        let seeds = seeds_of(&scenarios[scenario], arguments.seeds.as_ref());
        shard::has(part, all, submission * count + scenario, &seeds, seed)
    };
    let has = &has;
    let items =
        submissions.iter().enumerate().zip(known).flat_map(|((index, submission), known)| {
            // A submission's first run prepares it for all its runs, and its last one drops the target.
            let target: Prepared = Arc::new(OnceLock::new());
            let prepared = target.clone();
            let is_fit = move |_: &_| !matches!(prepared.get(), Some(Err(_)));
            let todo = runs.clone().filter(move |&(scenario, seed)| has(index, scenario, seed));
            let todo = todo.filter(move |run| !known.contains(run)).take_while(is_fit);
            todo.map(move |run| (index, submission, target.clone(), run))
        });
    let work = |item: Item<'_>, found: &mut dyn FnMut(Found)| {
        let (submission, of, target, (scenario, seed)) = item;
        let target = target.get_or_init(|| prepare(of, arguments));
        let graded = target.as_ref().map_err(String::clone).map(|target| {
            let plan = target.plan(&scenarios[scenario], seed);
            let evidence = target.run(&plan, Options::default());
            Graded::of(&judge(&plan, &evidence), &evidence)
        });
        found(Found { submission, scenario, seed, graded });
    };
    pool::work(items, jobs, work, |found| grading.observe(found, &interrupted));
    grading.finish()
}

/// Says where submissions were looked for, if there is none.
fn refuse_none(submissions: &[Submission], arguments: &GradeArguments) -> Result<(), CliError> {
    if submissions.iter().any(|submission| submission.executable.is_ok()) {
        return Ok(());
    }
    let reasons: Vec<String> = submissions
        .iter()
        .take(3)
        .filter_map(|submission| submission.executable.clone().err())
        .collect();
    let more = match submissions.len().saturating_sub(reasons.len()) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Err(CliError::Usage(format!(
        "no submission was found: {}{more}; --name says what the executable is called, if not {}",
        reasons.join("; "),
        arguments.name
    )))
}

/// A submission's target once it is prepared, or the reason that it cannot run.
type Prepared = Arc<OnceLock<Result<Target, String>>>;

/// A pending run: submission with its place in the list, prepared target, scenario and seed.
type Item<'a> = (usize, &'a Submission, Prepared, (usize, u64));

/// Returns the runs of each submission, by scenario and seed.
///
/// They are an iterator, because all of them might not fit into memory.
fn runs_of<'a>(
    scenarios: &'a [Scenario],
    arguments: &'a GradeArguments,
) -> impl Iterator<Item = (usize, u64)> + Clone + 'a {
    let seeds = arguments.seeds.as_ref();
    scenarios
        .iter()
        .enumerate()
        .flat_map(move |(index, scenario)| seeds_of(scenario, seeds).map(move |seed| (index, seed)))
}

/// A run that was done.
struct Found {
    submission: usize,
    scenario: usize,
    seed: u64,
    graded: Result<Graded, String>,
}

/// Prepares a submission to be run, or returns the reason that it cannot run.
fn prepare(submission: &Submission, arguments: &GradeArguments) -> Result<Target, String> {
    let replica = Some(submission.executable.clone()?);
    let GradeArguments { clock, file_limit, limits, .. } = arguments;
    let (clock, file_limit, limits) = (*clock, *file_limit, limits.clone());
    let arguments = TargetArguments { replica, clock, file_limit, limits, violate: Vec::new() };
    Target::prepare(&arguments).map_err(|problem| problem.to_string())
}

/// A grading in progress.
struct Grading<'a, 'w> {
    arguments: &'a GradeArguments,
    scenarios: &'a [Scenario],
    submissions: &'a [Submission],
    out: &'a mut Page<'w>,
    csv: Option<Csv<File>>,
    header: Header,
    /// The open record, until the end.
    log: Option<Log>,
    outputs: GradeOutputs<'a>,
    rows: Vec<Row>,
    table: Table,
    /// The runs of each submission that an earlier grading has done, by scenario and seed.
    known: Vec<BTreeSet<(usize, u64)>>,
    /// The number of runs of each submission that are not done yet.
    left: Vec<u64>,
    /// The number of all runs.
    total: u64,
    /// The number of rows that have been written.
    written: usize,
    started: Instant,
    status: StatusLine,
    problem: Option<CliError>,
    /// True if a signal stopped it.
    stopped: bool,
}

impl<'a, 'w> Grading<'a, 'w> {
    /// Reads the results that an earlier grading has left in the journal.
    fn resume(
        arguments: &'a GradeArguments,
        scenarios: &'a [Scenario],
        submissions: &'a [Submission],
        out: &'a mut Page<'w>,
    ) -> Result<Self, CliError> {
        let claim = Claim::take(&arguments.record)?;
        let csv = arguments.csv.as_deref().map(|path| {
            let made = File::create(path).and_then(Csv::new);
            made.map_err(CliError::file(path, "written"))
        });
        let mut header = header_of(arguments, scenarios, submissions)?;
        header.shard = arguments.shard.settle(submissions.len(), &header.scenarios)?;
        let old = read(&arguments.record)?.map(|reading| reading.record);
        let runs = header.scenarios.iter().map(|it| it.until - it.first);
        let runs = runs.fold(0, u64::saturating_add);
        let names = submissions.iter().map(|it| it.name.as_str());
        let table = grades::lay_out(out.width(), names, runs);
        let left = (0..submissions.len()).map(|place| wanted_of(&header, place)).collect();
        let mut grading = Grading {
            arguments,
            scenarios,
            submissions,
            out,
            csv: csv.transpose()?,
            log: None,
            outputs: GradeOutputs::new(
                &arguments.outputs,
                scenarios,
                Needs {
                    submissions: submissions.len(),
                    pages: arguments.html.is_some(),
                    runs: arguments.ci.is_any(),
                },
            )?,
            rows: vec![Row::default(); submissions.len()],
            table,
            known: vec![BTreeSet::new(); submissions.len()],
            left,
            total: 0,
            written: 0,
            started: Instant::now(),
            status: StatusLine::new(),
            problem: None,
            stopped: false,
            header,
        };
        grading.total = grading.left();
        let record = grading.take_up(old.as_ref());
        if old.is_some_and(|it| it.header != record.header && it.runs.len() > record.runs.len()) {
            set_aside(&arguments.record).map_err(CliError::file(&arguments.record, "copied"))?;
        }
        grading.log = Some(Log::begin(claim, &arguments.record, &record)?);
        grades::write_heading(grading.out, &grading.table)?;
        Ok(grading)
    }

    /// Adds earlier results where nothing has changed since, and returns them.
    fn take_up(&mut self, old: Option<&Record>) -> Record {
        let mut record = Record::new(self.header.clone());
        let Some(old) = old.filter(|old| is_same_work(&old.header, &self.header)) else {
            return record;
        };
        for run in &old.runs {
            let Some(id) = &run.submission else { continue };
            let submission = self.header.submissions.iter().position(|it| it.is_the_same(id));
            let scenario = same_scenario(&old.header, &self.header, &run.scenario);
            let (Some(submission), Some(scenario)) = (submission, scenario) else { continue };
            let seeds = self.header.scenarios[scenario].seeds();
            let (count, all) =
                (self.scenarios.len(), self.scenarios.len() * self.submissions.len());
            let place = submission * count + scenario;
            let is_ours = seeds.contains(&run.seed)
                && shard::has(self.header.shard, all, place, &seeds, run.seed);
            if is_ours && self.known[submission].insert((scenario, run.seed)) {
                let graded = run.graded();
                self.outputs.add(submission, scenario, run.seed, &graded);
                self.rows[submission].add(scenario, run.seed, graded);
                self.left[submission] -= 1;
                let id = Some(self.header.submissions[submission].clone());
                record.runs.push(Run { submission: id, ..run.clone() });
            }
        }
        record
    }

    /// Records a result, and says whether to go on.
    fn observe(&mut self, found: Option<Found>, interrupted: &AtomicBool) -> ControlFlow<()> {
        if let Err(problem) = found.map_or(Ok(()), |found| self.add(found)) {
            self.problem.get_or_insert(problem);
        }
        let words = || count(self.written, "submission") + " done";
        self.status.show(self.total - self.left(), self.total, " runs", words);
        self.stopped |= interrupted.load(Ordering::Relaxed);
        if self.stopped || self.problem.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn add(&mut self, found: Found) -> Result<(), CliError> {
        let Found { submission, scenario, seed, graded } = found;
        let id = self.header.submissions[submission].clone();
        match graded {
            Ok(graded) => {
                let name = &self.scenarios[scenario].name;
                let run = Run::of(Some(id), name, seed, &graded, Vec::new());
                self.log.as_mut().map_or(Ok(()), |log| log.run(run))?;
                self.left[submission] -= 1;
                self.outputs.add(submission, scenario, seed, &graded);
                self.rows[submission].add(scenario, seed, graded);
            }
            Err(reason) => {
                let unfit = Unfit { submission: id, reason: reason.clone() };
                self.log.as_mut().map_or(Ok(()), |log| log.unfit(unfit))?;
                self.left[submission] = 0;
                self.rows[submission].unfit = Some(reason);
            }
        }
        self.write_rows()
    }

    /// Returns the number of runs that are left.
    fn left(&self) -> u64 {
        self.left.iter().copied().fold(0, u64::saturating_add)
    }

    /// Writes the rows that are complete, in the order of the submissions.
    fn write_rows(&mut self) -> Result<(), CliError> {
        while self.left.get(self.written) == Some(&0) {
            self.status.clear();
            let submission = &self.submissions[self.written];
            let (name, row) = (&submission.name, &self.rows[self.written]);
            let replay_command = self.replay_command(submission, row);
            grades::write_row(self.out, &self.table, name, row, &replay_command)?;
            self.out.flush()?;
            if let (Some(csv), Some(path)) = (&mut self.csv, &self.arguments.csv) {
                let executable = submission.executable.as_deref().unwrap_or(Path::new(""));
                let wrote = csv.write(name, &executable.to_string_lossy(), row, &replay_command);
                wrote.and_then(|()| csv.flush()).map_err(CliError::file(path, "written"))?;
            }
            self.written += 1;
        }
        Ok(())
    }

    /// Returns the command that shows a row's worst finding.
    fn replay_command(&self, submission: &Submission, row: &Row) -> String {
        let worst = row.worst.as_ref();
        worst.map_or_else(String::new, |it| {
            self.command_of(submission, it.scenario, it.seed) + &arguments_of(&it.place)
        })
    }

    /// Returns the command that shows a run.
    fn command_of(&self, submission: &Submission, scenario: usize, seed: u64) -> String {
        let Ok(path) = &submission.executable else { return String::new() };
        let scenario = &self.scenarios[scenario];
        let scenario = scenario.path.as_deref().unwrap_or(Path::new(&scenario.name));
        replay_command(
            scenario,
            seed,
            Some(path),
            self.arguments.clock,
            self.arguments.file_limit,
            &self.arguments.limits,
        )
    }

    /// Draws the rows as a table, and the run of each worst finding.
    fn draw(&mut self, folder: &Path) -> Result<(), CliError> {
        self.status.clear();
        let mut pages = Pages::open(folder, "grade".to_owned())?;
        let mut table = html::Table { title: "Submissions".to_owned(), ..html::Table::default() };
        table.head = grades::HEAD.map(str::to_owned).to_vec();
        for (number, (submission, row)) in self.submissions.iter().zip(&self.rows).enumerate() {
            let mut page = None;
            if let Some(worst) = &row.worst {
                let replay_command = self.replay_command(submission, row);
                if let Some((outcome, _)) = self.again(submission, worst.scenario, worst.seed)? {
                    page = Some(pages.page(&format!("{number}-{}", submission.name), &outcome)?);
                }
                let (name, reason) = (submission.name.clone(), worst.reason.clone());
                let entry = Entry { name, reason, command: replay_command, page: page.clone() };
                pages.index.failure(worst.class, worst.check, entry);
            }
            table.rows.push(grades::cells(&submission.name, row, page));
        }
        pages.index.table(table);
        pages.close().map(drop)
    }

    /// Makes a run once more, with what a page needs; in real time it would be another.
    fn again(
        &self,
        submission: &Submission,
        scenario: usize,
        seed: u64,
    ) -> Result<Option<Again>, CliError> {
        if matches!(self.arguments.clock, Clock::Real) {
            return Ok(None);
        }
        let target = prepare(submission, self.arguments).map_err(CliError::Usage)?;
        let plan = target.plan(&self.scenarios[scenario], seed);
        let options = Options { picture: true, ..Options::default() };
        let outcome = run_plan(&target, plan, self.command_of(submission, scenario, seed), options);
        let failure = Failure::of(&*target, &outcome.plan, &outcome.evidence, &outcome.verdict);
        Ok(Some((outcome, failure)))
    }

    /// Returns the results for CI systems: a submission is a suite.
    fn results(&self) -> Results {
        let mut results = Results::new("grade");
        for (place, submission) in self.submissions.iter().enumerate() {
            let suite = results.suite(&submission.name);
            if let Some(why) = &self.rows[place].unfit {
                let (case, reason) = (submission.name.clone(), why.clone());
                suite.fail(Failed { case, signature: None, reason, command: String::new() });
            }
            for (scenario, seed, graded) in self.outputs.runs(place) {
                let Some(check) = graded.check else {
                    suite.passed += 1;
                    continue;
                };
                let signature = Signature { class: graded.class, check, subject: graded.subject };
                suite.fail(Failed {
                    case: format!("{}, seed {seed}", self.scenarios[scenario].name),
                    signature: Some(signature),
                    reason: graded.reason.clone(),
                    command: self.command_of(submission, scenario, seed)
                        + &arguments_of(&graded.place),
                });
            }
        }
        results
    }

    /// Writes what is asked for besides the rows.
    fn write_outputs(&mut self) -> Result<(), CliError> {
        self.status.clear();
        let ci = &self.arguments.ci;
        let told = if ci.is_any() { ci.write(&self.results()) } else { Ok(()) };
        let written = self.outputs.write(&Finished {
            scenarios: self.scenarios,
            submissions: self.submissions,
            rows: &self.rows,
            is_complete: &|place| self.left[place] == 0,
            replay_command: &|submission, scenario, seed| {
                self.command_of(submission, scenario, seed)
            },
            again: &|submission, scenario, seed| self.again(submission, scenario, seed),
        });
        told.and(written)
    }

    /// Writes the closing lines, and returns the exit status.
    fn finish(mut self) -> Result<u8, CliError> {
        if self.problem.is_none() {
            self.problem = self.write_rows().err();
        }
        self.status.clear();
        self.close();
        let (left, done) = (self.left(), self.rows.iter().map(|row| row.runs).sum::<u64>());
        let known = self.known.iter().map(|runs| runs.len() as u64).sum::<u64>();
        let fresh = done - known;
        let submissions = count(self.submissions.len(), "submission");
        write!(self.out, "\n{submissions}, {}", count(done, "run"))?;
        if known > 0 {
            write!(self.out, ", {known} known from {}", self.arguments.record.display())?;
        }
        writeln!(self.out, ", {fresh} now in {:.2} s", self.started.elapsed().as_secs_f64())?;
        if left > 0 {
            writeln!(
                self.out,
                "stopped with {} left; the same command goes on from here",
                count(left, "run")
            )?;
        }
        // Last, so that a file that cannot be written takes nothing from the report.
        self.out.flush()?;
        let html = self.arguments.html.as_deref();
        let drawn = html.map_or(Ok(()), |folder| self.draw(folder));
        let written = self.write_outputs();
        let status = if left > 0 { INTERRUPTED } else { Class::Pass.exit_status() };
        let problem = self.problem.or(drawn.err()).or(written.err());
        problem.map_or(Ok(status), Err)
    }

    /// Brings the record into order.
    fn close(&mut self) {
        let state = if self.left() == 0 { State::Complete } else { State::Interrupted };
        let elapsed = self.started.elapsed().as_secs_f64();
        let finished = self.log.take().map(|log| log.finish(state, None, elapsed, |_| ()));
        if let Some(Err(problem)) = finished {
            self.problem.get_or_insert(problem.into());
        }
    }
}
