//! Grades: a row for each submission, for people and as CSV.

use std::io::{self, Write};

use crate::grade::{Row, TierCounts};
use crate::report::style;

/// The least width of a name; a longer one moves the columns after it.
const NAME: usize = 20;

/// Writes the heading.
///
/// # Errors
///
/// If writing fails.
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

/// Writes one row, and below it the worst finding with its command.
///
/// # Errors
///
/// If writing fails.
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
fn no_formula(cell: String) -> String {
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
