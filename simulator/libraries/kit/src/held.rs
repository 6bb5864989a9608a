//! The requests that a replica has not answered.

use std::collections::{BTreeMap, BTreeSet};

use simulation::Nanos;
use simulation::api::{Answer, Outbox, Request, Response};

use crate::commands::Name;

/// The requests that a replica has not answered, and when it asks its library again.
///
/// Libraries drop proposals: where there is no leader, where the message that forwards one is lost, where the leader
/// changes. A replica holds each request until its library has executed it, and proposes it again from time to time.
#[derive(Clone, Debug)]
pub struct Held {
    patience: Nanos,
    open: BTreeMap<Name, (Request, Nanos)>,
    seen: BTreeSet<Name>,
}

impl Held {
    /// Returns an empty list of requests that are proposed again after `patience`.
    pub fn new(patience: Nanos) -> Self {
        Held { patience, open: BTreeMap::new(), seen: BTreeSet::new() }
    }

    /// Adds a request. Returns false if it is a copy of one that was added before.
    pub fn add(&mut self, now: Nanos, request: Request) -> bool {
        let name = (request.client, request.id);
        let is_new = self.seen.insert(name);
        if is_new {
            self.open.insert(name, (request, now + self.patience));
        }
        is_new
    }

    /// Returns the requests that are to be proposed again now.
    pub fn due(&mut self, now: Nanos) -> Vec<Request> {
        let due = self.open.values_mut().filter(|(_, again_at)| *again_at <= now);
        due.map(|(request, again_at)| {
            *again_at = now + self.patience;
            request.clone()
        })
        .collect()
    }

    /// Returns the time at which the next request is due.
    pub fn next_wakeup(&self) -> Nanos {
        self.open.values().map(|(_, again_at)| *again_at).min().unwrap_or(Nanos::MAX)
    }

    /// Returns a request that is not answered yet.
    pub fn get(&self, name: Name) -> Option<&Request> {
        self.open.get(&name).map(|(request, _)| request)
    }

    /// Answers a request, if that has not been done.
    pub fn answer<M>(&mut self, name: Name, answer: Answer, out: &mut Outbox<M>) {
        if self.open.remove(&name).is_some() {
            out.respond(Response { client: name.0, id: name.1, answer });
        }
    }
}
