//! A run as a timeline: time, actor, event.

#[cfg(feature = "terminal")]
mod columns;
mod filter;

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::Style;

#[cfg(feature = "terminal")]
pub use columns::Columns;
pub use filter::Filter;

use crate::report::fold::Fold;
use crate::report::layout::Page;
use crate::report::style;
use simulation::Nanos;
use simulation::text::beginning;
use simulation::trace::{Kind, TraceEvent};

/// The characters of a printed line that are shown.
///
/// With its prefix it then fits a line of 120.
const MARGIN: usize = 21;

/// The selection of events to show.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The first time that is shown.
    pub from: Nanos,
    /// True to show messages between replicas that arrived; dropped ones are always shown.
    pub messages: bool,
    /// True to show each event of a flood, and printed lines whole.
    ///
    /// Otherwise, events that one client or replica repeats within a second are counted after the first few, and long
    /// lines are cut.
    pub floods: bool,
}

/// The explanation of the signs in the margin.
pub const LEGEND: &str = "\
  ? asks   = is answered   ~ is turned away   * start   ^ election   + commit
> message   x message lost   / is held back, copied or corrupted   | output
# fault or phase   ! something is wrong";

impl View {
    /// Returns true if an event is shown, by itself or in a count.
    pub fn shows(&self, event: &TraceEvent) -> bool {
        event.at_ns >= self.from && (self.messages || event.kind != Kind::Message)
    }
}

/// Writes the events that the view selects.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut Page<'_>, events: &[TraceEvent], view: View) -> io::Result<()> {
    write_some(out, events.iter(), view)
}

/// Writes those of some events that the view lets through.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_some<'a>(
    out: &mut Page<'_>,
    events: impl Iterator<Item = &'a TraceEvent>,
    view: View,
) -> io::Result<()> {
    let mut fold = Fold::default();
    for event in events.filter(|event| view.shows(event)) {
        write_all(out, &fold.before(event))?;
        if fold.shows(event) || view.floods {
            write_event(out, event, view.floods)?;
        }
    }
    write_all(out, &fold.rest())
}

fn write_all(out: &mut Page<'_>, events: &[TraceEvent]) -> io::Result<()> {
    events.iter().try_for_each(|event| write_event(out, event, true))
}

/// Writes an event. A long line that a replica printed is cut unless it is to be `whole`.
///
/// # Errors
///
/// Returns an error if the writer does.
pub fn write_event(out: &mut Page<'_>, event: &TraceEvent, whole: bool) -> io::Result<()> {
    let (sign, style) = look(event.kind);
    // The actor is a text, because a format pads only texts, and no type that just implements `Display`.
    let who = event.who.to_string();
    let is_cut = event.kind == Kind::Print && !whole;
    let most = out.width() - MARGIN - 1;
    let what = if is_cut { beginning(&event.what, most) } else { Cow::Borrowed(&*event.what) };
    writeln!(out, "{}  {who:<5} {style}{sign} {what}{style:#}", time(event.at_ns))
}

/// A moment as the lines of timelines begin with it.
fn time(at: Nanos) -> String {
    format!("{:>4}.{:06}", at / 1_000_000_000, at % 1_000_000_000 / 1_000)
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
        let what = "ü".repeat(200);
        let event = TraceEvent::new(0, Kind::Print, who, what.as_str());
        let written = |floods| {
            let mut out = Vec::new();
            let view = View { from: 0, messages: false, floods };
            let mut page = Page::new(&mut out);
            write(&mut page, std::slice::from_ref(&event), view).expect("memory");
            String::from_utf8(out).expect("UTF-8")
        };
        assert!(written(true).contains(&what));
        let cut = written(false);
        assert!(cut.contains(&format!("{}…", "ü".repeat(98))), "{cut}");
        assert!(!cut.contains(&what));
    }
}
