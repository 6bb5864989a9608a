//! Elides the middle of long output.
//!
//! It is for reports that are not the main output of a command.

use std::io::{self, Write};

use crate::report::layout::Page;
use simulation::text::thousands;

/// The number of lines that are shown whole.
const MOST: usize = 200;

/// The lines that are shown of a longer report, at its beginning and end.
const FIRST: usize = 60;
const LAST: usize = 60;

/// Writes the output of `report`, without the middle if it is long.
///
/// Between them stand the number of lines that were left out, and `rest`, which says where they are, as in `the file
/// holds them`.
///
/// # Errors
///
/// If writing or the report fails.
pub fn write(
    out: &mut Page<'_>,
    rest: &str,
    report: impl FnOnce(&mut Page<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let text = out.draft(report)?;
    let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    if lines.len() <= MOST {
        return out.write_all(&text);
    }
    let (first, others) = lines.split_at(FIRST);
    let (hidden, last) = others.split_at(others.len() - LAST);
    out.write_all(&first.concat())?;
    writeln!(out, "  … {} lines more: {rest}", thousands(hidden.len() as u64))?;
    out.write_all(&last.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(count: usize) -> String {
        let mut out = Vec::new();
        let report =
            |out: &mut Page<'_>| (0..count).try_for_each(|number| writeln!(out, "line {number}"));
        write(&mut Page::new(&mut out), "the file holds them", report).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn what_is_long_is_its_beginning_and_its_end() {
        let whole = written(MOST);
        assert_eq!((whole.lines().count(), whole.contains("more")), (MOST, false));
        let cut = written(5_000);
        let lines: Vec<_> = cut.lines().collect();
        assert_eq!(lines.len(), FIRST + 1 + LAST);
        let around = &lines[FIRST - 1..=FIRST + 1];
        assert_eq!(around, ["line 59", "  … 4,880 lines more: the file holds them", "line 4940"]);
    }
}
