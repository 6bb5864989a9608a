//! Requests that wait for a leader or to be committed, and the memory of recent redirects.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::id::NodeId;
use crate::log::Put;
use crate::request::{Op, Request};
use crate::time::Nanos;

/// The requests that wait for a leader. All wait for the same time, so the oldest is always the first.
#[derive(Debug, Clone)]
pub(super) struct Held {
    wait: Nanos,
    limit: usize,
    queue: VecDeque<(Nanos, Request)>,
}

impl Held {
    pub(super) fn new(wait: Nanos, limit: usize) -> Self {
        Held { wait, limit, queue: VecDeque::new() }
    }

    /// Adds a request; returns false if there is no room.
    #[must_use]
    pub(super) fn push(&mut self, now: Nanos, request: Request) -> bool {
        let has_room = self.queue.len() < self.limit;
        if has_room {
            self.queue.push_back((now.saturating_add(self.wait), request));
        }
        has_room
    }

    /// Removes and returns the request that has waited longest.
    pub(super) fn pop(&mut self) -> Option<Request> {
        self.queue.pop_front().map(|(_, request)| request)
    }

    /// Removes and returns a request that has waited for the whole time.
    pub(super) fn pop_expired(&mut self, now: Nanos) -> Option<Request> {
        if self.next_expiry() <= now { self.pop() } else { None }
    }

    pub(super) fn next_expiry(&self) -> Nanos {
        self.queue.front().map_or(Nanos::MAX, |(expiry, _)| *expiry)
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }
}

/// The number of redirects that are remembered.
const REDIRECTS: usize = 128;

/// The recent redirects. A client that comes back with the same operation did not find the leader there; another
/// redirect to it would send the client back and forth as fast as the network allows.
#[derive(Debug, Clone)]
pub(super) struct Redirected {
    memory: Nanos,
    recent: VecDeque<Redirection>,
}

#[derive(Debug, Clone)]
struct Redirection {
    at: Nanos,
    client: NodeId,
    op: Op,
    leader: NodeId,
}

impl Redirected {
    /// Returns an empty memory, which forgets a redirect after `memory` ns, or after [`REDIRECTS`] others.
    pub(super) fn new(memory: Nanos) -> Self {
        Redirected { memory, recent: VecDeque::new() }
    }

    /// Remembers a redirect.
    pub(super) fn note(&mut self, now: Nanos, request: &Request, leader: NodeId) {
        if self.recent.len() == REDIRECTS {
            self.recent.pop_front();
        }
        self.recent.push_back(Redirection {
            at: now,
            client: request.client,
            op: request.op.clone(),
            leader,
        });
    }

    /// Returns true if this client was recently redirected to this leader with the same operation.
    pub(super) fn is_back(&self, now: Nanos, request: &Request, leader: NodeId) -> bool {
        self.recent
            .iter()
            .rev()
            .take_while(|redirection| now < redirection.at.saturating_add(self.memory))
            .any(|redirection| {
                redirection.client == request.client
                    && redirection.leader == leader
                    && redirection.op == request.op
            })
    }
}

/// A put whose client waits until its position in the log is committed. At most [`Config::uncommitted_limit`] wait.
///
/// [`Config::uncommitted_limit`]: crate::Config::uncommitted_limit
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub index: u64,
    pub term: u64,
    pub put: Arc<Put>,
}
