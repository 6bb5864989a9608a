//! A run as a timeline: time, who, what.

use std::io::{self, Write};

use anstyle::Style;

use crate::Nanos;
use crate::report::fold::Fold;
use crate::report::style;
use crate::trace::{Kind, TraceEvent};

/// Which events to show.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The first moment shown.
    pub from: Nanos,
    /// Show messages between replicas that arrived, too; those that were lost are shown anyway.
    pub messages: bool,
    /// Show each event of a flood, too; else what one client or replica repeats within a second is
    /// counted after the first few times.
    pub floods: bool,
}

/// Explains the signs in the margin.
pub const LEGEND: &str = "\
  ? asks   = is answered   ~ is turned away   ^ election   + commit   > message   x message lost
  / is held back, copied or corrupted   | output   # fault or phase   ! something is wrong";

/// Writes the events that the view lets through.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut dyn Write, events: &[TraceEvent], view: View) -> io::Result<()> {
    let shown = |event: &&TraceEvent| {
        event.at_ns >= view.from && (view.messages || event.kind != Kind::Message)
    };
    let mut fold = Fold::default();
    for event in events.iter().filter(shown) {
        write_all(out, &fold.before(event))?;
        if fold.shows(event) || view.floods {
            write_event(out, event)?;
        }
    }
    write_all(out, &fold.rest())
}

fn write_all(out: &mut dyn Write, events: &[TraceEvent]) -> io::Result<()> {
    events.iter().try_for_each(|event| write_event(out, event))
}

fn write_event(out: &mut dyn Write, event: &TraceEvent) -> io::Result<()> {
    let (sign, style) = look(event.kind);
    let (seconds, nanos) = (event.at_ns / 1_000_000_000, event.at_ns % 1_000_000_000);
    let micros = nanos / 1_000;
    // A padded text, because a user's format does not pad what only implements `Display`.
    let who = event.who.to_string();
    writeln!(out, "{seconds:>4}.{micros:06}  {who:<5} {style}{sign} {}{style:#}", event.what)
}

fn look(kind: Kind) -> (char, Style) {
    match kind {
        Kind::Message => ('>', style::DIM),
        Kind::Lost => ('x', style::DIM),
        Kind::Bent => ('/', style::DIM),
        Kind::Ask => ('?', Style::new()),
        Kind::Answer => ('=', style::GOOD),
        Kind::Bounce => ('~', style::FAIR),
        Kind::Election => ('^', style::BEST),
        Kind::Commit => ('+', style::DIM),
        Kind::Print => ('|', style::DIM),
        Kind::Fault | Kind::Phase => ('#', style::BOLD),
        Kind::Violation => ('!', style::BAD),
    }
}
