//! Client requests (8).
//!
//! - A put is answered when it is committed and applied here, not before. Its place in the log is remembered even when we are
//!   no longer the leader: if that very entry is applied, the put is done; if another takes its place, it never
//!   will be, and the client is sent to the new leader. A redirect always means: not executed.
//! - A get is answered by a leader that is certain to lead (see [`reads`](super::reads)).
//! - Without a leader, a request waits for one. With one elsewhere it is redirected, unless that is where its client comes
//!   from: then it waits until the leader is heard from again, or another one is found.
//! - A copy of a request is the network's doing, for clients never repeat one: it is dropped. Should a copy get into the log
//!   by way of another replica, the state machine applies only the first (see [`Store`](crate::Store)).

use std::sync::Arc;

use super::{Replica, State};
use crate::counters::DropReason;
use crate::id::NodeId;
use crate::log::{Command, Entry, Put, escaped_len};
use crate::message::{Outcome, Outputs, Request, Response};

/// A longer request id, as encoded, would crowd out the answer.
const MAX_ID_BYTES: usize = 8 * 1024;

/// A put in our log whose client waits for an answer. The request itself is in the entry.
#[derive(Debug, Clone)]
pub(super) struct PendingPut {
    pub index: u64,
}

impl Replica {
    pub(super) fn accept(&mut self, request: Request, out: &mut Outputs) {
        let client = request.client;
        if client == self.id
            || client == NodeId::EVERYBODY
            || self.peers.binary_search(&client).is_ok()
        {
            return self.counters.drop(DropReason::BadClient);
        }
        if !self.seen.insert(client, &request.id) {
            return self.counters.drop(DropReason::DuplicateRequest);
        }
        if self.is_too_large(&request) {
            return out.responses.push(respond(&request, Outcome::Fail));
        }
        match (&self.state, self.leader) {
            (State::Leading(_), _) => self.serve(request, out),
            (_, Some(leader)) if self.leader_is_alive() => {
                if self.redirected.is_back(self.now, &request, leader) {
                    return self.hold(request, out);
                }
                self.redirected.note(self.now, &request, leader);
                out.responses.push(redirect(&request, Some(leader)));
            }
            _ => self.hold(request, out),
        }
    }

    /// No datagram could carry it to the followers, or the answer back.
    fn is_too_large(&self, request: &Request) -> bool {
        escaped_len(&request.id) > MAX_ID_BYTES
            || Put::from_request(request)
                .is_some_and(|put| put.encoded_size() > self.config.command_bytes)
    }

    /// Carries a request out, as the leader.
    fn serve(&mut self, request: Request, out: &mut Outputs) {
        if Self::is_read(&request) {
            return self.read(request, out);
        }
        if !self.has_room() {
            return self.hold(request, out);
        }
        self.append_put(request);
        self.replicate(out);
    }

    /// An isolated leader must not grow its log for ever.
    fn has_room(&self) -> bool {
        self.log.last_index() - self.commit_index < self.config.uncommitted_limit as u64
    }

    fn append_put(&mut self, request: Request) {
        if let Some(put) = Put::from_request(&request) {
            let index = self.log.append(Entry {
                term: self.term,
                command: Command::Put(Arc::new(put)),
            });
            self.pending.push_back(PendingPut { index });
        }
    }

    /// Lets a request wait for a leader.
    pub(super) fn hold(&mut self, request: Request, out: &mut Outputs) {
        if let Some(oldest) = self.held.push(self.now, request) {
            out.responses.push(redirect(&oldest, None));
        }
    }

    /// Those who waited too long try their luck elsewhere.
    pub(super) fn release_overdue(&mut self, out: &mut Outputs) {
        while let Some(request) = self.held.pop_expired(self.now) {
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

    /// We lead, and have room: those who wait are served in order of arrival. Their puts leave together.
    pub(super) fn serve_held(&mut self, out: &mut Outputs) {
        let last = self.log.last_index();
        for _ in 0..self.held.len() {
            let Some(request) = self.held.pop() else {
                break;
            };
            if Self::is_read(&request) {
                self.read(request, out);
            } else if self.has_room() {
                self.append_put(request);
            } else {
                self.hold(request, out);
            }
        }
        if self.log.last_index() > last {
            self.replicate(out);
        }
    }

    /// The entries from `index` on are about to be dropped: their puts never happened.
    pub(super) fn disown_from(&mut self, index: u64, out: &mut Outputs) {
        let kept = self.pending.partition_point(|put| put.index < index);
        for pending in self.pending.drain(kept..) {
            if let Some(entry) = self.log.entry(pending.index)
                && let Command::Put(put) = &entry.command
            {
                out.responses.push(Response {
                    client: put.client,
                    id: put.id.clone(),
                    outcome: Outcome::Redirect {
                        leader: self.leader,
                    },
                });
            }
        }
    }
}

/// The answer to a put that was applied.
pub(super) fn done(put: &Put) -> Response {
    Response {
        client: put.client,
        id: put.id.clone(),
        outcome: Outcome::Done,
    }
}

/// Sends a request elsewhere.
pub(super) fn redirect(request: &Request, leader: Option<NodeId>) -> Response {
    respond(request, Outcome::Redirect { leader })
}

fn respond(request: &Request, outcome: Outcome) -> Response {
    Response {
        client: request.client,
        id: request.id.clone(),
        outcome,
    }
}
