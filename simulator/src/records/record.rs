//! A whole record in memory, its canonical order, and its sums.

use std::io::{self, Write};

use serde::Serialize;

use simulation::check::{Class, Place};
use simulation::explore::{Counters, NeverSent, around, mixed};
use simulation::receipts::Receipts;

use super::line::{Chunk, End, Failed, Group, Header, Hex, Line, Run, State, Unfit};
use super::signature::Signature;

/// A record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The first line.
    pub header: Header,
    /// The chunks of an exploration.
    pub groups: Vec<Group>,
    /// The runs of a suite or a grading.
    pub runs: Vec<Run>,
    /// The submissions that could not be run.
    pub unfit: Vec<Unfit>,
    /// The last line, if nothing follows it.
    pub end: Option<End>,
}

/// A finding of any command.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'r> {
    /// The submission, in a grading.
    pub submission: Option<&'r str>,
    /// The scenario's name.
    pub scenario: &'r str,
    /// The seed.
    pub seed: u64,
    /// The signature, equal for all findings of its kind.
    pub signature: Signature,
    /// The reason in one line.
    pub reason: &'r str,
    /// The place in the run that it is about.
    pub place: &'r Place,
    /// The failure file in the record's folder, if one was kept.
    pub file: Option<&'r str>,
}

impl<'r> Finding<'r> {
    fn of_failed(failed: &'r Failed) -> Finding<'r> {
        Finding {
            submission: None,
            scenario: &failed.scenario,
            seed: failed.seed,
            signature: failed.signature,
            reason: &failed.finding,
            place: &failed.place,
            file: failed.file.as_deref(),
        }
    }

    /// Returns the finding of a run; `None` if the run passed.
    fn of_run(run: &'r Run) -> Option<Finding<'r>> {
        Some(Finding {
            submission: run.submission.as_ref().map(|it| it.name.as_str()),
            scenario: &run.scenario,
            seed: run.seed,
            signature: run.signature?,
            reason: run.finding.as_deref().unwrap_or_default(),
            place: &run.place,
            file: None,
        })
    }
}

impl Record {
    /// Returns a record without results.
    pub fn new(header: Header) -> Record {
        Record { header, groups: Vec::new(), runs: Vec::new(), unfit: Vec::new(), end: None }
    }

    /// Brings the lines into the one order that records of the same work share, and joins parts of chunks.
    pub fn sort(&mut self) {
        let header = &self.header;
        let place = |name: &str| header.scenario(name).unwrap_or(usize::MAX);
        self.groups.sort_by_cached_key(|group| {
            (place(&group.chunk.scenario), group.chunk.first, group.chunk.last)
        });
        let submission = |name: Option<&str>| {
            let same = |id: &super::SubmissionId| Some(id.name.as_str()) == name;
            header.submissions.iter().position(same).unwrap_or(usize::MAX)
        };
        self.runs.sort_by_cached_key(|run| {
            let name = run.submission.as_ref().map(|it| it.name.as_str());
            (submission(name), place(&run.scenario), run.seed)
        });
        self.unfit.sort_by_cached_key(|it| submission(Some(&it.submission.name)));
        self.unfit.dedup_by(|a, b| a.submission == b.submission);
        let groups = std::mem::take(&mut self.groups);
        let mut joined: Vec<Group> = Vec::with_capacity(groups.len());
        for group in groups {
            match joined.last_mut().filter(|last| is_continued(header, &last.chunk, &group.chunk)) {
                Some(last) => join(last, group),
                None => joined.push(group),
            }
        }
        self.groups = joined;
    }

    /// Sets the last line to the sums of all others.
    pub fn sum_up(&mut self, state: State, canary_found: Option<bool>, elapsed_s: f64) {
        let mut end = End {
            state,
            runs: 0,
            failed: 0,
            class: Class::Pass,
            digest: Hex(0),
            counters: Counters::default(),
            marks: vec![0; self.header.marks.len()],
            received: Receipts::default(),
            canary_found,
            elapsed_s,
        };
        for Group { failures, chunk } in &self.groups {
            end.runs += chunk.last - chunk.first + 1;
            end.failed += chunk.failed;
            end.digest.0 = end.digest.0.wrapping_add(chunk.digest.0);
            end.counters.add(&chunk.counters);
            end.received.add(&chunk.received);
            end.marks.iter_mut().zip(&chunk.marks).for_each(|(sum, runs)| *sum += runs);
            end.class = failures.iter().map(|it| it.class).fold(end.class, Class::max);
        }
        for run in &self.runs {
            let name = match &run.submission {
                Some(submission) => format!("{}/{}", submission.name, run.scenario),
                None => run.scenario.clone(),
            };
            let digest = run.digest.map_or(0, |digest| mixed(&name, run.seed, digest.0));
            end.runs += 1;
            end.failed += u64::from(run.class != Class::Pass);
            end.digest.0 = end.digest.0.wrapping_add(digest);
            end.counters.add(&run.counters);
            end.class = end.class.max(run.class);
            for (sum, name) in end.marks.iter_mut().zip(&self.header.marks) {
                *sum += u64::from(run.marks.contains(name));
            }
        }
        self.end = Some(end);
    }

    /// Returns the roles and types of messages at which faults were aimed in vain.
    pub fn never_sent(&self) -> NeverSent {
        let mut all = NeverSent::default();
        for Group { chunk, .. } in &self.groups {
            chunk.never_sent.iter().for_each(|(name, runs)| all.add(&chunk.scenario, name, *runs));
        }
        for run in &self.runs {
            run.never_sent.iter().for_each(|name| all.add(&run.scenario, name, 1));
        }
        all
    }

    /// Returns the number of runs.
    pub fn count_runs(&self) -> u64 {
        let chunks = self.groups.iter().map(|group| group.chunk.last - group.chunk.first + 1);
        chunks.sum::<u64>() + self.runs.len() as u64
    }

    /// Returns all findings, in the order of the lines.
    pub fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        let failed = self.failures().map(Finding::of_failed);
        failed.chain(self.runs.iter().filter_map(Finding::of_run))
    }

    /// Returns the failures of an exploration.
    pub fn failures(&self) -> impl Iterator<Item = &Failed> {
        self.groups.iter().flat_map(|group| &group.failures)
    }

    /// Writes all lines.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write_line(out, &Line::Header(self.header.clone()))?;
        for group in &self.groups {
            write_group(out, group)?;
        }
        for run in &self.runs {
            write_line(out, &Line::Run(run.clone()))?;
        }
        for unfit in &self.unfit {
            write_line(out, &Line::Unfit(unfit.clone()))?;
        }
        self.end.iter().try_for_each(|end| write_line(out, &Line::End(end.clone())))
    }
}

