//! The patterns of links that a fault affects.

use serde::{Deserialize, Serialize};

use crate::api::{LinkSet, NodeId, NodeSet};
use crate::bounds::{Bounds, PlanError};
use crate::faults::victims::{self, DrawnOrder, Selector, Target};
use crate::faults::{AnyLinkFault, FaultFields};
use crate::json::ScenarioError;

/// A set of directed links between replicas.
///
/// A plan has `LinkPattern`, whose selectors are resolved when the fault strikes. A scenario has `LinkPattern<Target,
/// ()>`, for which the plan still draws some replicas and the order of a ring or a bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LinkPattern<Who = Selector, Order = Vec<u16>> {
    /// The links from each of some replicas to each of others, but not back.
    OneWay {
        /// The senders.
        from: Vec<Who>,
        /// The receivers.
        to: Vec<Who>,
    },
    /// The links to and from each of these replicas.
    Around(Vec<Who>),
    /// All links outside of a ring (Jepsen's "majorities ring").
    ///
    /// In the ring, each replica reaches its nearest neighbours, just enough for a majority. No two replicas see the
    /// same majority.
    OutsideRing(Order),
    /// All links between two halves of the other replicas (Jepsen's "bridge").
    ///
    /// Only the first replica reaches both halves.
    AcrossBridge(Order),
}

impl<Who, Order> LinkPattern<Who, Order> {
    /// Returns the name that a fault of these links has in a scenario.
    pub const fn name_with(&self, fault: AnyLinkFault) -> &'static str {
        match (fault, self) {
            (AnyLinkFault::Cut(_), LinkPattern::Around(_)) => "isolate",
            (AnyLinkFault::Cut(_), LinkPattern::OutsideRing(_)) => "ring",
            (AnyLinkFault::Cut(_), LinkPattern::AcrossBridge(_)) => "bridge",
            (fault, _) => fault.name(),
        }
    }
}

impl LinkPattern<Target, ()> {
    /// The names of faults that are a cut of links in a certain pattern.
    pub(crate) const CUTS: &[&str] = &["isolate", "ring", "bridge"];

    /// Reads the links of the fault with a name.
    pub(crate) fn read(name: &str, fields: &mut FaultFields<'_>) -> Result<Self, ScenarioError> {
        match name {
            "ring" => Ok(LinkPattern::OutsideRing(())),
            "bridge" => Ok(LinkPattern::AcrossBridge(())),
            "isolate" => Ok(LinkPattern::Around(fields.who()?)),
            _ => one_way(fields),
        }
    }

    /// Draws the replicas and the order that a plan decides.
    pub(crate) fn draw(&self, order: &mut DrawnOrder) -> LinkPattern {
        match self {
            LinkPattern::OneWay { from, to } => {
                LinkPattern::OneWay { from: order.select(from), to: order.select(to) }
            }
            LinkPattern::Around(who) => LinkPattern::Around(order.select(who)),
            LinkPattern::OutsideRing(()) => LinkPattern::OutsideRing(order.replicas.clone()),
            LinkPattern::AcrossBridge(()) => LinkPattern::AcrossBridge(order.replicas.clone()),
        }
    }
}

fn one_way(fields: &mut FaultFields<'_>) -> Result<LinkPattern<Target, ()>, ScenarioError> {
    let (from, receivers) = (fields.take("from"), fields.take("to"));
    let all = || Ok(vec![Target::These(Selector::All)]);
    let read = |field: &_| victims::read(field, fields.replicas);
    let from = from.as_ref().map_or_else(all, read)?;
    let to = receivers.as_ref().map_or_else(all, read)?;
    if let (Some(receivers), [Target::These(from)], [Target::These(to)]) =
        (receivers, from.as_slice(), to.as_slice())
        && from == to
        && from.most(fields.replicas) == 1
    {
        return Err(receivers.error("the same replica as `from`, so no link is meant"));
    }
    Ok(LinkPattern::OneWay { from, to })
}

impl LinkPattern {
    /// Checks the replicas' numbers.
    pub(crate) fn check(&self, bounds: &Bounds) -> Result<(), PlanError> {
        match self {
            LinkPattern::OneWay { from, to } => {
                victims::check(bounds, "links", from)?;
                victims::check(bounds, "links", to)
            }
            LinkPattern::Around(who) => victims::check(bounds, "links", who),
            LinkPattern::OutsideRing(order) | LinkPattern::AcrossBridge(order) => {
                bounds.replicas("links", order)
            }
        }
    }

    /// Gives replicas other numbers, and leaves out those that get none.
    pub(crate) fn renumber(&mut self, number: impl Fn(u16) -> Option<u16>) {
        match self {
            LinkPattern::OneWay { from, to } => {
                victims::renumber(from, &number);
                victims::renumber(to, &number);
            }
            LinkPattern::Around(who) => victims::renumber(who, number),
            LinkPattern::OutsideRing(order) | LinkPattern::AcrossBridge(order) => {
                victims::renumber_order(order, number);
            }
        }
    }

    /// Returns the links, where `select` resolves the current roles.
    pub(crate) fn links(&self, replicas: u16, select: impl Fn(&[Selector]) -> NodeSet) -> LinkSet {
        match self {
            LinkPattern::OneWay { from, to } => {
                let (from, to) = (select(from), select(to));
                LinkSet::new(replicas, |a, b| from.contains(a) && to.contains(b))
            }
            LinkPattern::Around(who) => {
                let who = select(who);
                LinkSet::new(replicas, |a, b| who.contains(a) != who.contains(b))
            }
            LinkPattern::OutsideRing(order) => LinkSet::outside_ring(replicas, order),
            LinkPattern::AcrossBridge(order) => LinkSet::across_bridge(replicas, order),
        }
    }

    /// Returns the selectors of the replicas at either end.
    pub(crate) fn selectors(&self) -> impl Iterator<Item = Selector> {
        let (from, to): (&[Selector], &[Selector]) = match self {
            LinkPattern::OneWay { from, to } => (from, to),
            LinkPattern::Around(who) => (who, &[]),
            LinkPattern::OutsideRing(_) | LinkPattern::AcrossBridge(_) => (&[], &[]),
        };
        from.iter().chain(to).copied()
    }

    /// Returns a description of the links.
    pub(crate) fn describe(&self) -> String {
        let ids = |order: &[u16]| {
            order.iter().map(|&id| NodeId(id).to_string()).collect::<Vec<_>>().join(" ")
        };
        match self {
            LinkPattern::OneWay { from, to } if from == to && **from == [Selector::All] => {
                "between all".to_owned()
            }
            LinkPattern::OneWay { from, to } => {
                format!("from {} to {}", victims::names(from), victims::names(to))
            }
            LinkPattern::Around(who) => format!("to and from {}", victims::names(who)),
            LinkPattern::OutsideRing(order) => format!("outside of the ring {}", ids(order)),
            LinkPattern::AcrossBridge(order) => match order.split_first() {
                Some((bridge, rest)) => {
                    let (left, right) = rest.split_at(rest.len() / 2);
                    format!("between {} and {} but for {}", ids(left), ids(right), NodeId(*bridge))
                }
                None => "across the bridge".to_owned(),
            },
        }
    }
}
