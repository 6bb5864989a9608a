//! A message that crosses a link, as link faults see and change it.

use std::collections::BTreeMap;

use crate::Nanos;
use crate::api::{MessageRole, NodeId};
use crate::rng::{Seed, Stream};

/// The direction of a link: the sender and the receiver.
pub(crate) type Way = (NodeId, NodeId);

/// A message that is about to cross a link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    pub now: Nanos,
    pub way: Way,
    /// The role; known only if a fault in force is aimed at some messages.
    pub role: MessageRole,
    pub kind: &'static str,
    /// The size in bytes.
    pub size: u64,
}

/// The passage of a message that gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// The time at which it arrives.
    pub arrival: Nanos,
    /// The time after which a copy arrives, if there is one.
    pub copy_after: Option<Nanos>,
    /// The dice that choose which bits change, if any do.
    pub corruption: Option<u64>,
    /// True if it waits for its link; if everything heals before its arrival, it arrives at that time.
    pub held: bool,
    /// The time until which the link is closed; the message arrives no sooner.
    pub release: Nanos,
}

impl Passage {
    /// Returns the passage of a message that no fault affects.
    pub(crate) fn at(arrival: Nanos) -> Self {
        Passage { arrival, copy_after: None, corruption: None, held: false, release: 0 }
    }

    /// Lets the message arrive after the one before it on its link, and a copy together with it. `last_arrival` is that
    /// of the last message of the link that was held.
    ///
    /// A message that waits is held by its link with its copy, and healing releases all of those in order.
    pub(crate) fn queue_up(&mut self, now: Nanos, last_arrival: &mut Nanos) {
        if *last_arrival >= now {
            // The one before is still under way, be it that it arrives at this very time.
            self.arrival = self.arrival.max(*last_arrival + 1);
        }
        self.held = self.arrival > now;
        if self.held {
            *last_arrival = self.arrival;
        }
        self.copy_after = self.copy_after.map(|_| 0);
    }
}

/// A fault at one link while a message crosses it.
pub(crate) struct OnLink<'a> {
    pub crossing: Crossing,
    /// The time at which the fault ends.
    pub until: Nanos,
    pub(super) memory: &'a mut BTreeMap<Way, Nanos>,
    /// The time from which the fault has no effect: later than `until` while messages that it delayed must still be
    /// kept in order.
    pub settled_at: &'a mut Nanos,
    pub(super) streams: &'a mut LinkStreams,
    pub(super) stream: &'static str,
    /// The fault's marks that were reached, one bit each.
    pub(super) reached: u64,
}

impl OnLink<'_> {
    /// Returns the stream that faults of this kind draw from at this link.
    pub(super) fn draws(&mut self) -> &mut Stream {
        self.streams.get(self.stream, self.crossing.way)
    }

    /// Returns the time that the fault stores for this link, 0 at first.
    pub(super) fn memory(&mut self) -> &mut Nanos {
        self.memory.entry(self.crossing.way).or_default()
    }

    /// Records one of the fault's marks, by its index in [`LinkFault::MARKS`](super::LinkFault::MARKS).
    pub(super) fn reach(&mut self, mark: u32) {
        self.reached |= 1 << mark;
    }
}

/// The random streams, one for each link and kind of fault, made on first use. So a fault of one link or kind changes
/// no draws of the others.
#[derive(Debug)]
pub(crate) struct LinkStreams {
    seed: Seed,
    streams: BTreeMap<(&'static str, Way), Stream>,
}

impl LinkStreams {
    pub(crate) fn new(seed: Seed) -> Self {
        LinkStreams { seed, streams: BTreeMap::new() }
    }

    /// Draws from the streams of another seed from now on.
    pub(super) fn reseed(&mut self, seed: Seed) {
        *self = LinkStreams::new(seed);
    }

    fn get(&mut self, fault: &'static str, way: Way) -> &mut Stream {
        let (from, to) = way;
        let new = || self.seed.stream(&format!("{fault} {from} -> {to}"));
        self.streams.entry((fault, way)).or_insert_with(new)
    }
}
