//! A table of the coverage marks that runs reached, rare ones first.

use std::io::{self, Write};

use crate::report::layout::{Page, columns};
use crate::report::style;
use simulation::marks::Tally;

/// Writes in how many of `runs` each of the named marks was reached, and which never. The names are those of all
/// marks that could be reached.
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
    writeln!(
        out,
        "{bold}{} of {all} coverage marks reached{bold:#}, by number of runs that reached them:",
        reached.len()
    )?;
    write_table(out, &reached, runs)?;
    if !never.is_empty() {
        let never: Vec<_> = never.into_iter().map(|(_, name)| name).collect();
        let fair = style::FAIR;
        out.list(&format!("{fair}never:{fair:#}"), &never)?;
    }
    Ok(())
}

/// Writes as many columns as fit, each from top to bottom.
///
/// Marks that every run reached are dimmed, as they are there for completeness.
fn write_table(out: &mut Page<'_>, reached: &[(u64, &str)], runs: u64) -> io::Result<()> {
    let digits = runs.to_string().len();
    let longest = reached.iter().map(|(_, name)| columns(name)).max().unwrap_or(0);
    let rows = reached.len().div_ceil((out.width() / (2 + digits + 1 + longest)).max(1));
    for row in 0..rows {
        let cells: Vec<_> = reached.iter().skip(row).step_by(rows).collect();
        for (number, (count, name)) in cells.iter().enumerate() {
            let style = if *count == runs { style::DIM } else { anstyle::Style::new() };
            let width = if number + 1 < cells.len() { longest } else { 0 };
            write!(out, "  {count:>digits$} {style}{name:<width$}{style:#}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
