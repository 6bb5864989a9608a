//! What an exploration found, in words and as pages.

use std::io::Write;
use std::path::Path;

use crate::files::load_failure;
use crate::records::{Record, State};
use crate::report::html::{self, Cell, Entry};
use crate::report::layout::Page;
use crate::report::{self, confidence, style, text};
use simulation::check::Class;
use simulation::engine::Options;
use simulation::text::count;
use testing::report::arguments_of;

use super::{Exploration, file_of, results};
use crate::commands::arguments::ExploreArguments;
use crate::commands::error::{CliError, INTERRUPTED};
use crate::commands::findings::{RECORD, write_comparison};
use crate::commands::pages::Pages;
use crate::commands::program_name::replay_file;
use crate::commands::replay::replay_plan;
use crate::commands::target::Target;

impl Exploration {
    /// Draws failures as pages, with an index of them.
    pub(super) fn draw(&mut self, target: &Target, folder: &Path) -> Result<(), CliError> {
        self.status.clear();
        let mut pages = Pages::open(folder, format!("explore: {}", target.name()))?;
        let (runs, failed) = (self.summary.runs, self.summary.failed());
        pages.index.fact(format!("{}, {failed} failed", count(runs, "run")));
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = (runs - self.known_runs) as f64 / seconds;
        let title = format!("runs over {seconds:.1} s: {rate:.0} a second");
        pages.index.pace(title, &every_few(&self.pace));
        for ((class, check), failures) in &self.summary.failures {
            for ((scenario, seed), found) in failures {
                let path = file_of(&self.folder, scenario, *seed);
                let name = format!("{scenario}-{seed}");
                let command = replay_file(&path) + &arguments_of(&found.place);
                let mut page = None;
                if path.exists() && pages.has_room(*class, *check) {
                    let failure = load_failure(&path)?;
                    let options = Options { picture: true, ..Options::default() };
                    let outcome = replay_plan(target, &path, &failure.plan, options);
                    page = Some(pages.page(&name, &outcome)?);
                }
                let reason = found.reason.clone();
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

    /// Brings the record into order, writes the summary, and returns the exit status.
    pub(super) fn finish(
        mut self,
        arguments: &ExploreArguments,
        target: &Target,
        out: &mut Page<'_>,
    ) -> Result<u8, CliError> {
        self.status.clear();
        let elapsed = self.started.elapsed().as_secs_f64();
        let is_whole = self.summary.runs == self.wanted_runs();
        let state = if is_whole {
            State::Complete
        } else if self.interrupted || self.problem.is_some() {
            State::Interrupted
        } else {
            State::Stopped
        };
        let log = self.log.take();
        let finish = |record: &mut Record| self.quota.apply(record);
        let record = log.map(|log| log.finish(state, self.canary_found, elapsed, finish));
        let record = record.transpose().map_err(CliError::from);
        let record = record.unwrap_or_else(|problem| {
            self.problem.get_or_insert(problem);
            None
        });
        self.write_sum(out, elapsed)?;
        self.write_failures(out)?;
        let unmarked = self.write_marks(out)?;
        report::never_sent::write(out, &self.summary.never_sent)?;
        if let (Some(old), Some(record)) = (&self.against, &record) {
            write_comparison(out, old, record)?;
        }
        let missed = self.write_canary(out)?;
        let left = self.wanted_runs().saturating_sub(self.summary.runs);
        if self.stopped && left > 0 {
            writeln!(out, "stopped with {left} runs left; the same command goes on from here")?;
        }
        // Last, so that a file that cannot be written takes nothing from the report.
        out.flush()?;
        let html = arguments.html.as_deref();
        let drawn = html.map_or(Ok(()), |folder| self.draw(target, folder));
        let record = record.as_ref().filter(|_| arguments.ci.is_any());
        let told = record.map_or(Ok(()), |it| arguments.ci.write(&results::of(it, &self.folder)));
        match self.problem.or(drawn.err()).or(told.err()) {
            Some(problem) => Err(problem),
            None if state == State::Interrupted => Ok(INTERRUPTED),
            None => Ok(self.summary.worst().max(unmarked).max(missed).exit_status()),
        }
    }

    /// Returns the number of runs that this exploration is to make.
    fn wanted_runs(&self) -> u64 {
        self.header.wanted_runs()
    }

    fn write_sum(&self, out: &mut Page<'_>, elapsed: f64) -> Result<(), CliError> {
        let (summary, known) = (&self.summary, self.known_runs);
        let fresh = summary.runs - known;
        let rate = fresh as f64 / elapsed;
        write!(out, "{} runs, digest {:016x}; ", summary.runs, summary.digest)?;
        if known > 0 {
            write!(out, "{known} known from {}, ", self.folder.join(RECORD).display())?;
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
        Ok(())
    }

    /// Says whether the canary was found. A pass means nothing if it was not.
    fn write_canary(&self, out: &mut Page<'_>) -> Result<Class, CliError> {
        let name = self.header.canary.as_deref().unwrap_or_default();
        match self.canary_found {
            None => Ok(Class::Pass),
            Some(true) => {
                writeln!(out, "the canary was found: {name}")?;
                Ok(Class::Pass)
            }
            Some(false) => {
                let bad = style::BAD;
                writeln!(
                    out,
                    "{bad}the canary was not found{bad:#}: {name} no longer fails in the same way, so that \
                     runs that pass prove nothing"
                )?;
                Ok(Class::Unknown)
            }
        }
    }

    /// Writes the marks that were reached, and returns the class of those that were not.
    ///
    /// If all marks are required, a mark that no run reached makes the result unknown.
    fn write_marks(&self, out: &mut Page<'_>) -> Result<Class, CliError> {
        let names = &self.marks;
        // An executable may reach marks that are not promised.
        let others = self.summary.marks.names().filter(|name| !names.contains(name));
        let shown: Vec<&str> = names.iter().copied().chain(others).collect();
        report::marks::write(out, &self.summary.marks, &shown, self.summary.runs)?;
        report::receipts::write(out, &self.summary.received)?;
        let missing = names.iter().any(|name| self.summary.marks.count(name) == 0);
        let is_whole = self.summary.runs == self.wanted_runs();
        let are_required = self.all_marks.unwrap_or(self.is_thorough && is_whole);
        if !(are_required && missing) {
            return Ok(Class::Pass);
        }
        let bad = style::BAD;
        writeln!(
            out,
            "{bad}not all marks were reached{bad:#}: what was never reached was not tested \
             (--all-marks=false lets that pass)"
        )?;
        Ok(Class::Unknown)
    }

    fn write_failures(&self, out: &mut Page<'_>) -> Result<(), CliError> {
        let (good, bad) = (style::GOOD, style::BAD);
        match self.summary.failed() {
            0 => {
                let meaning = confidence::if_none_failed(self.summary.runs);
                writeln!(out, "{good}no run failed{good:#}{meaning}")?;
            }
            failed => {
                let rate = confidence::rate(failed as u64, self.summary.runs);
                let folder = self.folder.display();
                let failed = count(failed, "run");
                let kept = self.quota.count();
                let saved = match self.unsaved {
                    0 if kept < self.summary.failed() as u64 => {
                        format!("the first {kept} saved in {folder}")
                    }
                    0 => format!("each saved in {folder}"),
                    unsaved => format!("{unsaved} of them could not be saved in {folder}"),
                };
                writeln!(out, "{bad}{failed} failed{bad:#}, {saved}")?;
                writeln!(out, "  {rate}")?;
            }
        }
        // The worst class first.
        for ((class, check), failures) in self.summary.failures.iter().rev() {
            let (color, name, count) = (style::of_class(*class), class.name(), failures.len());
            writeln!(out, "  {color}{name}{color:#}, {check}: {count}")?;
            if let Some(((scenario, seed), found)) = failures.first_key_value() {
                let path = file_of(&self.folder, scenario, *seed);
                writeln!(out, "    first: {scenario}, seed {seed}: {}", found.reason)?;
                if path.exists() {
                    let command = replay_file(&path) + &arguments_of(&found.place);
                    out.command("    ", &command)?;
                }
            }
        }
        Ok(())
    }
}

/// Returns some of many points, the last one included.
fn every_few(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    const MOST: usize = 200;
    let step = points.len().div_ceil(MOST).max(1);
    let mut few: Vec<_> = points.iter().rev().step_by(step).copied().collect();
    few.reverse();
    few
}
