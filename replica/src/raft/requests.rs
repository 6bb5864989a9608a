//! Client requests (8).
//!
//! - A put is answered when it is committed and applied here, not before. Its position in the log is remembered even
//!   when this replica is no longer the leader. If that very entry is applied, the put is done. If another entry is
//!   applied at its position, the put never will be done, and its client is redirected to the new leader. The same
//!   holds once an applied entry at an earlier position has begun a later term. That this replica's own log lost the
//!   entry proves nothing: another member may still have it, and be elected before the position is committed. A
//!   redirect always means that the request was not executed.
//! - Without a leader, a request waits for one. If another replica leads, the request is redirected, unless its client
//!   was already redirected there: then this request and all later ones wait until the leader is heard from again, or
//!   another one is found.
//! - If too many requests wait, further ones are dropped, and their clients get no answer.
//! - A copy of a request is dropped. Only the network makes copies, since clients never repeat a request. If a copy
//!   gets into the log through another replica, the state machine applies only the first (see [`Store`](crate::Store)).

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use super::held::Pending;
use super::{Replica, State};
use crate::counters::{DropReason, Rare};
use crate::id::NodeId;
use crate::log::{Command, Entry, Put, escaped_len};
use crate::outputs::Outputs;
use crate::request::{Outcome, Request, Response};

/// The longest request id that is accepted, in encoded bytes.
const MAX_ID_BYTES: usize = 1024;

impl Replica {
    pub(super) fn accept(&mut self, request: Request, out: &mut Outputs) {
        let client = request.client;
        if client == self.id
            || client == NodeId::EVERYBODY
            || self.peers.binary_search(&client).is_ok()
        {
            return self.counters.drop(DropReason::BadClient);
        }
        if escaped_len(&request.id) > MAX_ID_BYTES {
            return out.responses.push(respond(&request, Outcome::Fail));
        }
        if !self.seen.insert(client, &request.id) {
            return self.counters.drop(DropReason::DuplicateRequest);
        }
        match (&self.state, self.leader) {
            (State::Leading(_), _) => self.serve(request, out),
            (_, Some(leader)) if self.leader_is_alive() && !self.leader_doubted => {
                if self.redirected.is_back(self.now, &request, leader) {
                    self.leader_doubted = true;
                    self.counters.note(Rare::LeaderDoubted);
                    return self.hold(request);
                }
                self.redirected.note(self.now, &request, leader);
                out.responses.push(redirect(&request, Some(leader)));
            }
            _ => self.hold(request),
        }
    }

    /// Executes a request, as the leader.
    fn serve(&mut self, request: Request, out: &mut Outputs) {
        if Self::is_read(&request) {
            self.read(request, out);
        } else if self.append_put(request, out) {
            self.replicate(out);
        }
    }

    /// Appends a put to the log, and returns true if it did. A put that is too large for a datagram fails; a put for
    /// which an isolated leader has no room waits.
    fn append_put(&mut self, request: Request, out: &mut Outputs) -> bool {
        let uncommitted = self.log.last_index() - self.commit_index;
        let limit = self.config.uncommitted_limit;
        if self.pending.len() >= limit || uncommitted >= limit as u64 {
            self.counters.note(Rare::PutHeldForRoom);
            self.hold(request);
            return false;
        }
        let Some(put) = Put::from_request(&request) else {
            return false;
        };
        if put.encoded_size() > self.config.command_bytes {
            out.responses.push(respond(&request, Outcome::Fail));
            return false;
        }
        let (put, term) = (Arc::new(put), self.term);
        let index = self.append(Entry { term, command: Command::Put(put.clone()) }, out);
        // Puts of an earlier leadership of ours may still wait at places beyond this one.
        let place = self.pending.partition_point(|pending| pending.index <= index);
        self.pending.insert(place, Pending { index, term, put });
        true
    }

    /// Lets a request wait for a leader. If too many wait already, it is dropped: a redirected client would come back
    /// at once, because the other replicas are full too.
    pub(super) fn hold(&mut self, request: Request) {
        self.counters.note(Rare::RequestHeld);
        if !self.held.push(self.now, request) {
            self.counters.drop(DropReason::NoRoom);
        }
    }

