//! When a failure was decided, and by what: the curve, the event, the pair of runs, the story.

use std::io::{self, Write};

use crate::report::layout::Page;
use crate::report::{style, timeline};
use simulation::explain::{Change, Decisive, Explanation, Needed, Point, Sibling};
use simulation::seconds::moment;
use simulation::text::thousands;
use simulation::trace::{Kind, TraceEvent};

/// The width of a terminal that everything fits but the words of events.
const WIDTH: usize = 80;

/// The bar of a share of 100 %.
const BAR: usize = 50;

/// The most points of the curve that are shown.
const MOST_POINTS: usize = 24;

/// The most events of a pair of runs, of the decisive moment.
const MOST_EVENTS: usize = 24;
const MOST_AT_ONCE: usize = 6;

/// Writes an explanation.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut Page<'_>, explained: &Explanation) -> io::Result<()> {
    let bold = style::BOLD;
    wrapped(out, "", &explained.finding)?;
    writeln!(out, "\n{bold}When it was decided{bold:#}\n")?;
    let how = format!(
        "The run was made again up to each of some moments, and went on from there in other ways: {} \
         runs in all. This share of them fails in the same way ({}):",
        thousands(explained.runs),
        explained.same
    );
    wrapped(out, "  ", &how)?;
    writeln!(out)?;
    write_curve(out, explained)?;
    writeln!(out, "\n{bold}What decided{bold:#}\n")?;
    match &explained.decisive {
        Some(decisive) => {
            write_decisive(out, decisive)?;
            explained.further.iter().try_for_each(|step| write_further(out, step))?;
        }
        None => wrapped(
            out,
            "  ",
            "Nothing that happened in the run: from its beginning on, just as many ways to go on fail in the \
             same way as later. The scenario decides, or the replicas' code does whatever happens.",
        )?,
    }
    if let Some(needed) = &explained.needed {
        writeln!(out, "\n{bold}What was needed last{bold:#}\n")?;
        write_needed(out, needed)?;
    }
    let passes = explained.sibling.as_ref().is_none_or(|sibling| sibling.passes);
    let which = if passes { "passes" } else { "escapes this failure" };
    writeln!(out, "\n{bold}The nearest run that {which}{bold:#}\n")?;
    match &explained.sibling {
        Some(sibling) => write_pair(out, sibling)?,
        None => wrapped(out, "  ", "All of them fail in the same way.")?,
    }
    writeln!(out, "\n{bold}The story{bold:#}\n")?;
    explained.story.iter().try_for_each(|sentence| wrapped(out, "  ", sentence))
}

/// Writes the curve, a line a moment: the share, and how far the true one may be above it.
fn write_curve(out: &mut Page<'_>, explained: &Explanation) -> io::Result<()> {
    let decisive = explained.decisive.as_ref();
    let others = explained.further.iter().filter(|step| !step.by_chance);
    let edges: Vec<_> =
        decisive.into_iter().chain(others).flat_map(|it| [it.at, it.until]).collect();
    writeln!(out, "  {:>14}  {:>5}  0 %{:>width$}", "from", "share", "100 %", width = BAR - 3)?;
    for point in chosen(&explained.curve, &edges) {
        let share = point.share;
        let (percent, (_, high)) = (share.percent(), share.interval());
        let (full, most) = (bar(percent), bar(high).max(bar(percent)));
        let bar = format!("{}{}", "#".repeat(full), "-".repeat(most - full));
        let mark = if edges.contains(&point.at) { '>' } else { ' ' };
        writeln!(out, "{mark} {:>14}  {percent:>3} %  {bar}", moment(point.at))?;
    }
    wrapped(
        out,
        "  ",
        "#: the share; -: the true share may be up to there, in 19 of 20 cases; >: before and after what decided",
    )
}

fn bar(percent: u32) -> usize {
    percent as usize * BAR / 100
}

/// The points that tell most: those at the edges, the ends, and where the share changes.
fn chosen<'p>(curve: &'p [Point], edges: &[u64]) -> Vec<&'p Point> {
    let ends = [curve.first(), curve.last()].map(|point| point.map(|point| point.at));
    let tells_by = |step: u32| {
        let mut last = None;
        let mut told = Vec::new();
        for point in curve {
            let percent = point.share.percent();
            let is_edge = edges.contains(&point.at) || ends.contains(&Some(point.at));
            if is_edge || last.is_none_or(|last: u32| last.abs_diff(percent) >= step) {
                last = Some(percent);
                told.push(point);
            }
        }
        told
    };
    let mut steps = (0..).step_by(5).map(tells_by);
    steps.find(|told| told.len() <= MOST_POINTS.max(edges.len() + 2)).unwrap_or_default()
}

