//! The links between replicas: their settings and faults, and the fate of each message.

use std::collections::BTreeSet;

use crate::Nanos;
use crate::api::{Assumption, LinkSet, Message, MessageRole, NodeId, NodeSet};
use crate::engine::serves::Serves;
use crate::faults::links::{ActiveFaults, Aim, AnyLinkFault, Crossing, Passage, Unsent};
use crate::plan::{Among, Losses, LostMessage, Plan};
use crate::rng::{Seed, Stream};
use crate::units::{Ratio, Span};

use super::served::Served;

/// The fate of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The message arrives now, unchanged.
    Now,
    /// The message arrives, possibly later, changed or twice.
    Later(Passage),
    /// The message is dropped by a partition or a cut.
    Cut,
    /// The message is dropped by chance, or because the plan lists it.
    Lost,
}

/// The links between replicas, with their faults.
#[derive(Debug)]
pub(crate) struct Links {
    replicas: u16,
    seed: Seed,
    /// The chosen side of the partition in force, if there is one.
    pub partition: Option<NodeSet>,
    faults: ActiveFaults,
    /// The roles and types of messages at which the plan's faults are aimed, and that nothing sent so far had.
    pub unsent: Unsent,
    loss: Ratio,
    /// The messages that the plan lists to be dropped, if it does; then none is dropped by chance.
    listed: Option<BTreeSet<LostMessage>>,
    /// Counts messages by the request that they serve, if the plan or the run's options need that.
    served: Option<Served>,
    /// The messages dropped by chance or because the plan lists them, in order.
    pub lost: Vec<LostMessage>,
    duplicate: Ratio,
    delay: Span,
    duplicate_delay: Span,
    keep_order: bool,
    /// True if the messages of each link arrive in order whatever happens, as the system assumes.
    is_fifo: bool,
    /// The state of each link, at the index `from * replicas + to`.
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    /// The number of messages that were not dropped by a partition or a cut.
    carried: u32,
    loss: LazyStream,
    delay: LazyStream,
    duplicate: LazyStream,
    last_arrival: Nanos,
}

/// A stream that is made on first use, because most links of most runs need none.
#[derive(Debug)]
struct LazyStream {
    what: &'static str,
    way: (NodeId, NodeId),
    stream: Option<Stream>,
}

impl LazyStream {
    fn new(what: &'static str, from: NodeId, to: NodeId) -> Self {
        LazyStream { what, way: (from, to), stream: None }
    }

    #[inline]
    fn get(&mut self, seed: Seed) -> &mut Stream {
        let LazyStream { what, way: (from, to), stream } = self;
        stream.get_or_insert_with(|| seed.stream(&format!("{what} {from} -> {to}")))
    }
}

impl Links {
    pub(crate) fn new(plan: &Plan, name_lost: bool) -> Self {
        let (seed, is_fifo) = (Seed(plan.seed), plan.keeps(Assumption::Fifo));
        let ids = || (0..plan.replicas).map(NodeId);
        let links = ids().flat_map(|from| ids().map(move |to| (from, to))).map(|(from, to)| Link {
            carried: 0,
            loss: LazyStream::new("loss", from, to),
            delay: LazyStream::new("delay", from, to),
            duplicate: LazyStream::new("duplicate", from, to),
            last_arrival: 0,
        });
        let (loss, listed) = match &plan.losses {
            Losses::Random(loss) => (*loss, None),
            Losses::Listed(list) => (Ratio::ZERO, Some(list.iter().copied().collect())),
        };
        Links {
            replicas: plan.replicas,
            seed,
            partition: None,
            faults: ActiveFaults::new(seed),
            unsent: Unsent::new(plan.aims()),
            loss,
            listed,
            served: Served::new(plan, name_lost),
            lost: Vec::new(),
            duplicate: plan.network.duplicate,
            delay: plan.network.delay,
            duplicate_delay: plan.network.duplicate_delay,
            keep_order: plan.network.fifo && !is_fifo,
            is_fifo,
            links: links.collect(),
        }
    }

    /// Draws from the streams of another seed from now on; messages are lost with this probability.
    pub(crate) fn reseed(&mut self, seed: Seed, loss: Ratio) {
        self.seed = seed;
        (self.loss, self.listed) = (loss, None);
        self.faults.reseed(seed);
        for link in &mut self.links {
            for draws in [&mut link.loss, &mut link.delay, &mut link.duplicate] {
                draws.stream = None;
            }
        }
    }