    /// Redirects requests that have waited too long.
    pub(super) fn release_overdue(&mut self, out: &mut Outputs) {
        while let Some(request) = self.held.pop_expired(self.now) {
            self.counters.note(Rare::RequestHeldInVain);
            out.responses.push(redirect(&request, None));
        }
    }

    /// Redirects all waiting requests to the leader, which was just heard from.
    pub(super) fn release_held_to_leader(&mut self, out: &mut Outputs) {
        while let Some(request) = self.held.pop() {
            if let Some(leader) = self.leader {
                self.redirected.note(self.now, &request, leader);
            }
            out.responses.push(redirect(&request, self.leader));
        }
    }

    /// Serves the waiting requests in order of arrival, as the leader. Their puts are sent together.
    pub(super) fn serve_held(&mut self, out: &mut Outputs) {
        if self.held.len() > 0 && self.take_in_held(out) {
            self.replicate(out);
        }
    }

    /// Queues the gets and appends the puts that waited for a leader. Returns true if the log became longer.
    pub(super) fn take_in_held(&mut self, out: &mut Outputs) -> bool {
        let last = self.log.last_index();
        // Some requests may have to wait again, so the loop does not run until the queue is empty.
        for _ in 0..self.held.len() {
            let Some(request) = self.held.pop() else {
                break;
            };
            if Self::is_read(&request) {
                self.queue_read(request);
            } else {
                self.append_put(request, out);
            }
        }
        self.log.last_index() > last
    }

    /// Answers the puts that waited for positions up to `index`, where an entry of this term was applied.
    pub(super) fn settle(&mut self, index: u64, term: u64, out: &mut Outputs) {
        while let Some(pending) = self.pop_pending(index) {
            if (pending.index, pending.term) == (index, term) {
                out.responses.push(answer(&pending.put, Outcome::Done));
            } else {
                self.send_on(&pending.put, out);
            }
        }
    }

    /// Redirects the puts of earlier terms after the first entry of this term was applied.
    ///
    /// Every later leader has that entry (5.4), and terms never decrease along a log. So none of them has an entry that
    /// this replica appended beyond that position in an earlier term, and its clients need not wait until the log is
    /// that long again.
    pub(super) fn settle_earlier_terms(&mut self, term: u64, out: &mut Outputs) {
        let (kept, displaced): (VecDeque<_>, VecDeque<_>) =
            mem::take(&mut self.pending).into_iter().partition(|pending| pending.term >= term);
        self.pending = kept;
        for pending in displaced {
            self.send_on(&pending.put, out);
        }
    }

    /// Redirects the client of a put that will never be executed.
    fn send_on(&mut self, put: &Put, out: &mut Outputs) {
        self.counters.note(Rare::PutDisplaced);
        out.responses.push(answer(put, Outcome::Redirect { leader: self.leader }));
    }

    /// The next put that waits for a place up to `index`.
    fn pop_pending(&mut self, index: u64) -> Option<Pending> {
        if self.pending.front()?.index <= index { self.pending.pop_front() } else { None }
    }

    /// Answers waiting puts after a snapshot, whose last entry is of this term, replaced the log. The snapshot
    /// remembers the latest requests, which are done; the result of other puts up to its end is unknown.
    pub(super) fn settle_by_snapshot(&mut self, term: u64, out: &mut Outputs) {
        let index = self.applied_index;
        while let Some(pending) = self.pop_pending(index) {
            if self.store.has_applied(pending.put.client, &pending.put.id) {
                out.responses.push(answer(&pending.put, Outcome::Done));
            }
        }
        self.settle_earlier_terms(term, out);
    }
}

/// Returns the answer to a put.
fn answer(put: &Put, outcome: Outcome) -> Response {
    Response { client: put.client, id: put.id.clone(), outcome }
}

/// Returns a redirect of a request.
fn redirect(request: &Request, leader: Option<NodeId>) -> Response {
    respond(request, Outcome::Redirect { leader })
}

fn respond(request: &Request, outcome: Outcome) -> Response {
    Response { client: request.client, id: request.id.clone(), outcome }
}
