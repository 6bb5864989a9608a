//! `simulator grade`: many submissions, a row each.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use simulator::check::judge;
use simulator::engine::Options;
use simulator::grade::{self, Graded, Row, Submission};
use simulator::journal::{Journal, build_of, content_of};
use simulator::phrases::count;
use simulator::plan::Plan;
use simulator::pool;
use simulator::report::grades::{self, Csv};
use simulator::scenario::Scenario;

use super::arguments::GradeArguments;
use super::problem::Problem;
use super::run::seeds_of;
use super::status::StatusLine;
use super::subject::{Clock, Subject, SubjectArguments, again};
use super::suite::{load_all, watch_for_ctrl_c};

/// Carries the command out.
pub(crate) fn run(arguments: &GradeArguments, out: &mut dyn Write) -> Result<u8, Problem> {
    let scenarios = load_all(&arguments.scenarios)?;
    let submissions = grade::find(&arguments.paths, &arguments.name)
        .map_err(|(path, error)| Problem::file(&path, "searched for submissions")(error))?;
    let jobs = arguments.jobs.map_or_else(pool::cores, |jobs| usize::from(jobs.get()));
    let mut grading = Grading::resume(arguments, &scenarios, &submissions, out)?;
    let todo = grading.todo.clone();
    let interrupted = watch_for_ctrl_c();
    let clock = arguments.clock;
    let items = submissions.iter().enumerate().zip(todo).flat_map(|((index, submission), todo)| {
        // Whoever comes first prepares it for all; it is gone with its last run.
        let subject = Arc::new(OnceLock::new());
        todo.into_iter().map(move |run| (index, submission, subject.clone(), run))
    });
    let work = |item: Item<'_>, found: &mut dyn FnMut(Found)| {
        let (submission, of, subject, (scenario, seed)) = item;
        let subject = subject.get_or_init(|| prepare(of, clock));
        let graded = subject.as_ref().map_err(String::clone).map(|subject| {
            let plan = Plan::new(&scenarios[scenario], seed);
            Graded::of(&judge(&plan, &subject.run(&plan, Options::default())))
        });
        found(Found { submission, scenario, seed, graded });
    };
    pool::work(items, jobs, work, |found| grading.observe(found, &interrupted));
    grading.finish()
}

/// One run that is to be done: whose (by place in the list and itself), prepared how, which.
type Item<'a> = (usize, &'a Submission, Arc<OnceLock<Result<Subject, String>>>, (usize, u64));

/// One run that was done.
struct Found {
    submission: usize,
    scenario: usize,
    seed: u64,
    graded: Result<Graded, String>,
}

/// Makes a submission ready to be run; or says why it cannot be.
fn prepare(submission: &Submission, clock: Clock) -> Result<Subject, String> {
    let replica = Some(submission.executable.clone()?);
    Subject::new(&SubjectArguments { replica, clock }).map_err(|problem| problem.to_string())
}

/// A line of the journal.
#[derive(Serialize, Deserialize)]
struct Line {
    /// What wrote it, and whose time the run was in.
    build: String,
    submission: String,
    /// What the submission was; see [`Submission::content`].
    executable: String,
    scenario: String,
    /// What the scenario was; see [`content_of`].
    content: String,
    seed: u64,
    graded: Graded,
}

/// A name, and what goes by it.
type Key = (String, String);

/// A grading that is under way.
struct Grading<'a> {
    arguments: &'a GradeArguments,
    scenarios: &'a [Scenario],
    submissions: &'a [Submission],
    out: &'a mut dyn Write,
    csv: Option<Csv<File>>,
    journal: Journal,
    build: String,
    /// By place in the list, as the rows are.
    submission_keys: Vec<Key>,
    scenario_keys: Vec<Key>,
    rows: Vec<Row>,
    /// Runs of each submission, by scenario and seed, that are not done yet.
    todo: Vec<BTreeSet<(usize, u64)>>,
    /// Runs that there are to be, all in all.
    total: u64,
    /// Those of them that are known from before.
    known: u64,
    /// How many rows have been written.
    written: usize,
    started: Instant,
    status: StatusLine,
    problem: Option<Problem>,
    stopped: bool,
}

impl<'a> Grading<'a> {
    /// Takes up what an earlier grading has left in the journal.
    fn resume(
        arguments: &'a GradeArguments,
        scenarios: &'a [Scenario],
        submissions: &'a [Submission],
        out: &'a mut dyn Write,
    ) -> Result<Self, Problem> {
        let program = std::env::current_exe()
            .map_err(Problem::file(Path::new("the program's own file"), "found"))?;
        let build = build_of(&program).map_err(Problem::file(&program, "read"))?;
        let csv = arguments.csv.as_deref().map(|path| {
            let made = File::create(path).and_then(Csv::new);
            made.map_err(Problem::file(path, "written"))
        });
        let (journal, lines) = Journal::open::<Line>(&arguments.progress)?;
        let runs: BTreeSet<_> = scenarios
            .iter()
            .enumerate()
            .flat_map(|(index, scenario)| {
                seeds_of(scenario, arguments.seeds.as_ref()).map(move |seed| (index, seed))
            })
            .collect();
        let mut grading = Grading {
            arguments,
            scenarios,
            submissions,
            out,
            csv: csv.transpose()?,
            journal,
            build: format!("{build}-{:?}", arguments.clock).to_lowercase(),
            submission_keys: submissions.iter().map(|it| (it.name.clone(), content(it))).collect(),
            scenario_keys: scenarios.iter().map(|it| (it.name.clone(), content_of(it))).collect(),
            rows: vec![Row::default(); submissions.len()],
            total: (runs.len() * submissions.len()) as u64,
            todo: vec![runs; submissions.len()],
            known: 0,
            written: 0,
            started: Instant::now(),
            status: StatusLine::new(),
            problem: None,
            stopped: false,
        };
        grading.take_up(lines);
        grades::write_heading(grading.out)?;
        Ok(grading)
    }

