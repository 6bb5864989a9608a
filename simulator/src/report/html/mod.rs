//! One run as a page: a single HTML file that a browser opens from the disk, without a network.
//!
//! The page is a template, a style sheet, the viewer's modules and the run's data. The data is compressed JSON, whose
//! format `viewer/FORMAT.md` describes; the viewer shows it, and treats every text in it as a text.
//!
//! ```text
//!   outcome ──▶ data ──▶ pack ──┐
//!   history ──▶ history ─┘      ├──▶ page
//!   viewer/*.js ──▶ script ─────┘
//! ```

mod columns;
mod curve;
mod data;
mod events;
mod explained;
mod finding;
mod history;
mod index;
mod page;
mod proof;
mod script;
mod texts;
mod traffic;
mod votes;

use std::io::{self, Write};

use crate::report::layout::Page;
use crate::report::{Outcome, explanation, text};
use simulation::explain::Explanation;

pub use history::write_history;
pub use index::{Cell, Entry, Index, Table};

/// Writes the page of a run.
///
/// The run shows only what its evidence holds: it must have been made with
/// [`Options::picture`](simulation::engine::Options::picture).
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let mut report = Vec::new();
    let mut text = Page::new(&mut report);
    text::write(&mut text, outcome)?;
    text.flush()?;
    page::write(out, &data::Data::of(outcome), &String::from_utf8_lossy(&report))
}

/// Writes the page of a failure's run with what decided it.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_explained(
    out: &mut dyn Write,
    outcome: &Outcome,
    explanation: &Explanation,
) -> io::Result<()> {
    let mut report = Vec::new();
    let mut text = Page::new(&mut report);
    text::write(&mut text, outcome)?;
    writeln!(text)?;
    explanation::write(&mut text, explanation)?;
    text.flush()?;
    let mut data = data::Data::of(outcome);
    data.explain(explanation);
    page::write(out, &data, &String::from_utf8_lossy(&report))
}
