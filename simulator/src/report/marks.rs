//! A table of the coverage marks that runs reached, rare ones first.

use std::io::{self, Write};

use crate::report::layout::{Page, columns};
use crate::report::style;
use simulation::marks::Tally;

/// Writes in how many of `runs` each of the named marks was reached, which rarely, and which never. The names are those
/// of all marks that could be reached.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut Page<'_>, tally: &Tally, names: &[&str], runs: u64) -> io::Result<()> {
    let counts = names.iter().map(|&name| (tally.count(name), name));
    let (mut reached, never): (Vec<_>, Vec<_>) = counts.partition(|(count, _)| *count > 0);
    // Equal ones stay in the order of the names.
    reached.sort_by_key(|(count, _)| *count);
    let (bold, all) = (style::BOLD, names.len());
    let rare = match reached.iter().filter(|(count, _)| is_rare(*count, runs)).count() {
        0 => String::new(),
        rare => format!(", {rare} of them by at most 1 run in 100"),
    };
    writeln!(out, "{bold}{} of {all} coverage marks reached{bold:#}{rare}:", reached.len())?;
    write_table(out, &reached, runs)?;
    if !never.is_empty() {
        let never: Vec<_> = never.into_iter().map(|(_, name)| name).collect();
        let fair = style::FAIR;
        out.list(&format!("{fair}never:{fair:#}"), &never)?;
    }
    Ok(())
}

/// Returns true for a mark that so few runs reached that what depends on it was hardly tested: one in 100, or a single
/// one of fewer.
fn is_rare(count: u64, runs: u64) -> bool {
    count > 0 && count < runs && count <= (runs / 100).max(1)
}

/// Writes as many columns as fit, each from top to bottom.
///
/// Rare marks stand out. Those that every run reached are dimmed, as they are there for completeness.
fn write_table(out: &mut Page<'_>, reached: &[(u64, &str)], runs: u64) -> io::Result<()> {
    let digits = runs.to_string().len();
    let longest = reached.iter().map(|(_, name)| columns(name)).max().unwrap_or(0);
    let rows = reached.len().div_ceil((out.width() / (2 + digits + 1 + longest)).max(1));
    for row in 0..rows {
        let cells: Vec<_> = reached.iter().skip(row).step_by(rows).collect();
        for (number, (count, name)) in cells.iter().enumerate() {
            let style = match *count {
                count if count == runs => style::DIM,
                count if is_rare(count, runs) => style::FAIR,
                _ => anstyle::Style::new(),
            };
            let width = if number + 1 < cells.len() { longest } else { 0 };
            write!(out, "  {count:>digits$} {style}{name:<width$}{style:#}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
