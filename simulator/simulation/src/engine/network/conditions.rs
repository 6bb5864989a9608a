//! Conditions: what is wrong with some links until some time.
//!
//! Any number of conditions may be on at a time; each does to the messages that it is about what it
//! would do alone. Their draws come from a stream for each link and sort of effect, so that a
//! condition on one link, or of one sort, shifts nothing for the others.

use std::collections::BTreeMap;

use crate::Nanos;
use crate::api::NodeId;
use crate::engine::network::{LinkSet, Passage};
use crate::plan::LinkEffect;
use crate::rng::{Seed, Stream};

const SECOND: u128 = 1_000_000_000;

/// A direction between two replicas.
pub(super) type Way = (NodeId, NodeId);

/// A message that is to cross a link: where, of which kind, how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    pub now: Nanos,
    pub way: Way,
    pub kind: &'static str,
    /// Bytes.
    pub size: u64,
}

/// All conditions that are on.
#[derive(Debug)]
pub(super) struct Conditions {
    list: Vec<Condition>,
    /// The first is over then.
    first_end: Nanos,
    /// All are over then.
    last_end: Nanos,
    dice: LinkDice,
}

/// Something is wrong with some links.
#[derive(Debug)]
struct Condition {
    until: Nanos,
    /// When it ceases to matter: later than `until` while messages that it delayed must still be
    /// kept in order.
    end: Nanos,
    links: LinkSet,
    /// The kinds of messages it is about; all if empty.
    messages: Vec<String>,
    effect: LinkEffect,
    /// Where order is kept: when the last message of a link arrives, or is through.
    last: BTreeMap<Way, Nanos>,
}

impl Conditions {
    pub fn new(seed: Seed) -> Self {
        let dice = LinkDice { seed, streams: BTreeMap::new() };
        Conditions { list: Vec::new(), first_end: 0, last_end: 0, dice }
    }

    /// Whether any message can be touched now. All that a message pays while all is well.
    #[inline]
    pub fn are_on(&self, now: Nanos) -> bool {
        now < self.last_end
    }

    /// Something is wrong from now on.
    pub fn add(&mut self, until: Nanos, links: LinkSet, messages: &[String], effect: &LinkEffect) {
        let (messages, effect) = (messages.to_vec(), effect.clone());
        let last = BTreeMap::new();
        self.list.push(Condition { until, end: until, links, messages, effect, last });
        self.first_end = self.first_end.min(until);
        self.last_end = self.last_end.max(until);
    }

    /// Removes those that are over.
    pub fn sweep(&mut self, now: Nanos) {
        if self.first_end <= now {
            self.list.retain(|on| now < on.end);
            self.first_end = self.list.iter().map(|on| on.end).min().unwrap_or(Nanos::MAX);
        }
    }

    /// Nothing is wrong any more.
    pub fn clear(&mut self) {
        self.list.clear();
        self.last_end = 0;
    }

    /// Whether a message is cut off.
    pub fn cut(&self, it: Crossing) -> bool {
        self.list.iter().any(|on| on.effect == LinkEffect::Cut && on.strikes(it))
    }

    /// Whether a message is lost by chance.
    pub fn lose(&mut self, it: Crossing) -> bool {
        let Conditions { list, dice, .. } = self;
        list.iter().any(|on| match on.effect {
            LinkEffect::Lose { chance } if on.strikes(it) => {
                dice.stream("lose", it.way).chance(chance)
            }
            _ => false,
        })
    }

    /// What happens on its way to a message that gets through.
    pub fn bend(&mut self, it: Crossing, passage: &mut Passage) {
        let Conditions { list, dice, last_end, .. } = self;
        let mut release = 0;
        for on in list.iter_mut().filter(|on| on.is_about(it)) {
            let active = it.now < on.until;
            match on.effect {
                LinkEffect::Delay { delay, fifo } => {
                    if active {
                        passage.arrival += dice.stream("slow", it.way).delay(delay);
                    }
                    if fifo {
                        passage.arrival = on.keep_order(it.way, passage.arrival);
                        *last_end = on.end.max(*last_end);
                    }
                }
                LinkEffect::Duplicate { chance, delay } if active => {
                    let stream = dice.stream("repeat", it.way);
                    if stream.chance(chance) {
                        passage.copy_after = Some(stream.between(delay.min, delay.max));
                    }
                }
                LinkEffect::Corrupt { chance } if active => {
                    let stream = dice.stream("corrupt", it.way);
                    if stream.chance(chance) {
                        passage.corruption = Some(stream.bits());
                    }
                }
                LinkEffect::Clog if active => release = release.max(on.until),
                LinkEffect::Throttle { bytes_per_second } if active => {
                    passage.arrival += on.take_turn(it, bytes_per_second);
                    passage.held = true;
                }
                _ => {}
            }
        }
        passage.held |= release > passage.arrival;
        passage.arrival = passage.arrival.max(release);
    }
}

impl Condition {
    fn is_about(&self, it: Crossing) -> bool {
        let (from, to) = it.way;
        self.links.contains(from, to)
            && (self.messages.is_empty() || self.messages.iter().any(|kind| kind == it.kind))
    }

    fn strikes(&self, it: Crossing) -> bool {
        it.now < self.until && self.is_about(it)
    }

    /// A message arrives no sooner than the one before it. That goes on after the condition's time,
    /// until all that it delayed has arrived.
    fn keep_order(&mut self, way: Way, arrival: Nanos) -> Nanos {
        let last = self.last.entry(way).or_default();
        *last = arrival.max(*last);
        self.end = self.end.max(*last);
        *last
    }

    /// How long a message takes to get through, with those before it. The end of the condition frees
    /// them all.
    fn take_turn(&mut self, it: Crossing, bytes_per_second: u64) -> Nanos {
        let nanos = u128::from(it.size) * SECOND / u128::from(bytes_per_second.max(1));
        let nanos = Nanos::try_from(nanos).unwrap_or(Nanos::MAX);
        let last = self.last.entry(it.way).or_default();
        *last = it.now.max(*last).saturating_add(nanos).min(self.until);
        *last - it.now
    }
}

/// A stream for each link and sort of effect, made when it is first needed.
#[derive(Debug)]
struct LinkDice {
    seed: Seed,
    streams: BTreeMap<(&'static str, Way), Stream>,
}

impl LinkDice {
    fn stream(&mut self, effect: &'static str, way: Way) -> &mut Stream {
        let (from, to) = way;
        let new = || self.seed.stream(&format!("{effect} {from} -> {to}"));
        self.streams.entry((effect, way)).or_insert_with(new)
    }
}