/// Writes a chunk below its failures.
pub(super) fn write_group(out: &mut dyn Write, group: &Group) -> io::Result<()> {
    for failure in &group.failures {
        write_line(out, &Line::Failure(failure.clone()))?;
    }
    write_line(out, &Line::Chunk(group.chunk.clone()))
}

pub(super) fn write_line(out: &mut dyn Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Returns true if two parts belong to the same chunk, and the second begins where the first ends.
fn is_continued(header: &Header, first: &Chunk, second: &Chunk) -> bool {
    let Some(scenario) = header.scenario(&first.scenario) else { return false };
    let chunk = around(&header.scenarios[scenario].seeds(), first.first);
    first.scenario == second.scenario
        && first.last.checked_add(1) == Some(second.first)
        && chunk.is_some_and(|(_, end)| second.last <= end)
}

fn join(group: &mut Group, next: Group) {
    group.failures.extend(next.failures);
    let (chunk, next) = (&mut group.chunk, next.chunk);
    chunk.last = next.last;
    chunk.digest.0 = chunk.digest.0.wrapping_add(next.digest.0);
    chunk.failed += next.failed;
    chunk.counters.add(&next.counters);
    chunk.received.add(&next.received);
    chunk.marks.iter_mut().zip(&next.marks).for_each(|(sum, runs)| *sum += runs);
    for (name, runs) in next.never_sent {
        *chunk.never_sent.entry(name).or_default() += runs;
    }
}