fn write_decisive(out: &mut Page<'_>, decisive: &Decisive) -> io::Result<()> {
    let (before, after) = (decisive.before, decisive.after);
    let what = if decisive.is_clear {
        format!("Just before this, {before} fail in the same way; just after it, {after}:")
    } else {
        format!(
            "No single event: the share grows little by little. It grows most here, from {before} to \
             {after}:"
        )
    };
    wrapped(out, "  ", &what)?;
    write_events(out, decisive)
}

/// Writes another event at which the share rises.
fn write_further(out: &mut Page<'_>, step: &Decisive) -> io::Result<()> {
    let (before, after) = (step.before, step.after);
    let of = if step.by_chance {
        "Of ways to go on that keep the failure's requests and faults, and differ by draws alone"
    } else {
        "The share rises here, too: of all ways to go on"
    };
    writeln!(out)?;
    wrapped(
        out,
        "  ",
        &format!("{of}, {before} fail in the same way just before this; just after it, {after}:"),
    )?;
    write_events(out, step)
}

/// Writes the latest change by which the failure does not happen.
fn write_needed(out: &mut Page<'_>, needed: &Needed) -> io::Result<()> {
    let Needed { as_it_was, changed, .. } = needed;
    let had = match &needed.change {
        Change::KindWithheld(kind) => {
            let to = needed.event.with.map(|to| to.to_string()).unwrap_or_default();
            format!("Had {to} received no {kind} from here on")
        }
        Change::Delivered => "Had this arrived".to_owned(),
        _ => "Had this not arrived".to_owned(),
    };
    let what = format!(
        "{had}, {changed} of the ways to go on would fail in the same way; as it was, {as_it_was} do:"
    );
    wrapped(out, "  ", &what)?;
    writeln!(out)?;
    timeline::write_event(out, &needed.event, false)
}

/// Writes the events of a decisive moment.
fn write_events(out: &mut Page<'_>, decisive: &Decisive) -> io::Result<()> {
    writeln!(out)?;
    let shown = decisive.events.iter().take(MOST_AT_ONCE);
    shown.clone().try_for_each(|event| timeline::write_event(out, event, false))?;
    match decisive.events.len() - shown.count() {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more until {}", moment(decisive.until)),
    }
}

/// Writes what happens in two runs from where they part on: of messages only the first ones.
fn write_pair(out: &mut Page<'_>, sibling: &Sibling) -> io::Result<()> {
    let own = if sibling.differs_in_needed {
        "It differs in nothing but what was needed last."
    } else if sibling.is_own {
        "It has the same requests and faults, but perhaps that which decided, and other draws."
    } else {
        "It has other requests and faults from there on."
    };
    let fails =
        if sibling.passes { "" } else { " It fails in another way; none was found to pass." };
    let same = format!("It is the same run until {}. {own}{fails}", moment(sibling.parts_at));
    wrapped(out, "  ", &same)?;
    writeln!(out, "\n  F  in the failure only   O  in the other run only   FO  in both\n")?;
    let rows = merged(sibling);
    let shown = rows
        .iter()
        .enumerate()
        .filter(|(place, (_, event))| *place < MOST_EVENTS / 2 || event.kind != Kind::Message);
    let total = shown.clone().count();
    for (_, (side, event)) in shown.take(MOST_EVENTS) {
        write!(out, "{side}")?;
        timeline::write_event(out, event, false)?;
    }
    match total.saturating_sub(MOST_EVENTS) {
        0 => Ok(()),
        more => writeln!(out, "  … {} more", thousands(more as u64)),
    }
}

/// The events of both runs by time, each with the runs it is in.
pub(super) fn merged(sibling: &Sibling) -> Vec<(&'static str, &TraceEvent)> {
    let mut others: Vec<&TraceEvent> = sibling.escaping.iter().collect();
    let mut rows = Vec::new();
    for event in &sibling.failing {
        match others.iter().position(|other| *other == event) {
            Some(place) => {
                others.remove(place);
                rows.push(("FO", event));
            }
            None => rows.push(("F ", event)),
        }
    }
    rows.extend(others.into_iter().map(|event| (" O", event)));
    rows.sort_by_key(|(_, event)| event.at_ns);
    rows
}

/// Writes a text in lines that fit a terminal, each after a margin; a word that is longer stands alone.
fn wrapped(out: &mut Page<'_>, margin: &str, text: &str) -> io::Result<()> {
    let mut line = String::new();
    for word in text.split(' ') {
        let length = margin.len() + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && length > WIDTH {
            writeln!(out, "{margin}{line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{margin}{line}")
}
