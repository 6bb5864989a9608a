//! Swarm testing: the choice of a scenario's parts that take part in a seed.

use crate::rng::Seed;
use crate::scenario::{ClientLinks, Network, Scenario, Workload};
use crate::units::{Ratio, Span};

/// Even odds.
const HALF: Ratio = Ratio::from_ppb(Ratio::BILLION / 2);

/// The choice of parts. Each part is decided by its name, from a stream of that name; without a swarm all take part.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Swarm(Option<Seed>);

impl Swarm {
    pub(crate) fn new(scenario: &Scenario, seed: Seed) -> Self {
        Self(scenario.extension.swarm.then_some(seed))
    }

    pub(crate) fn takes_part(self, name: &str) -> bool {
        self.0.is_none_or(|seed| seed.stream(&format!("swarm: {name}")).chance(HALF))
    }

    /// Returns `given` if the part takes part, or the harmless default.
    pub(crate) fn maybe<T: Default>(self, name: &str, given: T) -> T {
        if self.takes_part(name) { given } else { T::default() }
    }

    pub(crate) fn network(self, given: &Network) -> Network {
        let clients = &given.clients;
        Network {
            router: given.router,
            delay: self.maybe("delay", given.delay),
            fifo: given.fifo,
            duplicate: self.maybe("duplicate", given.duplicate),
            duplicate_delay: given.duplicate_delay,
            clients: ClientLinks {
                loss: self.maybe("client loss", clients.loss),
                delay: self.maybe::<Span>("client delay", clients.delay),
                duplicate: self.maybe("client duplicate", clients.duplicate),
                duplicate_delay: clients.duplicate_delay,
            },
        }
    }

    pub(crate) fn workload(self, given: &Workload) -> Workload {
        let kind = given.kind.thin_out(|part| self.takes_part(part));
        let burst = if self.takes_part("burst") { given.burst } else { 1 };
        Workload { kind, burst, ..given.clone() }
    }
}
