//! Requests that wait: for a leader, with the memory that keeps them from bouncing, or to be committed.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::id::NodeId;
use crate::log::Put;
use crate::request::{Op, Request};
use crate::time::Nanos;

/// Requests that wait, each for the same time, hence the oldest first in everything.
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

    /// Lets a request wait, if there is room.
    #[must_use]
    pub(super) fn push(&mut self, now: Nanos, request: Request) -> bool {
        let has_room = self.queue.len() < self.limit;
        if has_room {
            self.queue.push_back((now.saturating_add(self.wait), request));
        }
        has_room
    }

    /// The request that waits longest.
    pub(super) fn pop(&mut self) -> Option<Request> {
        self.queue.pop_front().map(|(_, request)| request)
    }

    /// A request that has waited long enough.
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

/// How many redirects are remembered.
const REDIRECTS: usize = 128;

/// Whom we lately sent where. A client that comes back with the same wish did not find the leader there;
/// sending it there again would make it bounce between us as fast as the network allows.
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
    /// Redirects are forgotten after `memory` ns, or [`REDIRECTS`] others.
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

    /// This client was lately sent to this leader with the same wish.
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

/// A put whose client waits until its place in the log is committed. At most [`Config::uncommitted_limit`] do.
///
/// [`Config::uncommitted_limit`]: crate::Config::uncommitted_limit
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub index: u64,
    pub term: u64,
    pub put: Arc<Put>,
}
