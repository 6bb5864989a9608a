//! The router: latency in the original is queueing, not distance.

use crate::Nanos;

/// The serial first-in-first-out server that every datagram of a replica passes through.
///
/// The original simulator is a single loop that handles one datagram after another, about 100 µs
/// each. Nothing is ever reordered there. This is that loop.
#[derive(Debug)]
pub(crate) struct Router {
    service: Nanos,
    busy_until: Nanos,
}

impl Router {
    pub(crate) fn new(service: Nanos) -> Self {
        Router { service, busy_until: 0 }
    }

    /// A datagram arrives; returns when the router has dealt with it. Never decreases.
    #[inline]
    pub(crate) fn admit(&mut self, now: Nanos) -> Nanos {
        self.busy_until = self.busy_until.max(now) + self.service;
        self.busy_until
    }
}
