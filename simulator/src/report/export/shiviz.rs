//! A run as a log with vector clocks, which ShiViz (`bestchai.bitbucket.io/shiviz`) draws.
//!
//! An event takes two lines: what happened, then the replica and its clock. ShiViz reads that without an expression of
//! one's own. Only replicas have clocks: it is not known by what an answer to a client was caused.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

use super::{fate, has_arrived};
use crate::report::Outcome;
use simulation::Nanos;
use simulation::api::NodeId;
use simulation::picture::Picture;
use simulation::seconds::moment;
use simulation::trace::Actor;

/// The clock of a replica: the number of events of each replica that it knows of.
type Clock = BTreeMap<NodeId, u64>;

/// An event of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Receives(usize),
    Is(String),
    Sends(usize),
}

/// An event with its time and its replica.
type Event = (Nanos, NodeId, What);

/// Writes a run that was made with its trace and its picture.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let Some(picture) = &outcome.evidence.picture else { return Ok(()) };
    let (mut clocks, mut sent) = (BTreeMap::<NodeId, Clock>::new(), BTreeMap::new());
    for (at, node, what) in events(outcome, picture) {
        let clock = clocks.entry(node).or_default();
        *clock.entry(node).or_default() += 1;
        if let What::Receives(id) = &what {
            let theirs: &Clock = sent.get(id).unwrap_or(const { &Clock::new() });
            for (&other, &count) in theirs {
                let known = clock.entry(other).or_default();
                *known = (*known).max(count);
            }
        } else if let What::Sends(id) = &what {
            sent.insert(*id, clock.clone());
        }
        writeln!(out, "{} {}", moment(at), one_line(&text(picture, &what)))?;
        let counts: Vec<String> =
            clock.iter().map(|(node, count)| format!("\"{node}\":{count}")).collect();
        writeln!(out, "{node} {{{}}}", counts.join(", "))?;
    }
    Ok(())
}

fn text(picture: &Picture, what: &What) -> String {
    match what {
        What::Is(what) => what.clone(),
        What::Sends(id) => {
            let message = &picture.messages[*id];
            format!("sends {} to {}{}", picture.text(message.text), message.to, fate(message))
        }
        What::Receives(id) => {
            let message = &picture.messages[*id];
            format!("gets {} from {}{}", picture.text(message.text), message.from, fate(message))
        }
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Returns all events in an order in which each message is sent before it is received.
fn events(outcome: &Outcome, picture: &Picture) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::new();
    for (id, message) in picture.messages.iter().enumerate() {
        all.push((message.sent, message.from, What::Sends(id)));
        if has_arrived(message) {
            all.push((message.arrived, message.to, What::Receives(id)));
        }
    }
    for event in outcome.evidence.trace.iter().filter(|event| !event.kind.is_traffic()) {
        if let Actor::Node(node) = event.who {
            all.push((event.at_ns, node, What::Is(event.what.clone())));
        }
    }
    // What a replica receives at a moment may cause what it does then.
    let rank = |what: &What| match what {
        What::Receives(id) => (0, *id),
        What::Is(_) => (1, 0),
        What::Sends(id) => (2, *id),
    };
    all.sort_by_key(|(at, _, what)| (*at, rank(what)));
    in_order(all, picture)
}

/// Puts off what is received until it was sent, where that is at the same time.
fn in_order(all: Vec<Event>, picture: &Picture) -> Vec<Event> {
    let mut ordered = Vec::with_capacity(all.len());
    let mut waiting: VecDeque<Event> = VecDeque::new();
    for event in all {
        let is_early =
            matches!(event.2, What::Receives(id) if picture.messages[id].sent >= event.0);
        if is_early {
            waiting.push_back(event);
            continue;
        }
        let sent = match event.2 {
            What::Sends(id) => Some(id),
            _ => None,
        };
        ordered.push(event);
        if let Some(place) = waiting
            .iter()
            .position(|(_, _, what)| matches!(what, What::Receives(id) if Some(*id) == sent))
        {
            ordered.extend(waiting.remove(place));
        }
    }
    ordered.extend(waiting);
    ordered
}
