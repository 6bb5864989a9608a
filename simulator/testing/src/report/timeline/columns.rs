//! A run side by side: a column for each replica, and one for the clients.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::Style;

use super::{look, time};
use crate::report::layout::{Page, columns};
use crate::report::style;
use simulation::api::NodeId;
use simulation::text::beginning;
use simulation::trace::{Actor, Kind, TraceEvent};

/// The least columns of a terminal that a replica takes.
const LEAST: usize = 8;

/// The most lines that an event takes.
const MOST_LINES: usize = 4;

/// The width before the first column: the time, and two spaces.
const MARGIN: usize = 13;

/// The columns of a run.
#[derive(Debug)]
pub struct Columns {
    replicas: Vec<NodeId>,
    /// The widths of a replica's column and of the clients' one.
    widths: [usize; 2],
}

impl Columns {
    /// Lays out the columns of those replicas that the events are about, for a page of a width.
    ///
    /// # Errors
    ///
    /// The width that they would take, where that is more.
    pub fn new<'a>(
        events: impl Iterator<Item = &'a TraceEvent>,
        width: usize,
    ) -> Result<Columns, usize> {
        let actors = events.filter(|event| event.who != Actor::World).map(lane);
        let replicas: BTreeSet<NodeId> = actors.filter_map(of_replica).collect();
        // The clients' column is twice as wide: they say more.
        let (count, room) = (replicas.len(), width - MARGIN);
        let each = (room / (count + 2)).saturating_sub(1);
        if each < LEAST {
            return Err((LEAST + 1) * (count + 2) + MARGIN);
        }
        let clients = room - count * (each + 1);
        Ok(Columns { replicas: replicas.into_iter().collect(), widths: [each, clients] })
    }

    /// Writes the events, those of one moment next to each other.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn write<'a>(
        &self,
        out: &mut Page<'_>,
        events: impl Iterator<Item = &'a TraceEvent>,
    ) -> io::Result<()> {
        let bold = style::BOLD;
        write!(out, "{bold}{:>11}  ", "time")?;
        for replica in &self.replicas {
            write!(out, "{:<width$} ", replica.to_string(), width = self.widths[0])?;
        }
        writeln!(out, "clients{bold:#}")?;
        let mut row: Vec<(usize, &TraceEvent)> = Vec::new();
        for event in events {
            let place = self.place(event);
            let goes_on = row.last().is_some_and(|&(last, previous)| {
                place.is_some_and(|place| place > last) && previous.at_ns == event.at_ns
            });
            if !goes_on {
                self.write_row(out, &row)?;
                row.clear();
            }
            match place {
                Some(place) => row.push((place, event)),
                None => self.write_across(out, event)?,
            }
        }
        self.write_row(out, &row)
    }

    /// The column of an event: the last one is the clients'. Some are about the whole cluster.
    fn place(&self, event: &TraceEvent) -> Option<usize> {
        match lane(event) {
            Actor::Node(node) => self.replicas.iter().position(|replica| *replica == node),
            Actor::Client(_) => Some(self.replicas.len()),
            Actor::World => None,
        }
    }

    fn write_across(&self, out: &mut Page<'_>, event: &TraceEvent) -> io::Result<()> {
        let (sign, style) = look(event.kind);
        writeln!(out, "{}  {style}{sign} {}{style:#}", time(event.at_ns), event.what)
    }

    /// Writes events of one moment, each with its column.
    fn write_row(&self, out: &mut Page<'_>, row: &[(usize, &TraceEvent)]) -> io::Result<()> {
        let Some((_, first)) = row.first() else { return Ok(()) };
        let cells: Vec<(usize, Style, Vec<String>)> = row
            .iter()
            .map(|&(place, event)| {
                let (_, style) = look(event.kind);
                (place, style, self.lines(event, self.width(place)))
            })
            .collect();
        let height = cells.iter().map(|(_, _, lines)| lines.len()).max().unwrap_or(0);
        for number in 0..height {
            let when = if number == 0 { time(first.at_ns) } else { " ".repeat(MARGIN - 2) };
            write!(out, "{when}  ")?;
            let mut column = 0;
            for (place, style, lines) in &cells {
                let Some(line) = lines.get(number) else { continue };
                let start = place * (self.widths[0] + 1);
                write!(out, "{:indent$}{style}{line}{style:#}", "", indent = start - column)?;
                column = start + columns(line);
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn width(&self, place: usize) -> usize {
        self.widths[usize::from(place == self.replicas.len())]
    }

    /// An event in lines of a width; what is too long for its column is cut.
    fn lines(&self, event: &TraceEvent, width: usize) -> Vec<String> {
        let (sign, _) = look(event.kind);
        let text = match (event.kind, event.who, event.with) {
            // In the receiver's column, from whom it is.
            (Kind::Message, from, Some(to)) => {
                let message = event.what.strip_prefix(&format!("-> {to}  "));
                format!("{sign} {from}: {}", message.unwrap_or(&event.what))
            }
            (_, Actor::Client(client), _) => format!("{sign} {client} {}", event.what),
            _ => format!("{sign} {}", event.what),
        };
        // Lines are broken at words: somewhat more than will fit, and the rest goes.
        let text = beginning(&text, width * MOST_LINES);
        let options = textwrap::Options::new(width)
            .subsequent_indent("  ")
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        let mut lines: Vec<String> =
            textwrap::wrap(&text, options).into_iter().map(String::from).collect();
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            if let Some(last) = lines.last_mut() {
                while columns(last) >= width {
                    last.pop();
                }
                last.push('…');
            }
        }
        lines
    }
}

/// Whose column an event is in: a message that arrived is in its receiver's.
fn lane(event: &TraceEvent) -> Actor {
    match (event.kind, event.with) {
        (Kind::Message, Some(to)) => to,
        _ => event.who,
    }
}

fn of_replica(actor: Actor) -> Option<NodeId> {
    match actor {
        Actor::Node(node) => Some(node),
        Actor::Client(_) | Actor::World => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulation::api::ClientId;

    fn written(events: &[TraceEvent], width: usize) -> Result<String, usize> {
        let view = Columns::new(events.iter(), width)?;
        let mut out = Vec::new();
        let mut page = Page::of_width(&mut out, width);
        view.write(&mut page, events.iter()).expect("memory");
        Ok(String::from_utf8(out).expect("UTF-8"))
    }

    #[test]
    fn each_has_a_column_of_its_own() {
        let [one, two] = [1, 2].map(|id| Actor::Node(NodeId(id)));
        let client = Actor::Client(ClientId(3));
        let message = "-> 0002  appendEntries term 7 key k";
        let events = [
            TraceEvent::new(0, Kind::Phase, Actor::World, "clients begin"),
            TraceEvent { with: Some(two), ..TraceEvent::new(0, Kind::Message, one, message) },
            TraceEvent::new(0, Kind::Ask, client, "asks get(k) of 0001"),
            TraceEvent::new(1_000_000, Kind::Election, one, "is leader in term 7"),
        ];
        let expected = "\
\u{20}      time  0001            0002            clients
   0.000000  # clients begin
   0.000000                  > 0001:         ? c3 asks get(k) of 0001
                               appendEntries
                               term 7 key k
   0.001000  ^ is leader in
               term 7
";
        assert_eq!(written(&events, 79).as_deref(), Ok(expected));
    }

    #[test]
    fn more_replicas_than_fit_are_refused_with_the_width_they_take() {
        let event = |id| TraceEvent::new(0, Kind::Start, Actor::Node(NodeId(id)), "x".repeat(99));
        let events: Vec<_> = (0..21).map(event).collect();
        let needed = written(&events, 80).expect_err("too many");
        let text = written(&events, needed).expect("just enough");
        assert!(text.lines().all(|line| columns(line) <= needed), "{text}");
        assert!(written(&events, needed - 23).is_err());
    }
}
