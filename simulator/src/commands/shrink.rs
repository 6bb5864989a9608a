//! `simulator shrink`: finds the smallest plan that still fails in the same way.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::files::{load_failure, save_failure};
use crate::report::layout::Page;
use crate::report::{elide, plan, style, text, timeline};
use simulation::check::Class;
use simulation::engine::Options;
use simulation::failure::Failure;
use simulation::plan::{Losses, Plan};
use simulation::pool;
use simulation::shrink::{Effort, Shrunk, shrink};
use simulation::text::{count, shell_word};

use super::arguments::ShrinkArguments;
use super::error::CliError;
use super::interrupt::watch_for_ctrl_c;
use super::program_name::program;
use super::replay::replay_plan;
use super::run::write_html;
use super::status::StatusLine;
use super::target::Target;

/// Runs the command.
pub(crate) fn run(arguments: &ShrinkArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let failure = load_failure(&arguments.failure)?;
    let target = Target::of_failure(&arguments.target, &failure)?;
    target.refuse_real_time(
        "no run in real time can be repeated, so none can be shrunk: shrink in virtual time, with \
         --clock virtual",
    )?;
    let mut watch = Watch::new(arguments);
    let jobs = arguments.jobs.map_or_else(pool::cores, |jobs| usize::from(jobs.get()));
    let effort = Effort { runs: arguments.runs, jobs };
    let shrunk = shrink(&*target, &failure, effort, &mut |runs, best| watch.observe(runs, best));
    watch.status.clear();
    let shrunk = shrunk.map_err(|error| {
        let path = arguments.failure.display();
        let hint = "`explore`, run again, saves how it fails now, if it does";
        CliError::Usage(format!("{path}: {error}\n{hint}"))
    })?;
    let kept = match arguments.output {
        Some(_) => Vec::new(),
        None => smaller_ones(&arguments.failure, &shrunk.failure),
    };
    let path = arguments.output.clone().unwrap_or_else(|| next_to(&arguments.failure, kept.len()));
    save_failure(&shrunk.failure, &path).map_err(CliError::file(&path, "written"))?;

    let bold = style::BOLD;
    let (before, after) = (size(&failure.plan), size(&shrunk.failure.plan));
    writeln!(out, "{bold}{before} became {after}{bold:#} in {}", count(shrunk.runs, "run"))?;
    write_end(out, &shrunk, watch.stopped, &path)?;
    write_kept(out, &kept, &path)?;
    write_run(out, &target, &path, &shrunk.failure.plan, arguments.html.as_deref())
}

/// A shrinking that is under way: what is seen of it, and when it stops.
struct Watch {
    status: StatusLine,
    most_runs: u32,
    begun: Instant,
    limit: Option<Duration>,
    interrupted: Arc<AtomicBool>,
    /// The reason why it stopped early, if it did.
    stopped: Option<&'static str>,
}

impl Watch {
    fn new(arguments: &ShrinkArguments) -> Self {
        Watch {
            status: StatusLine::or_lines(),
            most_runs: arguments.runs,
            begun: Instant::now(),
            limit: arguments.time.map(Duration::from_nanos),
            interrupted: watch_for_ctrl_c(),
            stopped: None,
        }
    }

