//! What `grade` writes besides its rows: Gradescope's results, runs as CSV, and a folder for each submission.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use crate::files::save_failure;
use crate::grade::{Graded, Points, Row, Runs, Submission};
use crate::report::grade_runs::{RunRow, RunsCsv};
use crate::report::gradescope::{self, Student};
use crate::report::layout::Page;
use crate::report::{Outcome, text};
use simulation::check::Class;
use simulation::failure::Failure;
use simulation::scenario::Scenario;
use simulation::text::beginning;
use testing::report::arguments_of;

use super::error::CliError;
use super::grade_arguments::GradeOutputArguments;
use super::pages::file_name;
use super::run::{write_file, write_html};

/// The columns of a report in a file.
const WIDTH: usize = 100;

/// The most characters of a report in a test's output.
const LONGEST_OUTPUT: usize = 1 << 16;

/// The runs that these outputs need.
pub(crate) struct GradeOutputs<'a> {
    arguments: &'a GradeOutputArguments,
    points: Points,
    runs: Vec<Runs>,
    with_pages: bool,
}

/// The parts of a grading that are needed.
pub(crate) struct Needs {
    /// The number of submissions.
    pub submissions: usize,
    /// Whether pages are drawn.
    pub pages: bool,
    /// Whether others need the single runs, too.
    pub runs: bool,
}

/// The results when all is graded.
pub(crate) struct Finished<'a> {
    pub scenarios: &'a [Scenario],
    pub submissions: &'a [Submission],
    pub rows: &'a [Row],
    /// Whether all runs of a submission, by its place, were done.
    pub is_complete: &'a dyn Fn(usize) -> bool,
    /// Returns the command that shows a run of a submission.
    pub replay_command: &'a dyn Fn(&Submission, usize, u64) -> String,
    /// Makes a run once more, with what a page needs; `None` in real time.
    pub again: &'a MakeAgain<'a>,
}

/// Makes a run of a submission again, by scenario and seed.
type MakeAgain<'a> = dyn Fn(&Submission, usize, u64) -> Result<Option<Again>, CliError> + 'a;

/// A run that was made again, and its failure.
pub(crate) type Again = (Outcome, Option<Failure>);

impl<'a> GradeOutputs<'a> {
    /// Reads the points, and makes the folders.
    pub(crate) fn new(
        arguments: &'a GradeOutputArguments,
        scenarios: &[Scenario],
        needs: Needs,
    ) -> Result<Self, CliError> {
        let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        let points = match &arguments.points {
            None => Points::default(),
            Some(path) => {
                let text = fs::read_to_string(path).map_err(CliError::file(path, "read"))?;
                let points = Points::parse(&text, &names);
                points.map_err(|why| CliError::Usage(format!("{}: {why}", path.display())))?
            }
        };
        for folder in [&arguments.gradescope, &arguments.folders].into_iter().flatten() {
            fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
        }
        let Needs { submissions, pages: with_pages, runs } = needs;
        let count = if arguments.is_any() || runs { submissions } else { 0 };
        Ok(GradeOutputs { arguments, points, runs: vec![Runs::new(); count], with_pages })
    }

    /// Keeps a run, if any output needs it.
    pub(crate) fn add(&mut self, submission: usize, scenario: usize, seed: u64, graded: &Graded) {
        if let Some(runs) = self.runs.get_mut(submission) {
            runs.insert((scenario, seed), graded.clone());
        }
    }

    /// Returns the runs of a submission that were kept, with scenario and seed.
    pub(crate) fn runs(&self, submission: usize) -> impl Iterator<Item = (usize, u64, &Graded)> {
        let runs = self.runs.get(submission).into_iter().flatten();
        runs.map(|((scenario, seed), graded)| (*scenario, *seed, graded))
    }

    /// Writes all that the arguments ask for.
    pub(crate) fn write(&self, finished: &Finished<'_>) -> Result<(), CliError> {
        if let Some(path) = &self.arguments.runs_csv {
            self.write_runs(path, finished)?;
        }
        let folders = folder_names(finished.submissions);
        if let Some(folder) = &self.arguments.gradescope {
            for (place, name) in folders.iter().enumerate() {
                let is_only = folders.len() == 1;
                let folder = if is_only { folder.clone() } else { folder.join(name) };
                // Grades of a part of the runs would look like those of all.
                if (finished.is_complete)(place) {
                    self.write_results(&folder, place, finished)?;
                }
            }
        }
        if let Some(folder) = &self.arguments.folders {
            for (place, name) in folders.iter().enumerate() {
                self.write_folder(&folder.join(name), place, finished)?;
            }
        }
        Ok(())
    }

