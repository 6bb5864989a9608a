//! Client requests (8).
//!
//! - A put is answered when it is committed and applied here, not before. Its place in the log is remembered
//!   even when we are no longer the leader: if that very entry is applied, the put is done; if another is
//!   applied in its place, it never will be, and the client is sent to the new leader. Nor will it be once a
//!   later term has begun with an applied entry at an earlier place. That our own log lost the entry says
//!   nothing yet: another member may still have it, and be elected before the place is committed. A redirect
//!   always means: not executed.
//! - A get is answered by a leader that is certain to lead (see [`reads`](super::reads)).
//! - Without a leader, a request waits for one. With one elsewhere it is redirected, unless that is where its
//!   client comes from: then it waits, and all that come after it, until the leader is heard from again, or
//!   another one is found.
//! - Where more wait than may, further ones are dropped, and their clients get no answer.
//! - A copy of a request is the network's doing, for clients never repeat one: it is dropped. Should a copy
//!   get into the log by way of another replica, the state machine applies only the first (see
//!   [`Store`](crate::Store)).

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

/// A longer request id, as encoded bytes, is not worth remembering.
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

    /// Carries a request out, as the leader.
    fn serve(&mut self, request: Request, out: &mut Outputs) {
        if Self::is_read(&request) {
            self.read(request, out);
        } else if self.append_put(request, out) {
            self.replicate(out);
        }
    }

    /// Appends a put to the log, if it can. What no datagram could carry to the followers fails; what an
    /// isolated leader has no room for waits.
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

    /// Lets a request wait for a leader. Where too many wait already it is dropped: sent away it would come
    /// back at once, from a cluster that is as full elsewhere.
    pub(super) fn hold(&mut self, request: Request) {
        self.counters.note(Rare::RequestHeld);
        if !self.held.push(self.now, request) {
            self.counters.drop(DropReason::NoRoom);
        }
    }

    /// Those who waited too long try their luck elsewhere.
    pub(super) fn release_overdue(&mut self, out: &mut Outputs) {
        while let Some(request) = self.held.pop_expired(self.now) {
            self.counters.note(Rare::RequestHeldInVain);
            out.responses.push(redirect(&request, None));
        }
    }

    /// We just heard from the leader, so that is where those who wait belong.
    pub(super) fn release_held_to_leader(&mut self, out: &mut Outputs) {
        while let Some(request) = self.held.pop() {
            if let Some(leader) = self.leader {
                self.redirected.note(self.now, &request, leader);
            }
            out.responses.push(redirect(&request, self.leader));
        }
    }

    /// We lead: those who wait are served in order of arrival. Their puts leave together.
    pub(super) fn serve_held(&mut self, out: &mut Outputs) {
        if self.held.len() > 0 && self.take_in_held(out) {
            self.replicate(out);
        }
    }

    /// Queues the gets and appends the puts that waited for a leader. True when that made the log longer.
    pub(super) fn take_in_held(&mut self, out: &mut Outputs) -> bool {
        let last = self.log.last_index();
        // Some may have to wait again, hence not "until it is empty".
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

    /// An entry of this term was applied at `index`: those that waited for that place have an answer.
    pub(super) fn settle(&mut self, index: u64, term: u64, out: &mut Outputs) {
        while let Some(pending) = self.pop_pending(index) {
            if (pending.index, pending.term) == (index, term) {
                out.responses.push(answer(&pending.put, Outcome::Done));
            } else {
                self.send_on(&pending.put, out);
            }
        }
    }

    /// An entry of this term was applied, so every leader to come has it (5.4). Terms never decrease along a
    /// log: what we appended after that place in an earlier term is in none of theirs. Its clients need not
    /// wait until the log is that long again.
    pub(super) fn settle_earlier_terms(&mut self, term: u64, out: &mut Outputs) {
        let (kept, displaced): (VecDeque<_>, VecDeque<_>) =
            mem::take(&mut self.pending).into_iter().partition(|pending| pending.term >= term);
        self.pending = kept;
        for pending in displaced {
            self.send_on(&pending.put, out);
        }
    }

    /// A put that will never be executed goes to the next leader.
    fn send_on(&mut self, put: &Put, out: &mut Outputs) {
        self.counters.note(Rare::PutDisplaced);
        out.responses.push(answer(put, Outcome::Redirect { leader: self.leader }));
    }

    /// The next put that waits for a place up to `index`.
    fn pop_pending(&mut self, index: u64) -> Option<Pending> {
        if self.pending.front()?.index <= index { self.pending.pop_front() } else { None }
    }

    /// A snapshot whose last entry is of this term took the place of the log. It remembers the latest
    /// requests: those are done; of others up to its place nothing is known.
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

/// The answer to a put.
fn answer(put: &Put, outcome: Outcome) -> Response {
    Response { client: put.client, id: put.id.clone(), outcome }
}

/// Sends a request elsewhere.
fn redirect(request: &Request, leader: Option<NodeId>) -> Response {
    respond(request, Outcome::Redirect { leader })
}

fn respond(request: &Request, outcome: Outcome) -> Response {
    Response { client: request.client, id: request.id.clone(), outcome }
}