    /// Returns the fate of a message that leaves the router now.
    #[inline]
    pub(crate) fn route(
        &mut self,
        now: Nanos,
        from: NodeId,
        to: NodeId,
        serves: Serves,
        message: &impl Message,
    ) -> Fate {
        self.unsent.sent(message);
        let crossing = self.faults.are_on(now).then(|| {
            self.faults.sweep(now);
            let is_aimed = self.faults.are_aimed();
            let role = if is_aimed { message.role() } else { MessageRole::Other };
            Crossing { now, way: (from, to), role, kind: message.kind(), size: message.size() }
        });
        if self.partition.is_some_and(|side| side.contains(from) != side.contains(to))
            || crossing.is_some_and(|it| self.faults.cut(it))
        {
            return Fate::Cut;
        }
        if self.is_lost(from, to, serves, crossing) {
            return Fate::Lost;
        }
        if crossing.is_none() && self.is_plain() && !self.is_fifo {
            return Fate::Now;
        }
        self.deliver(now, from, to, crossing)
    }

    /// Counts a message, and returns true if it is dropped by chance or because the plan lists it.
    #[inline]
    fn is_lost(
        &mut self,
        from: NodeId,
        to: NodeId,
        serves: Serves,
        crossing: Option<Crossing>,
    ) -> bool {
        let link = &mut self.links[from.index() * usize::from(self.replicas) + to.index()];
        link.carried += 1;
        let message = LostMessage { from: from.0, to: to.0, nth: link.carried, of: Among::All };
        let named = self.served.as_mut().map(|served| served.count(from, to, serves));
        let lost = match &self.listed {
            Some(listed) => {
                listed.contains(&message) || named.is_some_and(|named| listed.contains(&named))
            }
            None => {
                let by_chance =
                    self.loss != Ratio::ZERO && link.loss.get(self.seed).chance(self.loss);
                by_chance || crossing.is_some_and(|it| self.faults.lose(it))
            }
        };
        if lost {
            self.lost.push(named.unwrap_or(message));
        }
        lost
    }

    /// Returns true if only faults can change, delay or copy a message.
    fn is_plain(&self) -> bool {
        self.delay.max == 0 && self.duplicate == Ratio::ZERO
    }

    #[inline(never)]
    fn deliver(
        &mut self,
        now: Nanos,
        from: NodeId,
        to: NodeId,
        crossing: Option<Crossing>,
    ) -> Fate {
        let is_plain = self.is_plain();
        let link = &mut self.links[from.index() * usize::from(self.replicas) + to.index()];
        let mut passage = Passage::at(now);
        if !is_plain {
            let (delay, duplicate) = (&mut link.delay, link.duplicate.get(self.seed));
            passage.arrival += delay.get(self.seed).between(self.delay.min, self.delay.max);
            let copy = duplicate.chance(self.duplicate);
            passage.copy_after =
                copy.then(|| duplicate.between(self.duplicate_delay.min, self.duplicate_delay.max));
        }
        if let Some(crossing) = crossing {
            self.faults.alter(crossing, &mut passage);
        }
        if self.keep_order && !is_plain {
            passage.arrival = passage.arrival.max(link.last_arrival);
            link.last_arrival = passage.arrival;
        }
        if self.is_fifo {
            passage.queue_up(now, &mut link.last_arrival);
        }
        if is_plain && passage == Passage::at(now) { Fate::Now } else { Fate::Later(passage) }
    }

    /// Puts a fault of some links in force until a time.
    pub(crate) fn strike(
        &mut self,
        until: Nanos,
        links: LinkSet,
        messages: &[String],
        fault: AnyLinkFault,
    ) {
        self.faults.add(until, links, Aim::at(messages), fault);
    }

    /// Returns the marks of faults that were reached, one bit each.
    pub(crate) fn reached(&self) -> u64 {
        self.faults.reached()
    }

    /// Ends all faults for the liveness phase. The caller must release messages that are held back.
    pub(crate) fn heal(&mut self, now: Nanos) {
        self.partition = None;
        self.faults.clear();
        self.loss = Ratio::ZERO;
        self.listed = None;
        self.delay = Span::default();
        self.duplicate = Ratio::ZERO;
        if self.is_fifo {
            // Everything that was under way arrives now.
            self.links.iter_mut().for_each(|link| link.last_arrival = link.last_arrival.min(now));
        }
    }
}
