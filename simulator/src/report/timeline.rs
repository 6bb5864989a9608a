//! A run as a timeline: time, who, what.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::Style;

use crate::report::fold::Fold;
use crate::report::style;
use simulation::Nanos;
use simulation::text::beginning;
use simulation::trace::{Kind, TraceEvent};

/// Characters of a printed line that are shown: with what stands before it, it fits a line of 120.
const WIDTH: usize = 98;

/// Which events to show.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The first moment shown.
    pub from: Nanos,
    /// Show messages between replicas that arrived, too; those that were lost are shown anyway.
    pub messages: bool,
    /// Show each event of a flood, too, and printed lines whole; else what one client or replica repeats
    /// within a second is counted after the first few times, and long lines are cut.
    pub floods: bool,
}

/// Explains the signs in the margin.
pub const LEGEND: &str = "\
  ? asks   = is answered   ~ is turned away   ^ election   + commit   > message   x message lost
  / is held back, copied or corrupted   * start   | output   # fault or phase   ! something is wrong";

impl View {
    /// Whether an event is one of those that are shown, be it in a line of its own or counted.
    pub fn shows(&self, event: &TraceEvent) -> bool {
        event.at_ns >= self.from && (self.messages || event.kind != Kind::Message)
    }
}

/// Writes the events that the view lets through.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut dyn Write, events: &[TraceEvent], view: View) -> io::Result<()> {
    let mut fold = Fold::default();
    for event in events.iter().filter(|event| view.shows(event)) {
        write_all(out, &fold.before(event))?;
        if fold.shows(event) || view.floods {
            write_event(out, event, view.floods)?;
        }
    }
    write_all(out, &fold.rest())
}

fn write_all(out: &mut dyn Write, events: &[TraceEvent]) -> io::Result<()> {
    events.iter().try_for_each(|event| write_event(out, event, true))
}

/// Writes an event; a long line that a replica prints only if it is to be `whole`.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_event(out: &mut dyn Write, event: &TraceEvent, whole: bool) -> io::Result<()> {
    let (sign, style) = look(event.kind);
    let (seconds, nanos) = (event.at_ns / 1_000_000_000, event.at_ns % 1_000_000_000);
    let micros = nanos / 1_000;
    // A padded text, because a user's format does not pad what only implements `Display`.
    let who = event.who.to_string();
    let is_cut = event.kind == Kind::Print && !whole;
    let what = if is_cut { beginning(&event.what, WIDTH) } else { Cow::Borrowed(&*event.what) };
    writeln!(out, "{seconds:>4}.{micros:06}  {who:<5} {style}{sign} {what}{style:#}")
}

fn look(kind: Kind) -> (char, Style) {
    match kind {
        Kind::Message => ('>', style::DIM),
        Kind::Lost => ('x', style::DIM),
        Kind::Altered => ('/', style::DIM),
        Kind::Ask => ('?', Style::new()),
        Kind::Answer => ('=', style::GOOD),
        Kind::Retry => ('~', style::FAIR),
        Kind::Start => ('*', style::BOLD),
        Kind::Election => ('^', style::BEST),
        Kind::Commit => ('+', style::DIM),
        Kind::Print => ('|', style::DIM),
        Kind::Fault | Kind::Phase => ('#', style::BOLD),
        Kind::Violation => ('!', style::BAD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulation::api::NodeId;
    use simulation::trace::Actor;

    #[test]
    fn long_lines_are_cut_unless_all_is_asked_for() {
        let who = Actor::Node(NodeId(1));
        let what = "ü".repeat(2 * WIDTH);
        let event = TraceEvent { at_ns: 0, kind: Kind::Print, who, what: what.clone() };
        let written = |floods| {
            let mut out = Vec::new();
            let view = View { from: 0, messages: false, floods };
            write(&mut out, std::slice::from_ref(&event), view).expect("memory");
            String::from_utf8(out).expect("UTF-8")
        };
        assert!(written(true).contains(&what));
        let cut = written(false);
        assert!(cut.contains(&format!("{}…", "ü".repeat(WIDTH))), "{cut}");
        assert!(!cut.contains(&what));
    }
}
