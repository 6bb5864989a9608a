//! `simulator shrink`: the smallest plan that still fails in the same way.

use std::io::Write;
use std::path::PathBuf;

use simulator::engine::Options;
use simulator::failure::Failure;
use simulator::phrases::count;
use simulator::plan::{Losses, Plan};
use simulator::report::{plan, style, text, timeline};

use super::arguments::ShrinkArguments;
use super::problem::Problem;
use super::replay::{replay_plan, write_timeline};
use super::status::StatusLine;
use super::subject::Subject;

/// Carries the command out.
pub(crate) fn run(arguments: &ShrinkArguments, out: &mut dyn Write) -> Result<u8, Problem> {
    let failure = Failure::load(&arguments.failure)?;
    let subject = Subject::of_failure(&arguments.subject, &failure)?;
    subject.refuse_real_time(
        "no run in real time can be repeated, so none can be shrunk: shrink in virtual time, with \
         --clock virtual",
    )?;
    let mut status = StatusLine::new();
    let most = arguments.runs;
    let mut observe = |runs: u32, best: &Plan| {
        status.show(u64::from(runs), u64::from(most), "", || size(best));
    };
    let shrunk = subject.shrink(&failure, most, &mut observe);
    status.clear();
    let shrunk = shrunk
        .map_err(|error| Problem::Usage(format!("{}: {error}", arguments.failure.display())))?;
    let path = arguments.output.clone().unwrap_or_else(|| beside(&arguments.failure));
    shrunk.failure.save(&path).map_err(Problem::file(&path, "written"))?;

    let bold = style::BOLD;
    let (before, after) = (size(&failure.plan), size(&shrunk.failure.plan));
    writeln!(out, "{bold}{before} became {after}{bold:#} in {}", count(shrunk.runs, "run"))?;
    if !shrunk.is_minimal {
        writeln!(out, "the runs are used up; --runs allows more")?;
    }
    writeln!(out)?;
    plan::write(out, &shrunk.failure.plan)?;
    writeln!(out)?;
    let options = Options { trace: true, ..Options::default() };
    let outcome = replay_plan(&subject, &path, &shrunk.failure.plan, options);
    write_timeline(out, &outcome, timeline::View { from: 0, messages: false, floods: false })?;
    text::write_title(out, &outcome)?;
    text::write_checks(out, &outcome)?;
    writeln!(out, "\n  {}", outcome.how_to_see_it())?;
    Ok(outcome.verdict.class.exit_status())
}

/// `x.json` becomes `x-shrunk.json`.
fn beside(path: &std::path::Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-shrunk.json"))
}

/// What a plan consists of, in words.
fn size(plan: &Plan) -> String {
    let (requests, faults) = (plan.requests.len(), plan.faults.len());
    let losses = match &plan.losses {
        Losses::Random(_) => "losses by chance".to_owned(),
        Losses::Listed(list) if list.len() == 1 => "1 loss".to_owned(),
        Losses::Listed(list) => format!("{} losses", list.len()),
    };
    format!("{}, {}, {losses}", count(requests, "request"), count(faults, "fault"))
}
