//! Our own faults: how often, when, to whom, how badly.

use std::collections::BTreeMap;

use super::Swarm;
use super::overlap::{Partition, partitions};
use crate::Nanos;
use crate::plan::{Fault, LinkEffect, LinkPattern, NodeEffect, PlannedFault};
use crate::rng::{Seed, Stream};
use crate::scenario::{
    Delay, Drawn, DrawnSpan, FaultKind, Lasts, LinkFault, Links, NodeFault, Ratio, Scenario,
    Selector, Span, Target,
};

/// What the seed makes of the scenario's own faults; not sorted.
///
/// An event draws from streams named after its type and its place among those of that type, so that
/// one more event of another type shifts nothing.
pub(super) fn own(scenario: &Scenario, seed: Seed, swarm: &Swarm) -> Vec<PlannedFault> {
    let mut planned = Vec::new();
    let mut separated = Vec::new();
    let mut of_type: BTreeMap<&str, u32> = BTreeMap::new();
    for fault in &scenario.extension.faults {
        let kind = fault.kind.name();
        let number = of_type.entry(kind).or_default();
        *number += 1;
        let name = format!("{kind} {number}");
        if !swarm.takes_part(&name) {
            continue;
        }
        let count = fault.count.draw(&mut seed.stream(&format!("{name}: count")));
        for occurrence in 1..=count {
            let stream = |purpose| seed.stream(&format!("{name}.{occurrence}: {purpose}"));
            let mut times = stream("when");
            let at = fault.at.draw(&mut times);
            let until = match fault.lasts {
                Lasts::Once => at,
                Lasts::For(lasts) => at + lasts.draw(&mut times),
                Lasts::Until(until) => until.draw(&mut times),
            };
            let (at, until) = (scenario.start_wait + at, scenario.start_wait + until);
            let mut cast = Cast::new(scenario.replicas, stream("whom"));
            let mut draws = stream("how");
            let fault = match &fault.kind {
                FaultKind::Links { links, messages, effect } => Fault::Links {
                    links: cast.links(links),
                    messages: messages.clone(),
                    effect: link_effect(effect, &mut draws),
                    until,
                },
                FaultKind::Nodes { who, effect } => Fault::Nodes {
                    who: cast.select(who),
                    effect: node_effect(effect, &mut draws),
                    until,
                    dice: draws.bits(),
                },
                &FaultKind::Partition { keep_leader } => {
                    separated.push(Partition { at, until, keep_leader, order: cast.order });
                    continue;
                }
            };
            planned.push(PlannedFault { at, fault });
        }
    }
    planned.extend(partitions(separated));
    planned
}

/// Which replica plays which part.
struct Cast {
    /// All replicas, in an order that is drawn.
    order: Vec<u16>,
    /// How many of them were picked from the front.
    picked: usize,
}

impl Cast {
    fn new(replicas: u16, mut draws: Stream) -> Self {
        let mut order: Vec<u16> = (0..replicas).collect();
        draws.shuffle(&mut order);
        Self { order, picked: 0 }
    }

    fn links(&mut self, links: &Links) -> LinkPattern {
        match links {
            Links::OneWay { from, to } => {
                LinkPattern::OneWay { from: self.select(from), to: self.select(to) }
            }
            Links::Around(who) => LinkPattern::Around(self.select(who)),
            Links::OutsideRing => LinkPattern::OutsideRing(self.order.clone()),
            Links::AcrossBridge => LinkPattern::AcrossBridge(self.order.clone()),
        }
    }

    fn select(&mut self, targets: &[Target]) -> Vec<Selector> {
        targets.iter().map(|target| self.selector(*target)).collect()
    }

    fn selector(&mut self, target: Target) -> Selector {
        match target {
            Target::These(selector) => selector,
            Target::Any => {
                self.picked += 1;
                let place = (self.picked - 1) % self.order.len();
                Selector::Replica(self.order[place])
            }
        }
    }
}

fn link_effect(effect: &LinkFault, draws: &mut Stream) -> LinkEffect {
    match *effect {
        LinkFault::Cut => LinkEffect::Cut,
        LinkFault::Lose { chance } => LinkEffect::Lose { chance: chance.draw(draws) },
        LinkFault::Delay { delay, tail, fifo } => {
            let delay = Delay { span: delay.draw(draws), tail: tail.draw(draws) };
            LinkEffect::Delay { delay, fifo }
        }
        LinkFault::Duplicate { chance, delay } => {
            LinkEffect::Duplicate { chance: chance.draw(draws), delay: delay.draw(draws) }
        }
        LinkFault::Corrupt { chance } => LinkEffect::Corrupt { chance: chance.draw(draws) },
        LinkFault::Clog => LinkEffect::Clog,
        LinkFault::Throttle { bytes_per_second } => {
            LinkEffect::Throttle { bytes_per_second: bytes_per_second.draw(draws) }
        }
    }
}

fn node_effect(effect: &NodeFault, draws: &mut Stream) -> NodeEffect {
    match *effect {
        NodeFault::Kill => NodeEffect::Kill,
        NodeFault::Crash => NodeEffect::Crash,
        NodeFault::Pause => NodeEffect::Pause,
        NodeFault::Freeze => NodeEffect::Freeze,
        NodeFault::Slow { step } => NodeEffect::Slow { step: step.draw(draws) },
        NodeFault::SlowSync { sync } => NodeEffect::SlowSync { sync: sync.draw(draws) },
        NodeFault::FullDisk => NodeEffect::FullDisk,
        NodeFault::FlipBit => NodeEffect::FlipBit,
        NodeFault::Clock { rate_ppm, jump } => {
            NodeEffect::Clock { rate_ppm: rate_ppm.draw(draws), jump: jump.draw(draws) }
        }
    }
}

/// A number is drawn only if it is a range of several.
impl Drawn<Nanos> {
    fn draw(self, draws: &mut Stream) -> Nanos {
        if self.low == self.high { self.low } else { draws.between(self.low, self.high) }
    }
}

impl Drawn<u32> {
    fn draw(self, draws: &mut Stream) -> u32 {
        Drawn { low: u64::from(self.low), high: u64::from(self.high) }.draw(draws) as u32
    }
}

impl Drawn<i32> {
    fn draw(self, draws: &mut Stream) -> i32 {
        self.low
            .wrapping_add_unsigned(Drawn { low: 0, high: self.high.abs_diff(self.low) }.draw(draws))
    }
}

impl Drawn<Ratio> {
    fn draw(self, draws: &mut Stream) -> Ratio {
        Ratio::from_ppb(Drawn { low: self.low.ppb(), high: self.high.ppb() }.draw(draws))
    }
}

impl DrawnSpan {
    fn draw(self, draws: &mut Stream) -> Span {
        Span { min: self.min.draw(draws), max: self.max.draw(draws) }
    }
}
