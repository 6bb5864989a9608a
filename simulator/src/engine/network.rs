//! The virtual network between replicas: one serial router, and links that can be cut, slow,
//! lossy and repetitive.
//!
//! The original simulator is a single loop that handles one datagram after another, about 100 µs
//! each. Latency there is queueing in that loop, not distance, and nothing is ever reordered. The
//! [`Router`] is that loop; [`Links`] adds what a scenario asks for beyond it.

use std::collections::BTreeSet;
use std::fmt;

use crate::Nanos;
use crate::node::NodeId;
use crate::plan::{LinkEffect, Losses, LostMessage, Plan};
use crate::rng::{Seed, Stream};
use crate::scenario::{Ratio, Span};

/// The serial first-in-first-out server that every datagram of a replica passes through.
#[derive(Debug)]
pub(crate) struct Router {
    service: Nanos,
    busy_until: Nanos,
}

impl Router {
    pub fn new(service: Nanos) -> Self {
        Router { service, busy_until: 0 }
    }

    /// A datagram arrives; returns when the router has dealt with it. Never decreases.
    #[inline]
    pub fn admit(&mut self, now: Nanos) -> Nanos {
        self.busy_until = self.busy_until.max(now) + self.service;
        self.busy_until
    }
}

/// A set of replicas, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeSet(u64);

impl NodeSet {
    #[inline]
    pub fn contains(self, node: NodeId) -> bool {
        self.0 >> node.0 & 1 == 1
    }

    pub fn insert(&mut self, node: NodeId) {
        self.0 |= 1 << node.0;
    }

    pub fn remove(&mut self, node: NodeId) {
        self.0 &= !(1 << node.0);
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        (0..64).map(NodeId).filter(move |&node| self.contains(node))
    }
}

/// The ids, separated by spaces.
impl fmt::Display for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, node) in self.iter().enumerate() {
            let space = if number > 0 { " " } else { "" };
            write!(f, "{space}{node}")?;
        }
        Ok(())
    }
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        let mut set = NodeSet::default();
        nodes.into_iter().for_each(|node| set.insert(node));
        set
    }
}

/// A set of links, one bit each: a row of receivers for each sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkSet(Vec<NodeSet>);

impl LinkSet {
    /// The links from a first to a second replica of which this is true.
    pub fn new(replicas: u16, has: impl Fn(NodeId, NodeId) -> bool) -> Self {
        let ids = || (0..replicas).map(NodeId);
        LinkSet(
            ids().map(|from| ids().filter(|&to| from != to && has(from, to)).collect()).collect(),
        )
    }

    /// All links but those of a ring in which each reaches just enough neighbours for a majority.
    pub fn outside_ring(replicas: u16, order: &[u16]) -> Self {
        let length = order.len();
        // A majority is the replica itself, and half of the others on either side.
        let reach = (usize::from(replicas) / 2).div_ceil(2);
        let place = |id: NodeId| order.iter().position(|&other| other == id.0);
        LinkSet::new(replicas, |from, to| match (place(from), place(to)) {
            (Some(a), Some(b)) => {
                let apart = a.abs_diff(b);
                apart.min(length - apart) > reach
            }
            _ => false,
        })
    }

    /// All links between the two halves of those after the first.
    pub fn across_bridge(replicas: u16, order: &[u16]) -> Self {
        let rest = order.get(1..).unwrap_or_default();
        let (left, right) = rest.split_at(rest.len() / 2);
        LinkSet::new(replicas, |from, to| {
            left.contains(&from.0) && right.contains(&to.0)
                || right.contains(&from.0) && left.contains(&to.0)
        })
    }

