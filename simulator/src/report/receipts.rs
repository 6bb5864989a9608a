//! A table of the messages that replicas received, by the receiver's role and the kind of message.

use std::io::{self, Write};

use crate::report::layout::{Page, columns};
use crate::report::style;
use simulation::receipts::Receipts;

/// Writes how many messages of each kind were received by leaders, candidates and followers; nothing if there are none.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut Page<'_>, receipts: &Receipts) -> io::Result<()> {
    if receipts.is_empty() {
        return Ok(());
    }
    const ROLES: [&str; 3] = ["leader", "candidate", "follower"];
    let bold = style::BOLD;
    let rows: Vec<_> =
        receipts.iter().map(|(kind, by)| (kind, [by.leader, by.candidate, by.follower])).collect();
    let kinds = rows.iter().map(|(kind, _)| columns(kind)).max().unwrap_or(0);
    let widths: [usize; 3] = std::array::from_fn(|place| {
        let numbers = rows.iter().map(|(_, numbers)| written(numbers[place]).len());
        numbers.max().unwrap_or(0).max(ROLES[place].len())
    });
    const TITLE: &str = "messages received by";
    let first = (2 + kinds).max(TITLE.len());
    write!(out, "{bold}{TITLE}{bold:#}{:1$}", "", first - TITLE.len())?;
    for (role, width) in ROLES.iter().zip(widths) {
        write!(out, "  {role:>width$}")?;
    }
    writeln!(out)?;
    for (kind, numbers) in rows {
        write!(out, "  {kind:<0$}", first - 2)?;
        for (number, width) in numbers.into_iter().zip(widths) {
            let style = if number == 0 { style::FAIR } else { anstyle::Style::new() };
            write!(out, "  {style}{:>width$}{style:#}", written(number))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A number that stands out where it is 0, since what never happened was not tested.
fn written(number: u64) -> String {
    if number == 0 { "never".to_owned() } else { number.to_string() }
}
