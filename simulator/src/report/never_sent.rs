//! Warnings about faults that had nothing to strike.

use std::io::{self, Write};

use crate::report::layout::Page;
use crate::report::style;
use simulation::explore::NeverSent;

/// Writes a warning for each role or type of messages at which faults were aimed, and that no message had.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut Page<'_>, never_sent: &NeverSent) -> io::Result<()> {
    let fair = style::FAIR;
    never_sent
        .sentences()
        .try_for_each(|sentence| writeln!(out, "{fair}warning{fair:#}: {sentence}"))
}