    #[inline]
    pub fn contains(&self, from: NodeId, to: NodeId) -> bool {
        self.0.get(from.index()).is_some_and(|row| row.contains(to))
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives now.
    Now,
    /// It arrives later; and once more, where there is a second time.
    Later(Nanos, Option<Nanos>),
    /// A partition or a cut lies between.
    Cut,
    /// Lost by chance.
    Lost,
}

/// The links between replicas and what is wrong with them.
#[derive(Debug)]
pub(crate) struct Links {
    replicas: u16,
    /// While a partition is on: the chosen side.
    pub partition: Option<NodeSet>,
    /// One-way cuts that are on: when they end, senders, receivers.
    cuts: Vec<(Nanos, LinkSet)>,
    loss: Ratio,
    /// Messages that the plan names to be lost.
    listed: BTreeSet<LostMessage>,
    /// Messages lost by chance or because they are listed, in order.
    pub lost: Vec<LostMessage>,
    duplicate: Ratio,
    delay: Span,
    duplicate_delay: Span,
    keep_order: bool,
    /// Streams and the last arrival of each link, `from * replicas + to`.
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    /// How many messages were neither cut off nor stopped by a partition.
    carried: u32,
    loss: Stream,
    delay: Stream,
    duplicate: Stream,
    last_arrival: Nanos,
}

impl Links {
    pub fn new(plan: &Plan) -> Self {
        let seed = Seed(plan.seed);
        let ids = || (0..plan.replicas).map(NodeId);
        let stream = |what, from, to| seed.stream(&format!("{what} {from} -> {to}"));
        let links = ids().flat_map(|from| ids().map(move |to| (from, to))).map(|(from, to)| Link {
            carried: 0,
            loss: stream("loss", from, to),
            delay: stream("delay", from, to),
            duplicate: stream("duplicate", from, to),
            last_arrival: 0,
        });
        let (loss, listed) = match &plan.losses {
            Losses::Random(loss) => (*loss, BTreeSet::new()),
            Losses::Listed(list) => (Ratio::ZERO, list.iter().copied().collect()),
        };
        Links {
            replicas: plan.replicas,
            partition: None,
            cuts: Vec::new(),
            loss,
            listed,
            lost: Vec::new(),
            duplicate: plan.network.duplicate,
            delay: plan.network.delay,
            duplicate_delay: plan.network.duplicate_delay,
            keep_order: plan.network.fifo,
            links: links.collect(),
        }
    }

    /// Decides what becomes of a message that leaves the router now.
    #[inline]
    pub fn route(&mut self, now: Nanos, from: NodeId, to: NodeId) -> Fate {
        if self.is_cut(now, from, to) {
            return Fate::Cut;
        }
        let link = &mut self.links[from.index() * usize::from(self.replicas) + to.index()];
        link.carried += 1;
        let message = LostMessage { from: from.0, to: to.0, nth: link.carried };
        if link.loss.chance(self.loss) || self.listed.contains(&message) {
            self.lost.push(message);
            return Fate::Lost;
        }
        if self.delay.max == 0 && self.duplicate == Ratio::ZERO {
            return Fate::Now;
        }
        let mut arrival = now + link.delay.between(self.delay.min, self.delay.max);
        if self.keep_order {
            arrival = arrival.max(link.last_arrival);
            link.last_arrival = arrival;
        }
        let second = link.duplicate.chance(self.duplicate).then(|| {
            arrival + link.duplicate.between(self.duplicate_delay.min, self.duplicate_delay.max)
        });
        Fate::Later(arrival, second)
    }

    fn is_cut(&self, now: Nanos, from: NodeId, to: NodeId) -> bool {
        self.partition.is_some_and(|side| side.contains(from) != side.contains(to))
            || self.cuts.iter().any(|(until, links)| now < *until && links.contains(from, to))
    }

    /// Something is wrong with some links until a moment.
    pub fn afflict(
        &mut self,
        until: Nanos,
        links: LinkSet,
        _messages: &[String],
        effect: &LinkEffect,
    ) {
        if *effect == LinkEffect::Cut {
            self.cuts.push((until, links));
        }
    }

    /// Everything works from now on: the liveness phase has begun.
    pub fn heal(&mut self) {
        self.partition = None;
        self.cuts.clear();
        self.loss = Ratio::ZERO;
        self.listed.clear();
        self.duplicate = Ratio::ZERO;
    }
}