    /// Shows how far it is, and says whether to go on.
    fn observe(&mut self, runs: u32, best: &Plan) -> ControlFlow<()> {
        self.status.show(runs.into(), self.most_runs.into(), " runs", || size(best));
        if self.interrupted.load(Ordering::Relaxed) {
            self.stopped = Some("stopped before the end");
        } else if self.limit.is_some_and(|limit| self.begun.elapsed() >= limit) {
            self.stopped = Some("the time is up");
        }
        if self.stopped.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Writes why there may be a smaller plan, where that is so.
fn write_end(
    out: &mut dyn Write,
    shrunk: &Shrunk,
    stopped: Option<&str>,
    path: &Path,
) -> Result<(), CliError> {
    let failure = &shrunk.failure;
    if let (Some(why), false) = (stopped, shrunk.is_minimal) {
        let (program, word) = (program(), shell_word(path));
        writeln!(out, "{why}; `{program} shrink {word}` goes on from here")?;
    } else if !shrunk.is_minimal {
        writeln!(out, "the runs are used up; --runs allows more")?;
    } else if failure.class == Class::Budget && failure.plan.requests.len() > SINGLE_REQUESTS {
        let why = "any requests add to what a budget counts";
        writeln!(out, "{why}, so they were left out in groups only, not one by one")?;
    }
    Ok(())
}

/// Writes the plan in a file and the events of its run, both elided.
fn write_run(
    out: &mut Page<'_>,
    target: &Target,
    path: &Path,
    smallest: &Plan,
    html: Option<&Path>,
) -> Result<u8, CliError> {
    let rest = format!("{} holds them", path.display());
    writeln!(out)?;
    elide::write(out, &rest, |out| plan::write(out, smallest))?;
    let options = Options { trace: true, picture: html.is_some(), ..Options::default() };
    let outcome = replay_plan(target, path, smallest, options);
    if let Some(html) = html {
        write_html(html, &outcome)?;
    }
    let view = timeline::View { from: 0, messages: false, floods: false };
    let rest = format!("`{}` shows them", outcome.replay_command);
    writeln!(out, "\n{}\n", timeline::LEGEND)?;
    elide::write(out, &rest, |out| timeline::write(out, &outcome.evidence.trace, view))?;
    writeln!(out)?;
    text::write_title(out, &outcome)?;
    text::write_checks(out, &outcome)?;
    writeln!(out)?;
    out.command(&format!("  {}", outcome.label_of_command()), &outcome.command_to_the_place())?;
    Ok(outcome.verdict.class.exit_status())
}

/// Where a budget is exceeded, more requests than these are not tried one by one.
const SINGLE_REQUESTS: usize = 8;

/// Turns `x.json` into `x-shrunk.json`, or, past those that are kept, into `x-shrunk-2.json` and so on.
fn next_to(path: &Path, kept: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(match kept {
        0 => format!("{stem}-shrunk.json"),
        _ => format!("{stem}-shrunk-{}.json", kept + 1),
    })
}

/// Returns files of earlier shrinkings of a failure that are smaller than `shrunk`.
///
/// They are kept: few runs must not undo the work of many.
fn smaller_ones(path: &Path, shrunk: &Failure) -> Vec<(PathBuf, Plan)> {
    let candidates = (0..).map(|kept| next_to(path, kept));
    let smaller = candidates.map_while(|path| {
        let found = load_failure(&path).ok()?;
        let same = (found.class, found.check, &found.plan.scenario, found.plan.seed)
            == (shrunk.class, shrunk.check, &shrunk.plan.scenario, shrunk.plan.seed);
        (same && parts(&found.plan) < parts(&shrunk.plan)).then_some((path, found.plan))
    });
    smaller.collect()
}

/// Names the files that were kept.
fn write_kept(out: &mut Page<'_>, kept: &[(PathBuf, Plan)], path: &Path) -> Result<(), CliError> {
    for (kept, plan) in kept {
        writeln!(out, "{} is smaller ({}) and stays as it is", kept.display(), size(plan))?;
    }
    if !kept.is_empty() {
        let path = path.display();
        writeln!(out, "so this one was written to {path}; --output FILE names another place")?;
    }
    Ok(())
}

/// Returns the number of parts of a plan.
///
/// Losses by chance count more than any list.
fn parts(plan: &Plan) -> usize {
    let losses = match &plan.losses {
        Losses::Random(_) => return usize::MAX,
        Losses::Listed(list) => list.len(),
    };
    plan.requests.len() + plan.faults.len() + losses
}

/// Describes the parts of a plan.
fn size(plan: &Plan) -> String {
    let (requests, faults) = (plan.requests.len(), plan.faults.len());
    let losses = match &plan.losses {
        Losses::Random(_) => "losses by chance".to_owned(),
        Losses::Listed(list) if list.len() == 1 => "1 loss".to_owned(),
        Losses::Listed(list) => format!("{} losses", list.len()),
    };
    format!("{}, {}, {losses}", count(requests, "request"), count(faults, "fault"))
}
