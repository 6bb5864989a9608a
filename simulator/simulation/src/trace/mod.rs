//! The trace: the events of a run, as lines that people can read and programs can parse.
//!
//! Events are recorded, and their texts made, only if a trace was requested. A written trace can be read again
//! ([`TraceReader`]), and two traces can be compared ([`compare`]).

mod diff;
mod read;

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::api::{ClientId, NodeId};

pub use diff::{Comparison, common_events, compare};
pub use read::{TraceError, TraceReader};

/// An event of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceEvent {
    /// The virtual time in nanoseconds.
    pub at_ns: Nanos,
    /// The kind of event.
    pub kind: Kind,
    /// The actor: the replica, client or simulation that the event is about.
    pub who: Actor,
    /// The other one that it is about: who gets a message, is asked, or answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Actor>,
    /// The key of the request that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// What, in words.
    pub what: String,
}

impl TraceEvent {
    /// Returns an event that is about no one else and no key.
    pub fn new(at_ns: Nanos, kind: Kind, who: Actor, what: impl Into<String>) -> TraceEvent {
        TraceEvent { at_ns, kind, who, with: None, key: None, what: what.into() }
    }

    /// Returns true if it is about this one.
    pub fn is_about(&self, actor: Actor) -> bool {
        self.who == actor || self.with == Some(actor)
    }
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message between replicas arrived.
    Message,
    /// A message between replicas, a request or an answer was dropped.
    Lost,
    /// The network duplicated, corrupted or held back a datagram that still arrives.
    #[serde(rename = "bent")]
    Altered,
    /// A client sent a request for the first time.
    Ask,
    /// A client got the answer that completes its request.
    Answer,
    /// A client was turned away, or ignored an answer that it did not wait for.
    #[serde(rename = "bounce")]
    Retry,
    /// A replica is ready: its process sent its hello.
    Start,
    /// A replica changed its role or term.
    Election,
    /// A replica's commit index grew.
    Commit,
    /// A replica printed a line of output.
    Print,
    /// A fault struck or ended.
    Fault,
    /// The run entered a phase.
    Phase,
    /// A replica was stopped by a panic or a violation, or sent a malformed datagram.
    Violation,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 13] = [
        Kind::Message,
        Kind::Lost,
        Kind::Altered,
        Kind::Ask,
        Kind::Answer,
        Kind::Retry,
        Kind::Start,
        Kind::Election,
        Kind::Commit,
        Kind::Print,
        Kind::Fault,
        Kind::Phase,
        Kind::Violation,
    ];

    /// Its name in traces.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::Lost => "lost",
            Kind::Altered => "bent",
            Kind::Ask => "ask",
            Kind::Answer => "answer",
            Kind::Retry => "bounce",
            Kind::Start => "start",
            Kind::Election => "election",
            Kind::Commit => "commit",
            Kind::Print => "print",
            Kind::Fault => "fault",
            Kind::Phase => "phase",
            Kind::Violation => "violation",
        }
    }
}

/// The subject of an event.
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

/// Writes events as JSON, one object per line.
///
/// # Errors
///
/// Returns an error if the writer does.
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

/// The events to collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Nothing,
    AllButTraffic,
    Everything,
}

/// The content of an event: its other party, its key, and its text.
#[derive(Debug)]
pub(crate) struct Note {
    with: Option<Actor>,
    key: Option<Arc<str>>,
    what: String,
}

impl From<String> for Note {
    fn from(what: String) -> Note {
        Note { with: None, key: None, what }
    }
}

impl Note {
    /// Names the other one that it is about.
    pub(crate) fn with(self, other: impl Into<Actor>) -> Note {
        Note { with: Some(other.into()), ..self }
    }

    /// An answer, whose key is unknown if it answers nothing that was asked.
    pub(crate) fn answer(what: String, other: impl Into<Actor>, key: Option<Arc<str>>) -> Note {
        Note { with: Some(other.into()), key, what }
    }

    /// Names the key that it is about, if it is about one.
    pub(crate) fn about(self, key: Option<Arc<str>>) -> Note {
        Note { key, ..self }
    }
}

impl From<NodeId> for Actor {
    fn from(node: NodeId) -> Actor {
        Actor::Node(node)
    }
}

impl From<ClientId> for Actor {
    fn from(client: ClientId) -> Actor {
        Actor::Client(client)
    }
}

/// A collector of events, if a trace was requested.
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

    /// Records an event; its text is made only if a trace was requested.
    #[inline]
    pub(crate) fn note<N: Into<Note>>(
        &mut self,
        at_ns: Nanos,
        kind: Kind,
        who: Actor,
        what: impl FnOnce() -> N,
    ) {
        if self.events.is_some() {
            self.add(at_ns, kind, who, what);
        }
    }

    /// Adds an event. It is a function of its own to keep the making of texts out of the fast path.
    #[cold]
    #[inline(never)]
    fn add<N: Into<Note>>(
        &mut self,
        at_ns: Nanos,
        kind: Kind,
        who: Actor,
        what: impl FnOnce() -> N,
    ) {
        if let Some(events) = &mut self.events
            && (self.has_traffic || !kind.is_traffic())
        {
            let Note { with, key, what } = what().into();
            events.push(TraceEvent { at_ns, kind, who, with, key, what });
        }
    }

    pub(crate) fn into_events(self) -> Vec<TraceEvent> {
        self.events.unwrap_or_default()
    }
}
