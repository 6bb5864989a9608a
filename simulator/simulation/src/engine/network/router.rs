//! The router: in the course's simulator, latency is queueing, not distance.

use crate::Nanos;

/// The serial first-in-first-out server that handles every datagram of a replica.
///
/// The course's simulator is a single loop that handles one datagram after another, about 100 µs each, and never
/// reorders them. The router models that loop.
#[derive(Debug)]
pub(crate) struct Router {
    service: Nanos,
    busy_until: Nanos,
}

impl Router {
    pub(crate) fn new(service: Nanos) -> Self {
        Router { service, busy_until: 0 }
    }

    /// Accepts a datagram, and returns the time at which the router has handled it. The result never decreases.
    #[inline]
    pub(crate) fn admit(&mut self, now: Nanos) -> Nanos {
        self.busy_until = self.busy_until.max(now) + self.service;
        self.busy_until
    }
}
