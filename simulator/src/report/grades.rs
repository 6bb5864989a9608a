//! Grades: a row for each submission, for people and as CSV.

use std::io::{self, Write};

use crate::grade::{Row, TierCounts};
use crate::report::html::Cell as PageCell;
use crate::report::layout::{Cell, Column, Page, Table, columns};
use crate::report::style;

/// The least width of a name; a longer one moves the columns after it.
const LONGEST_NAME: usize = 30;

/// Lays out the rows of submissions with these names and this number of runs each, for a page of this width.
pub fn lay_out<'a>(width: usize, names: impl Iterator<Item = &'a str>, runs: u64) -> Table {
    let name = names.map(columns).max().unwrap_or(0).clamp(10, LONGEST_NAME);
    let (tiers, passed) = (widest_tiers(runs), 2 * runs.to_string().len() + 1);
    let column = |heads, width, rank| Column { heads, widths: [width; 2], rank };
    let columns = vec![
        column(["submission"; 2], name, 0),
        column(["course"; 2], passed, 1),
        column(["messages"; 2], tiers, 3),
        column(["failures"; 2], tiers, 4),
        column(["duplicates", "dup."], tiers, 5),
        column(["latency"; 2], tiers, 2),
        column(["ours"; 2], passed, 0),
        column(["verdict"; 2], 11, 0),
    ];
    Table::new(columns, width)
}

/// The columns that four counts take at most which add up to a number of runs, with slashes between them.
fn widest_tiers(runs: u64) -> usize {
    let digits = runs.to_string().len();
    let smallest = 10_u64.pow(digits as u32 - 1);
    let longest = if digits > 1 { (runs / smallest).min(4) as usize } else { 4 };
    longest * digits + (4 - longest) * (digits - 1) + 3
}

/// Writes the heading, and what is in the columns.
///
/// # Errors
///
/// If writing fails.
pub fn write_heading(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    write!(
        out,
        "course, ours: the runs that pass there and here; for each metric: the runs with bonus/full/partial/no \
         credit"
    )?;
    let left_out: Vec<_> = table.left_out().collect();
    if !left_out.is_empty() {
        write!(out, "; only on a wider terminal and with --csv: {}", left_out.join(", "))?;
    }
    writeln!(out)?;
    table.write_heading(out)
}

/// Writes one row, and below it the worst finding with its command.
///
/// # Errors
///
/// If writing fails.
pub fn write_row(
    out: &mut Page<'_>,
    table: &Table,
    name: &str,
    row: &Row,
    replay_command: &str,
) -> io::Result<()> {
    let bad = style::BAD;
    if let Some(why) = &row.unfit {
        return writeln!(out, "{name}  {bad}not run{bad:#}: {why}");
    }
    let of = |count: u64| format!("{count}/{}", row.runs);
    let counts = |it: TierCounts| format!("{}/{}/{}/{}", it.bonus, it.full, it.partial, it.none);
    let verdict = row
        .worst
        .as_ref()
        .map_or(("pass", style::GOOD), |worst| (worst.class.name(), style::of_class(worst.class)));
    let texts = [
        name.to_owned(),
        of(row.course_passed),
        counts(row.messages),
        counts(row.failures),
        counts(row.duplicates),
        counts(row.latency),
        of(row.passed),
    ];
    let mut cells = texts.map(Cell::new).to_vec();
    cells.push(Cell::styled(verdict.0, verdict.1));
    table.write_row(out, &cells)?;
    let Some(worst) = &row.worst else { return Ok(()) };
    writeln!(out, "  {}: {}", worst.check, worst.reason)?;
    out.command("  ", replay_command)
}

/// The names of the columns that [`cells`] fills.
pub const HEAD: [&str; 8] =
    ["submission", "course", "messages", "failures", "duplicates", "latency", "ours", "verdict"];

