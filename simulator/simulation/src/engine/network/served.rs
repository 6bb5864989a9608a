//! Messages counted by the request that they serve, for plans that name lost ones in that way.

use std::collections::BTreeMap;

use crate::api::NodeId;
use crate::engine::serves::Serves;
use crate::plan::{Among, Losses, LostMessage, Plan};

/// The number of messages of each link that have served each request.
#[derive(Debug)]
pub(super) struct Served {
    /// The requests' dice, in the order in which they are asked.
    dice: Vec<u64>,
    counts: BTreeMap<(Serves, NodeId, NodeId), u32>,
}

impl Served {
    /// Counts where somebody wants to know, or the plan names messages by what they serve.
    pub(super) fn new(plan: &Plan, wanted: bool) -> Option<Self> {
        let is_named = |lost: &LostMessage| lost.of != Among::All;
        let counts = match &plan.losses {
            Losses::Random(_) => wanted,
            Losses::Listed(list) => (wanted && !list.is_empty()) || list.iter().any(is_named),
        };
        counts.then(|| {
            let mut asked: Vec<_> = plan.requests.iter().map(|it| (it.at, it.dice)).collect();
            asked.sort_by_key(|(at, _)| *at);
            let dice = asked.into_iter().map(|(_, dice)| dice).collect();
            Served { dice, counts: BTreeMap::new() }
        })
    }

    /// Counts a message, and names it.
    pub(super) fn count(&mut self, from: NodeId, to: NodeId, serves: Serves) -> LostMessage {
        let nth = self.counts.entry((serves, from, to)).or_default();
        *nth += 1;
        let dice = serves.number().and_then(|number| self.dice.get(number));
        let of = dice.map_or(Among::NoRequest, |&dice| Among::Request(dice));
        LostMessage { from: from.0, to: to.0, nth: *nth, of }
    }
}
