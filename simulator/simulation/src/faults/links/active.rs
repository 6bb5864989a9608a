//! The faults that are in force at links.
//!
//! Any number can be in force at a time; each does to the messages that it is about what it would do
//! alone.

use std::collections::BTreeMap;

use super::AnyLinkFault;
use super::passage::{Crossing, LinkStreams, OnLink, Passage, Way};
use crate::Nanos;
use crate::api::LinkSet;
use crate::rng::Seed;

/// All faults of links that are in force.
#[derive(Debug)]
pub(crate) struct ActiveFaults {
    list: Vec<Active>,
    /// When the first is settled.
    first_end: Nanos,
    /// When all are settled.
    last_end: Nanos,
    streams: LinkStreams,
    /// The marks that were reached, a bit each, in the order of [`AnyLinkFault::MARKS`].
    reached: u64,
}

/// A fault in force.
#[derive(Debug)]
struct Active {
    fault: AnyLinkFault,
    links: LinkSet,
    /// The kinds of messages it is about; all if empty.
    messages: Vec<String>,
    until: Nanos,
    /// See [`OnLink::settled_at`].
    settled_at: Nanos,
    /// See [`OnLink::memory`].
    memory: BTreeMap<Way, Nanos>,
}

impl ActiveFaults {
    pub(crate) fn new(seed: Seed) -> Self {
        let streams = LinkStreams::new(seed);
        ActiveFaults { list: Vec::new(), first_end: 0, last_end: 0, streams, reached: 0 }
    }

    /// Draws from the streams of another seed from now on.
    pub(crate) fn reseed(&mut self, seed: Seed) {
        self.streams.reseed(seed);
    }

    /// Whether any message can be touched now: the one comparison that a message costs without faults.
    #[inline]
    pub(crate) fn are_on(&self, now: Nanos) -> bool {
        now < self.last_end
    }

    /// Strikes some links until a time.
    pub(crate) fn add(
        &mut self,
        until: Nanos,
        links: LinkSet,
        messages: &[String],
        fault: AnyLinkFault,
    ) {
        let (messages, memory) = (messages.to_vec(), BTreeMap::new());
        self.list.push(Active { fault, links, messages, until, settled_at: until, memory });
        self.first_end = self.first_end.min(until);
        self.last_end = self.last_end.max(until);
    }

    /// Removes those that are settled.
    pub(crate) fn sweep(&mut self, now: Nanos) {
        if self.first_end <= now {
            self.list.retain(|active| now < active.settled_at);
            let ends = self.list.iter().map(|active| active.settled_at);
            self.first_end = ends.min().unwrap_or(Nanos::MAX);
        }
    }

    /// Ends all.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.last_end = 0;
    }

    /// Whether a message is cut off.
    pub(crate) fn cut(&self, crossing: Crossing) -> bool {
        self.list.iter().any(|active| active.fault.cuts() && active.strikes(crossing))
    }

    /// Whether a message is lost by chance.
    pub(crate) fn lose(&mut self, crossing: Crossing) -> bool {
        let ActiveFaults { list, streams, reached, .. } = self;
        let mut striking = list.iter_mut().filter(|active| active.strikes(crossing));
        striking.any(|active| {
            let fault = active.fault;
            active.at(crossing, streams, reached, |link| fault.loses(link))
        })
    }

    /// Decides what happens on its way to a message that gets through.
    pub(crate) fn alter(&mut self, crossing: Crossing, passage: &mut Passage) {
        let ActiveFaults { list, streams, last_end, reached, .. } = self;
        for active in list.iter_mut().filter(|active| active.is_about(crossing)) {
            let (fault, is_over) = (active.fault, crossing.now >= active.until);
            active.at(crossing, streams, reached, |link| {
                if is_over { fault.settle(link, passage) } else { fault.alter(link, passage) }
            });
            *last_end = active.settled_at.max(*last_end);
        }
        passage.held |= passage.release > passage.arrival;
        passage.arrival = passage.arrival.max(passage.release);
        passage.release = 0;
    }

    /// The marks that were reached.
    pub(crate) fn reached(&self) -> u64 {
        self.reached
    }
}

impl Active {
    fn is_about(&self, crossing: Crossing) -> bool {
        let (from, to) = crossing.way;
        self.links.contains(from, to)
            && (self.messages.is_empty() || self.messages.iter().any(|kind| kind == crossing.kind))
    }

    fn strikes(&self, crossing: Crossing) -> bool {
        crossing.now < self.until && self.is_about(crossing)
    }

    /// Lets the fault act on a message at its link.
    fn at<T>(
        &mut self,
        crossing: Crossing,
        streams: &mut LinkStreams,
        reached: &mut u64,
        act: impl FnOnce(&mut OnLink<'_>) -> T,
    ) -> T {
        let mut link = OnLink {
            crossing,
            until: self.until,
            memory: &mut self.memory,
            settled_at: &mut self.settled_at,
            streams,
            stream: self.fault.stream(),
            reached: 0,
        };
        let result = act(&mut link);
        if link.reached != 0 {
            *reached |= self.fault.mark_bits(link.reached);
        }
        result
    }
}