/// Returns a row as the cells of a table, each metric under the colour of the tier that it mostly reached.
pub fn cells(name: &str, row: &Row, page: Option<String>) -> Vec<PageCell> {
    let plain = |text: String| PageCell { text, ..PageCell::default() };
    let of = |count: u64| plain(format!("{count}/{}", row.runs));
    let tiers = |it: TierCounts| {
        let text = format!("{}/{}/{}/{}", it.bonus, it.full, it.partial, it.none);
        let counts =
            [("none", it.none), ("partial", it.partial), ("full", it.full), ("bonus", it.bonus)];
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let class = most.filter(|(_, count)| *count > 0).map_or("", |(class, _)| class);
        PageCell { text, class, page: None }
    };
    let class = if row.verdict() == "pass" { "full" } else { "none" };
    vec![
        PageCell { text: name.to_owned(), class: "", page },
        of(row.course_passed),
        tiers(row.messages),
        tiers(row.failures),
        tiers(row.duplicates),
        tiers(row.latency),
        of(row.passed),
        PageCell { text: row.verdict().to_owned(), class, page: None },
    ]
}

/// The columns of the CSV file.
const COLUMNS: [&str; 26] = [
    "submission",
    "executable",
    "runs",
    "course_passes",
    "messages_bonus",
    "messages_full",
    "messages_partial",
    "messages_none",
    "failures_bonus",
    "failures_full",
    "failures_partial",
    "failures_none",
    "duplicates_bonus",
    "duplicates_full",
    "duplicates_partial",
    "duplicates_none",
    "latency_bonus",
    "latency_full",
    "latency_partial",
    "latency_none",
    "passes",
    "verdict",
    "check",
    "seed",
    "reason",
    "command",
];

/// Protects a cell that begins like a formula, which a spreadsheet would take for one.
///
/// Students choose the names of their submissions (OWASP, "CSV Injection").
pub(super) fn no_formula(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// A writer of rows as CSV (RFC 4180), with a line of column names.
#[derive(Debug)]
pub struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Csv<W> {
    /// Writes the column names.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn new(out: W) -> io::Result<Csv<W>> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        Ok(Csv(writer))
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(
        &mut self,
        name: &str,
        executable: &str,
        row: &Row,
        replay_command: &str,
    ) -> io::Result<()> {
        let mut cells = vec![name.to_owned(), executable.to_owned()];
        cells.extend([row.runs, row.course_passed].map(|count| count.to_string()));
        for it in [row.messages, row.failures, row.duplicates, row.latency] {
            cells.extend([it.bonus, it.full, it.partial, it.none].map(|count| count.to_string()));
        }
        cells.extend([row.passed.to_string(), row.verdict().to_owned()]);
        let (check, seed, reason) = match (&row.worst, &row.unfit) {
            (_, Some(why)) => ("", String::new(), why.as_str()),
            (Some(worst), None) => {
                (worst.check.as_str(), worst.seed.to_string(), worst.reason.as_str())
            }
            (None, None) => ("", String::new(), ""),
        };
        cells.extend([check.to_owned(), seed, reason.to_owned(), replay_command.to_owned()]);
        Ok(self.0.write_record(cells.into_iter().map(no_formula))?)
    }

    /// Writes the rows that are still in a buffer.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let mut written = Vec::new();
        let unfit = Row { unfit: Some("-1 is no program".to_owned()), ..Row::default() };
        let mut csv = Csv::new(&mut written).expect("memory");
        csv.write("=cmd|' /C calc'!A0", "/a/=b", &unfit, "@again").expect("memory");
        csv.flush().expect("memory");
        drop(csv);
        let text = String::from_utf8(written).expect("UTF-8");
        let row = text.lines().nth(1).expect("a row");
        assert!(row.starts_with("'=cmd|' /C calc'!A0,/a/=b,0,"), "{row}");
        assert!(row.ends_with(",'-1 is no program,'@again"), "{row}");
    }
}
