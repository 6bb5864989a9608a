//! The link faults in force.
//!
//! Any number of them can be in force at the same time. Each affects its messages as it would alone.

use std::collections::BTreeMap;

use super::AnyLinkFault;
use super::aim::Aim;
use super::passage::{Crossing, LinkStreams, OnLink, Passage, Way};
use crate::Nanos;
use crate::api::LinkSet;
use crate::rng::Seed;

/// All link faults in force.
#[derive(Debug)]
pub(crate) struct ActiveFaults {
    list: Vec<Active>,
    /// True if one of them affects only some messages.
    are_aimed: bool,
    /// The time at which the first fault is settled.
    first_end: Nanos,
    /// The time at which all faults are settled.
    last_end: Nanos,
    streams: LinkStreams,
    /// The marks that were reached, one bit each, in the order of [`AnyLinkFault::MARKS`].
    reached: u64,
}

/// A link fault in force.
#[derive(Debug)]
struct Active {
    fault: AnyLinkFault,
    links: LinkSet,
    aim: Aim,
    until: Nanos,
    /// See [`OnLink::settled_at`].
    settled_at: Nanos,
    /// See [`OnLink::memory`].
    memory: BTreeMap<Way, Nanos>,
}

impl ActiveFaults {
    pub(crate) fn new(seed: Seed) -> Self {
        let streams = LinkStreams::new(seed);
        let (list, are_aimed) = (Vec::new(), false);
        ActiveFaults { list, are_aimed, first_end: 0, last_end: 0, streams, reached: 0 }
    }

    /// Draws from the streams of another seed from now on.
    pub(crate) fn reseed(&mut self, seed: Seed) {
        self.streams.reseed(seed);
    }

    /// Returns true if any message can be affected now. Without faults a message costs only this comparison.
    #[inline]
    pub(crate) fn are_on(&self, now: Nanos) -> bool {
        now < self.last_end
    }

    /// Returns true if a fault in force affects only some messages.
    #[inline]
    pub(crate) fn are_aimed(&self) -> bool {
        self.are_aimed
    }

    /// Puts a fault of some links in force until a time.
    pub(crate) fn add(&mut self, until: Nanos, links: LinkSet, aim: Aim, fault: AnyLinkFault) {
        self.are_aimed |= aim.is_narrow();
        let memory = BTreeMap::new();
        self.list.push(Active { fault, links, aim, until, settled_at: until, memory });
        self.first_end = self.first_end.min(until);
        self.last_end = self.last_end.max(until);
    }

    /// Removes the faults that are settled.
    pub(crate) fn sweep(&mut self, now: Nanos) {
        if self.first_end <= now {
            self.list.retain(|active| now < active.settled_at);
            self.are_aimed = self.list.iter().any(|active| active.aim.is_narrow());
            let ends = self.list.iter().map(|active| active.settled_at);
            self.first_end = ends.min().unwrap_or(Nanos::MAX);
        }
    }

    /// Ends all faults.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.last_end = 0;
    }

    /// Returns true if a message is dropped by a cut.
    pub(crate) fn cut(&self, crossing: Crossing) -> bool {
        self.list.iter().any(|active| active.fault.cuts() && active.strikes(crossing))
    }

    /// Returns true if a message is dropped by chance.
    pub(crate) fn lose(&mut self, crossing: Crossing) -> bool {
        let ActiveFaults { list, streams, reached, .. } = self;
        let mut striking = list.iter_mut().filter(|active| active.strikes(crossing));
        striking.any(|active| {
            let fault = active.fault;
            active.at(crossing, streams, reached, |link| fault.loses(link))
        })
    }

    /// Applies the faults to the passage of a message that is not dropped.
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

    /// Returns the marks that were reached, as bits.
    pub(crate) fn reached(&self) -> u64 {
        self.reached
    }
}

impl Active {
    fn is_about(&self, crossing: Crossing) -> bool {
        let (from, to) = crossing.way;
        self.links.contains(from, to) && self.aim.is_at(crossing.role, crossing.kind)
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