    /// Adds what is known from before, where nothing has changed since.
    fn take_up(&mut self, lines: Vec<Line>) {
        let place = |keys: &[Key], key: Key| keys.iter().position(|other| *other == key);
        for line in lines.into_iter().filter(|line| line.build == self.build) {
            let submission = place(&self.submission_keys, (line.submission, line.executable));
            let scenario = place(&self.scenario_keys, (line.scenario, line.content));
            let (Some(submission), Some(scenario)) = (submission, scenario) else { continue };
            if self.todo[submission].remove(&(scenario, line.seed)) {
                self.rows[submission].add(scenario, line.seed, line.graded);
                self.known += 1;
            }
        }
    }

    /// Keeps what was found, and says whether to go on.
    fn observe(&mut self, found: Option<Found>, interrupted: &AtomicBool) -> ControlFlow<()> {
        if let Err(problem) = found.map_or(Ok(()), |found| self.add(found)) {
            self.problem.get_or_insert(problem);
        }
        let words = || count(self.written, "submission") + " done";
        self.status.show(self.total - self.left(), self.total, " runs", words);
        self.stopped |= interrupted.load(Ordering::Relaxed);
        match self.stopped || self.problem.is_some() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn add(&mut self, found: Found) -> Result<(), Problem> {
        let Found { submission, scenario, seed, graded } = found;
        match graded {
            Ok(graded) => {
                let (name, executable) = self.submission_keys[submission].clone();
                let (of, content) = self.scenario_keys[scenario].clone();
                let build = self.build.clone();
                let line = Line {
                    build,
                    submission: name,
                    executable,
                    scenario: of,
                    content,
                    seed,
                    graded,
                };
                self.journal.note(&line)?;
                self.todo[submission].remove(&(scenario, seed));
                self.rows[submission].add(scenario, seed, line.graded);
            }
            Err(why) => {
                self.todo[submission].clear();
                self.rows[submission].unfit = Some(why);
            }
        }
        self.write_rows()
    }

    /// How many runs are left.
    fn left(&self) -> u64 {
        self.todo.iter().map(|runs| runs.len() as u64).sum()
    }

    /// Writes the rows that are complete, in the order of the submissions.
    fn write_rows(&mut self) -> Result<(), Problem> {
        while self.todo.get(self.written).is_some_and(BTreeSet::is_empty) {
            self.status.clear();
            let submission = &self.submissions[self.written];
            let (name, row) = (&submission.name, &self.rows[self.written]);
            let again = self.again(submission, row);
            grades::write_row(self.out, name, row, &again)?;
            self.out.flush()?;
            if let (Some(csv), Some(path)) = (&mut self.csv, &self.arguments.csv) {
                let executable = submission.executable.as_deref().unwrap_or(Path::new(""));
                let wrote = csv.write(name, &executable.to_string_lossy(), row, &again);
                wrote.and_then(|()| csv.flush()).map_err(Problem::file(path, "written"))?;
            }
            self.written += 1;
        }
        Ok(())
    }

    /// The command that shows a row's worst finding.
    fn again(&self, submission: &Submission, row: &Row) -> String {
        let (Some(worst), Ok(path)) = (&row.worst, &submission.executable) else {
            return String::new();
        };
        let scenario = &self.scenarios[worst.scenario];
        let scenario = scenario.path.as_deref().unwrap_or(Path::new(&scenario.name));
        again(scenario, worst.seed, Some(path), self.arguments.clock)
    }

    /// Says how it went.
    fn finish(mut self) -> Result<u8, Problem> {
        if self.problem.is_none() {
            self.problem = self.write_rows().err();
        }
        self.status.clear();
        let (left, done) = (self.left(), self.rows.iter().map(|row| row.runs).sum::<u64>());
        let fresh = done - self.known;
        let submissions = count(self.submissions.len(), "submission");
        write!(self.out, "\n{submissions}, {}", count(done, "run"))?;
        if self.known > 0 {
            write!(self.out, ", {} known from {}", self.known, self.arguments.progress.display())?;
        }
        writeln!(self.out, ", {fresh} now in {:.2} s", self.started.elapsed().as_secs_f64())?;
        if left > 0 {
            writeln!(
                self.out,
                "stopped with {} left; the same command goes on from here",
                count(left, "run")
            )?;
        }
        self.problem.map_or(Ok(0), Err)
    }
}

/// Changes when the submission does.
fn content(submission: &Submission) -> String {
    let executable = submission.executable.as_ref().ok();
    executable.and_then(|path| submission.content(path).ok()).unwrap_or_default()
}