    fn write_runs(&self, path: &Path, finished: &Finished<'_>) -> Result<(), CliError> {
        write_file(path, |file| {
            let mut csv = RunsCsv::new(file)?;
            for (submission, runs) in finished.submissions.iter().zip(&self.runs) {
                for (&(scenario, seed), graded) in runs {
                    let command = (finished.replay_command)(submission, scenario, seed);
                    let command = command + &arguments_of(&graded.place);
                    csv.write(RunRow {
                        submission: &submission.name,
                        scenario: &finished.scenarios[scenario].name,
                        seed,
                        graded,
                        command: &command,
                    })?;
                }
            }
            csv.flush()
        })
    }

    fn write_results(
        &self,
        folder: &Path,
        place: usize,
        finished: &Finished<'_>,
    ) -> Result<(), CliError> {
        let submission = &finished.submissions[place];
        let mut explanations = BTreeMap::new();
        for (&(scenario, seed), graded) in &self.runs[place] {
            if graded.class != Class::Pass
                && !explanations.contains_key(&scenario)
                && let Some((outcome, _)) = (finished.again)(submission, scenario, seed)?
            {
                explanations.insert(scenario, report(&outcome, true)?);
            }
        }
        let student = Student {
            name: &submission.name,
            unfit: finished.rows[place].unfit.as_deref(),
            runs: &self.runs[place],
            explanations: &explanations,
        };
        let names: Vec<&str> = finished.scenarios.iter().map(|it| it.name.as_str()).collect();
        let results = gradescope::results(&self.points, &names, &student);
        fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
        write_file(&folder.join("results.json"), |file| {
            serde_json::to_writer_pretty(&mut *file, &results)?;
            writeln!(file)
        })
    }

    /// Fills the folder of a submission: what was found, and how to see it.
    fn write_folder(
        &self,
        folder: &Path,
        place: usize,
        finished: &Finished<'_>,
    ) -> Result<(), CliError> {
        let (submission, row) = (&finished.submissions[place], &finished.rows[place]);
        fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
        let files = ["report.txt", "failure.json", "run.html"].map(|file| folder.join(file));
        let [report_file, failure_file, page] = &files;
        // What an earlier grading has left there would be taken for this one's.
        for file in files.iter().filter(|file| file.exists()) {
            fs::remove_file(file).map_err(CliError::file(file, "removed"))?;
        }
        let mut said = match &row.unfit {
            Some(why) => format!("{}: not run: {why}\n", submission.name),
            None => format!(
                "{}: {} of {} runs pass all checks, {} the course's\n",
                submission.name, row.passed, row.runs, row.course_passed
            ),
        };
        if let Some(worst) = &row.worst {
            let command = (finished.replay_command)(submission, worst.scenario, worst.seed);
            let command = command + &arguments_of(&worst.place);
            said += &format!("\nThe worst finding: {}\n{}\n", worst.check, worst.reason);
            said += &format!("{command}\n");
            if let Some((outcome, failure)) =
                (finished.again)(submission, worst.scenario, worst.seed)?
            {
                said += &format!("\n{}", report(&outcome, false)?);
                if let Some(failure) = failure {
                    save_failure(&failure, failure_file)
                        .map_err(CliError::file(failure_file, "written"))?;
                }
                if self.with_pages {
                    write_html(page, &outcome)?;
                }
            }
        }
        write_file(report_file, |file| file.write_all(said.as_bytes()))
    }
}

/// Returns the report on a run as text.
fn report(outcome: &Outcome, has_colour: bool) -> Result<String, CliError> {
    let mut written = Vec::new();
    let mut page = Page::of_width(&mut written, WIDTH);
    if has_colour {
        page = page.with_colour();
    }
    text::write(&mut page, outcome)?;
    page.flush()?;
    drop(page);
    Ok(beginning(&String::from_utf8_lossy(&written), LONGEST_OUTPUT).into_owned())
}

/// Returns the names of the folders of submissions, no two of them the same.
fn folder_names(submissions: &[Submission]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |submission: &Submission| {
        let plain = file_name(&submission.name);
        let mut names = (1_usize..).map(|number| match number {
            1 => plain.clone(),
            _ => format!("{plain}-{number}"),
        });
        let free = names.find(|name| taken.insert(name.to_lowercase()));
        free.unwrap_or(plain)
    };
    submissions.iter().map(name).collect()
}
