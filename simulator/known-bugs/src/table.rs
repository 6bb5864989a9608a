//! All bugs measured, as a table for the documentation.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::bug::Bug;
use crate::hunt::{Families, Found};
use crate::story::{Case, fails, size};

/// How far apart the first seeds of two hunts are.
const APART: u64 = 1_000_000_000;

/// What was measured of a bug.
#[derive(Debug)]
pub struct Row {
    name: &'static str,
    title: String,
    /// The hunts that found it, by the number of runs, and how many did not.
    found: Vec<Found>,
    vain: usize,
    /// The smallest plan of the hunt in the middle.
    smallest: Option<Result<String, String>>,
}

/// Hunts each bug `hunts` times, each time with at most `most` runs, on `jobs` threads.
pub fn measure(
    bugs: &[Bug],
    families: &Families,
    hunts: u64,
    most: u64,
    jobs: usize,
    observe: &(dyn Fn(&Row) + Sync),
) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    let worker = || {
        while let Some(bug) = bugs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = Row::measure(bug, families, hunts, most);
            observe(&row);
            rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(row);
        }
    };
    thread::scope(|scope| {
        (0..jobs.max(1)).for_each(|_| {
            scope.spawn(worker);
        });
    });
    let mut rows = rows.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    rows.sort_by_key(|row| row.name);
    rows
}

impl Row {
    fn measure(bug: &Bug, families: &Families, hunts: u64, most: u64) -> Row {
        let hunt = |number| families.hunt(&bug.system, number * APART, most);
        let mut found: Vec<Found> = (0..hunts).filter_map(hunt).collect();
        found.sort_by_key(|found| found.runs);
        let vain = hunts as usize - found.len();
        let middle = found.get(found.len() / 2);
        let smallest = middle.map(|found| {
            let case = Case::of(bug, found.failure.clone())?;
            Ok(size(&case.shrunk.failure.plan))
        });
        Row { name: bug.name, title: bug.title.clone(), found, vain, smallest }
    }

    /// The number of runs that half of the hunts took at most; none when half were in vain.
    pub fn median_runs(&self) -> Option<u64> {
        let middle = (self.found.len() + self.vain) / 2;
        self.found.get(middle).map(|found| found.runs)
    }

    /// The greatest number of runs; none when a hunt was in vain.
    pub fn most_runs(&self) -> Option<u64> {
        self.found.last().filter(|_| self.vain == 0).map(|found| found.runs)
    }

    fn median_time(&self) -> Option<Duration> {
        let mut times: Vec<Duration> = self.found.iter().map(|found| found.time).collect();
        times.sort_unstable();
        times.get((times.len() + self.vain) / 2).copied()
    }
}

/// Writes the rows in Markdown.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    writeln!(
        out,
        "| bug | runs to find it: median, most | seconds | found first as | in | smallest plan |"
    )?;
    writeln!(out, "| --- | ---: | ---: | --- | --- | --- |")?;
    rows.iter().try_for_each(|row| write_row(out, row))?;
    let mut medians: Vec<Option<u64>> = rows.iter().map(Row::median_runs).collect();
    medians.sort_by_key(|median| median.unwrap_or(u64::MAX));
    let median = medians.get(medians.len() / 2).copied().flatten();
    let found = rows.iter().filter(|row| row.vain == 0).count();
    let median = median.map_or("more than were tried".to_owned(), |runs| runs.to_string());
    writeln!(
        out,
        "\n{found} of {} bugs were found in every hunt; the median bug takes {median} runs.",
        rows.len()
    )
}

/// Writes one row.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_row(out: &mut dyn Write, row: &Row) -> io::Result<()> {
    let none = || "not found".to_owned();
    let runs = |runs: Option<u64>| runs.map_or_else(none, |runs| runs.to_string());
    let seconds = row.median_time().map_or_else(none, |time| format!("{:.3}", time.as_secs_f64()));
    let (how, family) = match row.found.get(row.found.len() / 2) {
        Some(found) => (fails(&found.failure), found.family.clone()),
        None => (none(), none()),
    };
    let smallest = match &row.smallest {
        Some(Ok(size)) => size.clone(),
        Some(Err(error)) => error.clone(),
        None => none(),
    };
    let (name, title) = (row.name, row.title.trim_end_matches('.'));
    let (median, most) = (runs(row.median_runs()), runs(row.most_runs()));
    writeln!(
        out,
        "| `{name}`: {title} | {median}, {most} | {seconds} | {how} | {family} | {smallest} |"
    )
}
