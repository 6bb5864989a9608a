//! The links between clients and replicas, which have no faults in the course.

use crate::Nanos;
use crate::api::ClientId;
use crate::plan::Plan;
use crate::rng::{Seed, Stream};
use crate::scenario;

/// The faults of requests and answers. Each client draws from its own streams.
#[derive(Debug)]
pub(crate) struct ClientLinks {
    /// The settings; `None` if there are no faults, so that nothing is drawn.
    links: Option<scenario::ClientLinks>,
    clients: Vec<Dice>,
}

#[derive(Debug)]
struct Dice {
    loss: Stream,
    delay: Stream,
    duplicate: Stream,
}

impl Dice {
    fn of(seed: Seed, client: ClientId) -> Self {
        let stream = |what| seed.stream(&format!("{what} of client {client}"));
        Dice { loss: stream("loss"), delay: stream("delay"), duplicate: stream("duplicate") }
    }
}

/// The time at which a datagram arrives, and the time of its copy, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub at: Nanos,
    pub copy_at: Option<Nanos>,
}

impl ClientLinks {
    pub(crate) fn new(plan: &Plan) -> Self {
        let links = plan.network.clients.clone();
        if links == scenario::ClientLinks::default() {
            return ClientLinks { links: None, clients: Vec::new() };
        }
        let ids = (0..plan.clients).map(ClientId);
        let clients = ids.map(|client| Dice::of(Seed(plan.seed), client)).collect();
        ClientLinks { links: Some(links), clients }
    }

    /// Draws from the streams of another seed from now on.
    pub(crate) fn reseed(&mut self, seed: Seed) {
        for (client, dice) in (0..).map(ClientId).zip(&mut self.clients) {
            *dice = Dice::of(seed, client);
        }
    }

    /// Returns the arrival of a datagram from or to a client that leaves now; `None` if it is dropped.
    #[inline]
    pub(crate) fn route(&mut self, now: Nanos, client: ClientId) -> Option<Arrival> {
        let arrival = Arrival { at: now, copy_at: None };
        let dice = self.clients.get_mut(usize::from(client.0));
        let (Some(links), Some(dice)) = (&self.links, dice) else {
            return Some(arrival);
        };
        if dice.loss.chance(links.loss) {
            return None;
        }
        let at = match links.delay.max {
            0 => now,
            max => now + dice.delay.between(links.delay.min, max),
        };
        let span = links.duplicate_delay;
        let copied = dice.duplicate.chance(links.duplicate);
        let copy_at = copied.then(|| at + dice.duplicate.between(span.min, span.max));
        Some(Arrival { at, copy_at })
    }

    /// Ends all faults.
    pub(crate) fn heal(&mut self) {
        self.links = None;
    }
}
