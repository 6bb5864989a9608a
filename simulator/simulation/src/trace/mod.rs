//! The trace: what happened in a run, as lines that a person reads and a program can parse.
//!
//! Nothing is recorded, and no text is made, unless a trace was asked for. What was written can be
//! read again ([`TraceReader`]), and two traces compared ([`compare`]).

mod diff;
mod read;

use std::fmt;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::api::{ClientId, NodeId};

pub use diff::{Comparison, compare};
pub use read::{TraceError, TraceReader};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceEvent {
    /// When.
    pub at_ns: Nanos,
    /// What sort of thing.
    pub kind: Kind,
    /// To whom, or who did it.
    pub who: Actor,
    /// What, in words.
    pub what: String,
}

/// The sorts of things that happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message between replicas arrived.
    Message,
    /// A message between replicas, a request or an answer was lost or cut off.
    Lost,
    /// The network duplicated, corrupted or held back what arrives all the same.
    #[serde(rename = "bent")]
    Altered,
    /// A client asked.
    Ask,
    /// A client was answered: its request is complete.
    Answer,
    /// A client was turned away, or got an answer that it did not wait for.
    #[serde(rename = "bounce")]
    Retry,
    /// A replica is ready: its process said hello.
    Start,
    /// A replica changed its role or term.
    Election,
    /// A replica's commit index grew.
    Commit,
    /// A replica said something to whoever runs it: a line of its output.
    Print,
    /// A fault struck or ended.
    Fault,
    /// The run entered a phase.
    Phase,
    /// A check failed at this moment.
    Violation,
}

/// The one an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A replica.
    Node(NodeId),
    /// A client.
    Client(ClientId),
    /// The simulation itself.
    World,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Node(node) => node.fmt(f),
            Actor::Client(client) => client.fmt(f),
            Actor::World => f.write_str("-"),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let node = || u16::from_str_radix(&text, 16).ok().map(|id| Actor::Node(NodeId(id)));
        let client = |number: &str| number.parse().ok().map(|id| Actor::Client(ClientId(id)));
        let who = match text.strip_prefix('c') {
            Some(number) => client(number),
            None if text == "-" => Some(Actor::World),
            None => node(),
        };
        let expected = "a replica such as \"000A\", a client such as \"c3\", or \"-\"";
        who.filter(|who| who.to_string() == text).ok_or_else(|| {
            serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &expected)
        })
    }
}

/// Writes events as JSON, one object a line.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut dyn Write, events: &[TraceEvent]) -> io::Result<()> {
    for event in events {
        serde_json::to_writer(&mut *out, event)?;
        writeln!(out)?;
    }
    Ok(())
}

impl Kind {
    /// Returns whether it is a datagram, of which a run has many: a picture has its own record of them.
    pub fn is_traffic(self) -> bool {
        use Kind::{Altered, Answer, Ask, Lost, Message, Retry};
        matches!(self, Message | Lost | Altered | Ask | Answer | Retry)
    }
}

/// Which events are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Nothing,
    AllButTraffic,
    Everything,
}

/// Collects events, if anybody wants them.
#[derive(Debug)]
pub(crate) struct Tracer {
    events: Option<Vec<TraceEvent>>,
    has_traffic: bool,
}

impl Tracer {
    pub(crate) fn new(wanted: Wanted) -> Self {
        let has_traffic = wanted == Wanted::Everything;
        Tracer { events: (wanted != Wanted::Nothing).then(Vec::new), has_traffic }
    }

    /// Notes an event; the text is made only if it is wanted.
    #[inline]
    pub(crate) fn note(
        &mut self,
        at_ns: Nanos,
        kind: Kind,
        who: Actor,
        what: impl FnOnce() -> String,
    ) {
        if self.events.is_some() {
            self.add(at_ns, kind, who, what);
        }
    }

    /// Kept apart, so that what makes texts does not stand in the way of what runs without any.
    #[cold]
    #[inline(never)]
    fn add(&mut self, at_ns: Nanos, kind: Kind, who: Actor, what: impl FnOnce() -> String) {
        if let Some(events) = &mut self.events
            && (self.has_traffic || !kind.is_traffic())
        {
            events.push(TraceEvent { at_ns, kind, who, what: what() });
        }
    }

    pub(crate) fn into_events(self) -> Vec<TraceEvent> {
        self.events.unwrap_or_default()
    }
}
