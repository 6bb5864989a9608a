//! The results for all bugs, as a page of the documentation.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use simulation::pool;
use simulation::text::{count, thousands};

use crate::bug::Bug;
use crate::hunt::{Families, Found};
use crate::story::{Case, fails, size};

/// The distance between the first seeds of two hunts.
const APART: u64 = 1_000_000_000;

/// The results for one bug.
#[derive(Debug)]
pub struct Row {
    name: &'static str,
    title: String,
    breaks: String,
    note: Option<String>,
    /// The hunts that found it, by number of runs, and the number of vain ones.
    found: Vec<Found>,
    vain: usize,
    /// The size of the smallest plan of the run that the bug's file names.
    smallest: Result<String, String>,
}

/// Measures each bug, on `jobs` threads.
pub fn measure(
    bugs: &[Bug],
    measure: &(dyn Fn(&Bug) -> Row + Sync),
    jobs: usize,
    observe: &dyn Fn(&Row),
) -> Vec<Row> {
    let mut rows = Vec::new();
    let run = |bug, found: &mut dyn FnMut(Row)| found(measure(bug));
    pool::work(bugs.iter(), jobs, run, |row| {
        row.iter().for_each(observe);
        rows.extend(row);
        ControlFlow::Continue(())
    });
    rows.sort_by_key(|row| row.name);
    rows
}

impl Row {
    /// Hunts a bug `hunts` times, each time with at most `most` runs.
    ///
    /// The hunts use the stock families among `hunting`. The bug's file names one of `all`.
    pub fn measure(bug: &Bug, all: &Families, hunting: &Families, hunts: u64, most: u64) -> Row {
        let hunt = |number| hunting.hunt(bug.system(), number * APART, most);
        let mut found: Vec<Found> = (0..hunts).filter_map(hunt).collect();
        found.sort_by_key(|found| found.runs);
        let case = Case::stored(bug, all);
        Row {
            name: bug.name,
            title: bug.title.clone(),
            breaks: bug.breaks.clone(),
            note: bug.note.clone(),
            vain: hunts as usize - found.len(),
            found,
            smallest: case.map(|case| size(&case.shrunk.failure.plan)),
        }
    }

    /// Returns the median number of runs; none if half of the hunts failed.
    pub fn median_runs(&self) -> Option<u64> {
        let middle = (self.found.len() + self.vain) / 2;
        self.found.get(middle).map(|found| found.runs)
    }

    /// Returns the greatest number of runs; none if a hunt failed.
    pub fn most_runs(&self) -> Option<u64> {
        self.found.last().filter(|_| self.vain == 0).map(|found| found.runs)
    }

    fn median_time(&self) -> Option<Duration> {
        let mut times: Vec<Duration> = self.found.iter().map(|found| found.time).collect();
        times.sort_unstable();
        times.get((times.len() + self.vain) / 2).copied()
    }

    /// Returns the most frequent property of the hunts' results, the first by name of several.
    fn usual(&self, what: impl Fn(&Found) -> String) -> Option<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for found in &self.found {
            *counts.entry(what(found)).or_default() += 1;
        }
        let most = counts.values().max().copied();
        counts.into_iter().find(|(_, count)| Some(*count) == most).map(|(what, _)| what)
    }
}

/// Writes the page in Markdown: `hunts` hunts of each bug, in each of the families.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut dyn Write, rows: &[Row], hunts: u64, families: usize) -> io::Result<()> {
    writeln!(
        out,
        "\
# Known bugs, and how fast they are found

Each bug is a well-known mistake in a copy of the bundled replica, or in a small store of its own where
no change to the replica can make the mistake. A bug's name links to its story and its change, *smallest
plan* to one of its failures after shrinking. This page is made by

    cargo run --release -p known-bugs -- table > simulator/docs/known-bugs.md

A run is one seed of one family of scenarios. A hunt runs seed after seed, each in all {families} families,
until a run fails. Each bug was hunted {}, from first seeds that are far apart. Seconds are those of
one core.

| bug | breaks | runs: median, most | median seconds | mostly found in | mostly by | smallest plan |
| --- | --- | ---: | ---: | --- | --- | --- |",
        count(hunts, "time")
    )?;
    rows.iter().try_for_each(|row| write_row(out, row))?;
    write_sum(out, rows)?;
    for row in rows {
        if let Some(note) = &row.note {
            writeln!(out, "\n`{}` has no smaller plan: {note}", row.name)?;
        }
    }
    Ok(())
}

/// Writes one row.
///
/// # Errors
///
/// If writing fails.
pub fn write_row(out: &mut dyn Write, row: &Row) -> io::Result<()> {
    let none = || "not found".to_owned();
    let runs = |runs: Option<u64>| runs.map_or_else(none, thousands);
    let seconds = row.median_time().map_or_else(none, |time| format!("{:.3}", time.as_secs_f64()));
    let family = row.usual(|found| found.family.clone()).unwrap_or_else(none);
    let check = row.usual(|found| fails(&found.failure)).unwrap_or_else(none);
    let (name, title) = (row.name, row.title.trim_end_matches('.'));
    let (breaks, median, most) = (&row.breaks, runs(row.median_runs()), runs(row.most_runs()));
    let (Ok(smallest) | Err(smallest)) = &row.smallest;
    writeln!(
        out,
        "| [`{name}`](../known-bugs/bugs): {title} | {breaks} | {median}, {most} | {seconds} | \
         {family} | {check} | [{smallest}](../../snapshots/bugs/{name}.snap) |"
    )
}

/// Writes the sums over all bugs.
fn write_sum(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    let sorted = |runs: fn(&Row) -> Option<u64>| {
        let mut all: Vec<u64> = rows.iter().map(|row| runs(row).unwrap_or(u64::MAX)).collect();
        all.sort_unstable();
        all
    };
    let shown = |runs: Option<&u64>| match runs {
        Some(&u64::MAX) | None => "more runs than were tried".to_owned(),
        Some(&number) => count(thousands(number), "run"),
    };
    let (medians, most) = (sorted(Row::median_runs), sorted(Row::most_runs));
    writeln!(
        out,
        "\n{} of {} bugs were found in every hunt. The median bug takes {}, the longest hunt took {}.",
        rows.iter().filter(|row| row.vain == 0).count(),
        rows.len(),
        shown(medians.get(medians.len() / 2)),
        shown(most.last())
    )
}
