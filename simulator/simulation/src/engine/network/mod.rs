//! The virtual network: one serial router, links that can fail in every way a network can, and the
//! way between clients and replicas.
//!
//! ```text
//!   replica ──▶ router ──▶ links ─────────────────────────▶ replica
//!                 │          partition, losses, delays,
//!                 │          and faults that come and go
//!                 ▼
//!               client links ◀────requests, answers────▶ client
//! ```
//!
//! | file | what it holds |
//! | --- | --- |
//! | `router` | the single loop of the original simulator |
//! | `links` | what a scenario asks of all links, and what becomes of each message |
//! | `client_links` | what happens between clients and replicas |
//!
//! While a plan asks for nothing but what the course has, nothing is drawn but losses, and a message
//! takes one comparison more.

mod client_links;
mod links;
mod router;

pub(super) use links::Fate;

use client_links::ClientLinks;
use links::Links;
use router::Router;

use crate::Nanos;
use crate::api::NodeId;
use crate::plan::Plan;
use crate::rng::Seed;
use crate::units::Ratio;

/// The whole network, and what it has seen.
#[derive(Debug)]
pub(super) struct Network {
    pub router: Router,
    pub links: Links,
    pub client_links: ClientLinks,
    /// The replica that the network takes for the leader: the last one named in a message.
    pub leader: Option<NodeId>,
    /// Messages between replicas.
    pub messages: u64,
    /// Those of them that were lost, cut off or noticed to be corrupted.
    pub dropped: u64,
}

impl Network {
    pub(super) fn new(plan: &Plan) -> Self {
        Network {
            router: Router::new(plan.network.router),
            links: Links::new(plan),
            client_links: ClientLinks::new(plan),
            leader: None,
            messages: 0,
            dropped: 0,
        }
    }

    /// A datagram names a leader. Returns whether it was heard: those of the chosen side of a partition
    /// are.
    #[inline]
    pub(super) fn hears_of_leader(&mut self, from: NodeId, leader: Option<NodeId>) -> bool {
        if self.links.partition.is_some_and(|side| !side.contains(from)) {
            return false;
        }
        self.leader = leader;
        true
    }

    /// Draws from the streams of another seed from now on; messages are lost with this probability.
    pub(super) fn reseed(&mut self, seed: Seed, loss: Ratio) {
        self.links.reseed(seed, loss);
        self.client_links.reseed(seed);
    }

    /// Lets everything work from now on.
    pub(super) fn heal(&mut self) {
        self.links.heal();
        self.client_links.heal();
    }

    /// Takes a datagram in; returns when the router has dealt with it.
    #[inline]
    pub(super) fn admit(&mut self, now: Nanos) -> Nanos {
        self.router.admit(now)
    }
}
