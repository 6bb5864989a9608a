//! `simulator shrink`: the smallest plan that still fails in the same way.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use crate::files::{load_failure, save_failure};
use crate::report::{elide, plan, style, text, timeline};
use simulation::engine::Options;
use simulation::failure::Failure;
use simulation::plan::{Losses, Plan};
use simulation::text::{count, shell_word};

use super::arguments::ShrinkArguments;
use super::error::CliError;
use super::replay::replay_plan;
use super::run::write_html;
use super::status::StatusLine;
use super::suite::watch_for_ctrl_c;
use super::target::{Target, program};

/// Carries the command out.
pub(crate) fn run(arguments: &ShrinkArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    let failure = load_failure(&arguments.failure)?;
    let target = Target::of_failure(&arguments.target, &failure)?;
    target.refuse_real_time(
        "no run in real time can be repeated, so none can be shrunk: shrink in virtual time, with \
         --clock virtual",
    )?;
    let mut status = StatusLine::new();
    let most = arguments.runs;
    let interrupted = watch_for_ctrl_c();
    let mut observe = |runs: u32, best: &Plan| {
        status.show(u64::from(runs), u64::from(most), "", || size(best));
        if interrupted.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let shrunk = simulation::shrink::shrink(&*target, &failure, most, &mut observe);
    status.clear();
    let shrunk = shrunk.map_err(|error| {
        let path = arguments.failure.display();
        let hint = "`explore`, run again, saves how it fails now, if it does";
        CliError::Usage(format!("{path}: {error}\n{hint}"))
    })?;
    let kept = match arguments.output {
        Some(_) => Vec::new(),
        None => smaller_ones(&arguments.failure, &shrunk.failure),
    };
    let path = arguments.output.clone().unwrap_or_else(|| beside(&arguments.failure, kept.len()));
    save_failure(&shrunk.failure, &path).map_err(CliError::file(&path, "written"))?;

    let bold = style::BOLD;
    let (before, after) = (size(&failure.plan), size(&shrunk.failure.plan));
    writeln!(out, "{bold}{before} became {after}{bold:#} in {}", count(shrunk.runs, "run"))?;
    if !shrunk.is_minimal {
        if interrupted.load(Ordering::Relaxed) {
            let (program, word) = (program(), shell_word(&path));
            writeln!(out, "stopped before the end; `{program} shrink {word}` goes on from here")?;
        } else {
            writeln!(out, "the runs are used up; --runs allows more")?;
        }
    }
    write_kept(out, &kept, &path)?;
    write_run(out, &target, &path, &shrunk.failure.plan, arguments.html.as_deref())
}

/// Writes the plan that is in a file, and what happens in its run; both cut where they are long.
fn write_run(
    out: &mut dyn Write,
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
    writeln!(out, "\n  {}", outcome.how_to_see_it())?;
    Ok(outcome.verdict.class.exit_status())
}

/// `x.json` becomes `x-shrunk.json`, and, past those that are kept, `x-shrunk-2.json` and so on.
fn beside(path: &Path, kept: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(match kept {
        0 => format!("{stem}-shrunk.json"),
        _ => format!("{stem}-shrunk-{}.json", kept + 1),
    })
}

/// The files beside a failure that an earlier shrinking of it made, and made smaller than this one: few
/// runs must not undo what many have found.
fn smaller_ones(path: &Path, shrunk: &Failure) -> Vec<(PathBuf, Plan)> {
    let candidates = (0..).map(|kept| beside(path, kept));
    let smaller = candidates.map_while(|path| {
        let found = load_failure(&path).ok()?;
        let same = (found.class, found.check, &found.plan.scenario, found.plan.seed)
            == (shrunk.class, shrunk.check, &shrunk.plan.scenario, shrunk.plan.seed);
        (same && parts(&found.plan) < parts(&shrunk.plan)).then_some((path, found.plan))
    });
    smaller.collect()
}

/// Says which files were kept.
fn write_kept(out: &mut dyn Write, kept: &[(PathBuf, Plan)], path: &Path) -> Result<(), CliError> {
    for (kept, plan) in kept {
        writeln!(out, "{} is smaller ({}) and stays as it is", kept.display(), size(plan))?;
    }
    if !kept.is_empty() {
        let path = path.display();
        writeln!(out, "so this one was written to {path}; --output FILE names another place")?;
    }
    Ok(())
}

/// How many parts a plan has; losses by chance are more than any list.
fn parts(plan: &Plan) -> usize {
    let losses = match &plan.losses {
        Losses::Random(_) => return usize::MAX,
        Losses::Listed(list) => list.len(),
    };
    plan.requests.len() + plan.faults.len() + losses
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
