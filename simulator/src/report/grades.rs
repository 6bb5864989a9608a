//! Grades: a row for each submission, for people and as CSV.

use std::io::{self, Write};

use crate::grade::{Row, TierCounts};
use crate::report::html::Cell;
use crate::report::style;

/// Columns of a name at least; a longer one moves what follows.
const NAME: usize = 20;

/// Writes the heading.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_heading(out: &mut dyn Write) -> io::Result<()> {
    let bold = style::BOLD;
    writeln!(
        out,
        "{bold}{:<NAME$} {:<9} {:<13} {:<13} {:<13} {:<13} {:<9} verdict{bold:#}",
        "submission", "course", "messages", "failures", "duplicates", "latency", "ours"
    )?;
    let tiers = "bon/full/part/none";
    writeln!(out, "{:<NAME$} {:<9} {tiers} in each", "", "passes")
}

/// Writes one row, and below it the worst finding with the command that shows it `again`.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_row(
    out: &mut dyn Write,
    name: &str,
    row: &Row,
    replay_command: &str,
) -> io::Result<()> {
    let (good, bad) = (style::GOOD, style::BAD);
    if let Some(why) = &row.unfit {
        return writeln!(out, "{name:<NAME$} {bad}not run{bad:#}: {why}");
    }
    let of = |count: u64| format!("{count}/{}", row.runs);
    let counts = |it: TierCounts| format!("{}/{}/{}/{}", it.bonus, it.full, it.partial, it.none);
    write!(
        out,
        "{name:<NAME$} {:<9} {:<13} {:<13} {:<13} {:<13} {:<9} ",
        of(row.course_passed),
        counts(row.messages),
        counts(row.failures),
        counts(row.duplicates),
        counts(row.latency),
        of(row.passed)
    )?;
    let Some(worst) = &row.worst else { return writeln!(out, "{good}pass{good:#}") };
    let color = style::of_class(worst.class);
    writeln!(out, "{color}{}{color:#}", worst.class.name())?;
    writeln!(out, "  {}: {}", worst.check, worst.reason)?;
    writeln!(out, "  {replay_command}")
}

/// The names of the columns that [`cells`] fills.
pub const HEAD: [&str; 8] =
    ["submission", "course", "messages", "failures", "duplicates", "latency", "ours", "verdict"];

/// Returns a row as the cells of a table, each metric under the colour of the tier that it mostly reached.
pub fn cells(name: &str, row: &Row, page: Option<String>) -> Vec<Cell> {
    let plain = |text: String| Cell { text, ..Cell::default() };
    let of = |count: u64| plain(format!("{count}/{}", row.runs));
    let tiers = |it: TierCounts| {
        let text = format!("{}/{}/{}/{}", it.bonus, it.full, it.partial, it.none);
        let counts =
            [("none", it.none), ("partial", it.partial), ("full", it.full), ("bonus", it.bonus)];
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let class = most.filter(|(_, count)| *count > 0).map_or("", |(class, _)| class);
        Cell { text, class, page: None }
    };
    let class = if row.verdict() == "pass" { "full" } else { "none" };
    vec![
        Cell { text: name.to_owned(), class: "", page },
        of(row.course_passed),
        tiers(row.messages),
        tiers(row.failures),
        tiers(row.duplicates),
        tiers(row.latency),
        of(row.passed),
        Cell { text: row.verdict().to_owned(), class, page: None },
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

/// A spreadsheet takes a cell that begins like a formula for one, and students choose the names of
/// their submissions (OWASP, "CSV Injection").
fn no_formula(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// Writes rows as CSV (RFC 4180), with a line of column names.
#[derive(Debug)]
pub struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Csv<W> {
    /// Writes the column names.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn new(out: W) -> io::Result<Csv<W>> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        Ok(Csv(writer))
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
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

    /// Writes what is still in a buffer.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
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
