//! A table of the coverage marks that runs reached, rare ones first.

use std::io::{self, Write};

use crate::report::style;
use simulation::marks::Tally;

/// The longest line, in characters.
const WIDTH: usize = 100;

/// Writes the number of `runs` that reached each mark, and the marks never reached.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut dyn Write, tally: &Tally, names: &[&str], runs: u64) -> io::Result<()> {
    let counts = names.iter().map(|&name| (tally.count(name), name));
    let (mut reached, never): (Vec<_>, Vec<_>) = counts.partition(|(count, _)| *count > 0);
    // Equal ones stay in the order of the names.
    reached.sort_by_key(|(count, _)| *count);
    let (bold, all) = (style::BOLD, names.len());
    writeln!(
        out,
        "{bold}{} of {all} marks reached{bold:#}, by number of runs that reached them:",
        reached.len()
    )?;
    write_table(out, &reached, runs)?;
    if !never.is_empty() {
        let never: Vec<_> = never.into_iter().map(|(_, name)| name).collect();
        write_list(out, "never: ", &never)?;
    }
    Ok(())
}

/// Writes as many columns as fit, each from top to bottom.
///
/// Marks that every run reached are dimmed, as they are there for completeness.
fn write_table(out: &mut dyn Write, reached: &[(u64, &str)], runs: u64) -> io::Result<()> {
    let digits = runs.to_string().len();
    let longest = reached.iter().map(|(_, name)| name.chars().count()).max().unwrap_or(0);
    let columns = (WIDTH / (2 + digits + 1 + longest)).max(1);
    let rows = reached.len().div_ceil(columns);
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

/// Writes words with commas between them, and indents all lines but the first.
fn write_list(out: &mut dyn Write, title: &str, words: &[&str]) -> io::Result<()> {
    let style = style::FAIR;
    write!(out, "{style}{title}{style:#}")?;
    let mut column = title.len();
    for (number, word) in words.iter().enumerate() {
        let comma = if number + 1 < words.len() { "," } else { "" };
        let length = word.chars().count() + comma.len();
        if number > 0 && column + 1 + length > WIDTH {
            write!(out, "\n  ")?;
            column = 2;
        } else if number > 0 {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}{comma}")?;
        column += length;
    }
    writeln!(out)
}
