//! A message on its way over a link, and what a link fault knows and changes of it.

use std::collections::BTreeMap;

use crate::Nanos;
use crate::api::NodeId;
use crate::rng::{Seed, Stream};

/// A direction between two replicas.
pub(crate) type Way = (NodeId, NodeId);

/// A message that is to cross a link: where, of which kind, how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    pub now: Nanos,
    pub way: Way,
    pub kind: &'static str,
    /// Bytes.
    pub size: u64,
}

/// The way of a message that gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// When it arrives.
    pub arrival: Nanos,
    /// How much later it arrives once more, if it does.
    pub copy_after: Option<Nanos>,
    /// The dice by which some of its bits change, if they do.
    pub corruption: Option<u64>,
    /// It waits for a link to let it through; if everything heals before that, it arrives then.
    pub held: bool,
    /// The link is closed until then: it arrives no sooner, whatever else delays it.
    pub release: Nanos,
}

impl Passage {
    /// Returns the way of a message to which nothing happens.
    pub(crate) fn at(arrival: Nanos) -> Self {
        Passage { arrival, copy_after: None, corruption: None, held: false, release: 0 }
    }
}

/// A fault at one link, when a message crosses it.
pub(crate) struct OnLink<'a> {
    pub crossing: Crossing,
    /// When the fault ends.
    pub until: Nanos,
    pub(super) memory: &'a mut BTreeMap<Way, Nanos>,
    /// When the fault ceases to matter: later than `until` while messages that it delayed must still
    /// be kept in order.
    pub settled_at: &'a mut Nanos,
    pub(super) streams: &'a mut LinkStreams,
    pub(super) stream: &'static str,
    /// The fault's marks that were reached, a bit each.
    pub(super) reached: u64,
}

impl OnLink<'_> {
    /// The stream that faults of this kind draw from at this link.
    pub(super) fn draws(&mut self) -> &mut Stream {
        self.streams.get(self.stream, self.crossing.way)
    }

    /// A time that the fault keeps for this link, 0 at first.
    pub(super) fn memory(&mut self) -> &mut Nanos {
        self.memory.entry(self.crossing.way).or_default()
    }

    /// Reaches one of the fault's marks, by its place in [`LinkFault::MARKS`](super::LinkFault::MARKS).
    pub(super) fn reach(&mut self, mark: u32) {
        self.reached |= 1 << mark;
    }
}

/// A stream for each link and kind of fault, made when it is first needed, so that a fault on one
/// link, or of one kind, shifts nothing for the others.
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
