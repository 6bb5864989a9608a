//! The virtual network: one serial router, the links between replicas with their faults, and the links between clients
//! and replicas.
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
//! | `router` | the single loop of the course's simulator |
//! | `links` | the links between replicas, and the fate of each message |
//! | `served` | counts of messages by the request that they serve |
//! | `client_links` | the links between clients and replicas |
//!
//! If a plan has only the course's faults, only losses are drawn, and a message costs one more comparison.

mod client_links;
mod links;
mod router;
mod served;

pub(super) use links::Fate;

use client_links::ClientLinks;
use links::Links;
use router::Router;

use crate::Nanos;
use crate::api::{Message, NodeId};
use crate::engine::serves::Serves;
use crate::plan::Plan;
use crate::rng::Seed;
use crate::units::Ratio;

/// The whole network, with its counts.
#[derive(Debug)]
pub(super) struct Network {
    pub router: Router,
    pub links: Links,
    pub client_links: ClientLinks,
    /// The replica last named as leader in a datagram that the network heard.
    pub leader: Option<NodeId>,
    /// The request that the present step serves, if the run needs to know.
    pub serving: Serves,
    /// The number of messages between replicas.
    pub messages: u64,
    /// The number of messages between replicas that were dropped, also because a corruption was noticed.
    pub dropped: u64,
}

impl Network {
    pub(super) fn new(plan: &Plan, name_lost: bool) -> Self {
        Network {
            router: Router::new(plan.network.router),
            links: Links::new(plan, name_lost),
            client_links: ClientLinks::new(plan),
            leader: None,
            serving: Serves::NONE,
            messages: 0,
            dropped: 0,
        }
    }

    /// Handles the leader that a datagram names. Returns true if the network hears it: during a partition, only from
    /// the chosen side.
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

    /// Decides the fate of a message that leaves the router now.
    #[inline]
    pub(super) fn route(
        &mut self,
        now: Nanos,
        from: NodeId,
        to: NodeId,
        message: &impl Message,
    ) -> Fate {
        self.links.route(now, from, to, self.serving, message)
    }

    /// Ends all faults of the network.
    pub(super) fn heal(&mut self, now: Nanos) {
        self.links.heal(now);
        self.client_links.heal();
    }

    /// Accepts a datagram, and returns the time at which the router has handled it.
    #[inline]
    pub(super) fn admit(&mut self, now: Nanos) -> Nanos {
        self.router.admit(now)
    }
}
