//! The clients: the course's, which own their keys and send requests without waiting for answers, and clients that
//! contend for a few shared keys.
//!
//! A *request* is an operation that a client wants; an *attempt* is one datagram that asks for it. A redirect or a fail
//! ends the attempt, and the client sends the request again at once, as the course's clients do. There is no timeout: a
//! request whose datagram or answer is dropped stays unanswered.
//!
//! This file follows a request from its first attempt to its answer. [`workload`] chooses requests, [`storm`] ends
//! endless retries, [`describe`] describes requests, [`history`] records them, and [`memory`] forgets old ones.

mod describe;
mod history;
mod interner;
mod memory;
mod storm;
mod workload;

use std::sync::Arc;

use crate::Nanos;
use crate::api::{Answer, ClientId, NodeId, NodeSet, Op, Request, RequestId, Response};
use crate::bounded_log::REMEMBERED;
use crate::engine::serves::Serves;
use crate::evidence::{Anomaly, Counts};
use crate::metrics::Latencies;
use crate::plan::{Plan, RequestKind};
use crate::rng::Dice;
use crate::trace::Actor;
use crate::workloads::AnyWorkload;
use linearizability::{KeyId, Recorder, Returned, ValueId};

use interner::{Names, short};
use memory::Memory;
use storm::Storms;

/// The shortest time between two attempts of a request: the time that the course's router takes for a datagram.
///
/// A client that is turned away asks again at once. On a network without delays it could otherwise retry without end
/// while time does not advance.
const RETRY_INTERVAL: Nanos = 100_000;

/// The salts of a request's dice: for its key and value, for the replica (plus the number of attempts so far), and for
/// the workload's choice of the first replica.
const CHOOSE_KEY: u64 = 0;
const CHOOSE_NODE: u64 = 1;
const CHOOSE_FIRST: u64 = u64::MAX;

/// All clients and their requests.
#[derive(Debug)]
pub(crate) struct Clients {
    workload: AnyWorkload,
    clients: Vec<Client>,
    requests: Memory<Asked>,
    attempts: Memory<Attempt>,
    keys: Vec<Key>,
    /// The values by their texts, for texts that do not identify their request.
    values: Names,
    recorder: Recorder,
    /// The length of the history at which it is shortened.
    fold_at: usize,
    storms: Storms,
    /// The leader that the network knew when everything healed.
    healed_leader: Option<NodeId>,
    /// The counts, in the course's terms.
    pub counts: Counts,
}

/// The state of one client.
#[derive(Debug, Default)]
struct Client {
    leader: Option<NodeId>,
    /// The client's keys with an acknowledged value, oldest first.
    acknowledged: Vec<u32>,
}

#[derive(Debug)]
struct Key {
    name: Arc<str>,
    /// The key's id in the history.
    id: KeyId,
    /// The value last acknowledged to the client that owns the key.
    acknowledged: Option<ValueId>,
}

/// A request, with all of its attempts.
#[derive(Clone, Copy, Debug)]
struct Asked {
    client: ClientId,
    kind: RequestKind,
    key: u32,
    /// The value to put; [`ValueId::MISSING`] for a get.
    value: ValueId,
    dice: u64,
    /// The time of the first attempt.
    since: Nanos,
    attempts: u32,
    answered: bool,
    is_probe: bool,
}

/// One datagram of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    request: u32,
    sent_at: Nanos,
    to: NodeId,
    state: AttemptState,
    /// True if the network copied the datagram; the copy may be executed although the original was not.
    is_copied: bool,
    /// True if the history already has it as an operation that never returns.
    is_given_up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AttemptState {
    Waiting,
    Completed,
    /// Redirected: not executed.
    Redirected,
    /// Failed: possibly executed.
    Failed,
}

/// A client's reaction to an answer.
#[derive(Debug)]
pub(crate) enum Reaction {
    /// The request is complete.
    Completed,
    /// The client sends the request again at this time, if a replica is left.
    AskAgain(Nanos, Option<(NodeId, Request)>),
    /// The client gives up, because it would retry without end.
    GivesUp,
    /// The client ignores the answer, for this reason.
    Ignored(&'static str),
}

impl Clients {
    /// Returns the plan's clients, and one more for the liveness phase.
    pub(super) fn new(plan: &Plan, whole_history: bool) -> Self {
        let expected = plan.requests.len();
        let mut all = Clients {
            workload: plan.workload,
            clients: Vec::new(),
            requests: Memory::with_capacity(expected),
            attempts: Memory::with_capacity(expected),
            keys: Vec::new(),
            values: Names::with_capacity(if plan.workload.has_owned_keys() { expected } else { 0 }),
            recorder: Recorder::new(),
            fold_at: if whole_history { usize::MAX } else { REMEMBERED },
            storms: Storms::default(),
            healed_leader: None,
            counts: Counts { latencies: Latencies::with_capacity(expected), ..Counts::default() },
        };
        all.recorder.reserve(expected.min(REMEMBERED));
        all.clients.resize_with(usize::from(plan.clients) + 1, Client::default);
        plan.workload.begin(&mut all);
        all
    }

    /// Returns the client of the liveness phase.
    pub(super) fn prober(&self) -> ClientId {
        ClientId(self.clients.len() as u16 - 1)
    }

    /// Lets every client forget its leader.
    pub(super) fn forget_leader(&mut self) {
        self.clients.iter_mut().for_each(|client| client.leader = None);
    }

    /// Lets every client forget its leader when everything heals.
    ///
    /// The client of the liveness phase is new and knows the leader that the network knows. If it named none, it would
    /// tell the replicas, wrongly, that its leader was killed.
    pub(super) fn forget_leader_and_heal(&mut self, leader: Option<NodeId>) {
        self.forget_leader();
        self.everything_healed();
        self.healed_leader = leader;
    }

    fn start(
        &mut self,
        now: Nanos,
        asked: Asked,
        to: Option<NodeId>,
        living: NodeSet,
    ) -> Option<(NodeId, Request)> {
        self.requests.push(Asked { since: now, ..asked });
        self.attempt(now, self.requests.len() as u32 - 1, to, living)
    }

    /// Makes the first or a further attempt of a request.
    fn attempt(
        &mut self,
        now: Nanos,
        request: u32,
        to: Option<NodeId>,
        living: NodeSet,
    ) -> Option<(NodeId, Request)> {
        if self.requests.is_long() || self.attempts.is_long() {
            self.forget();
        }
        let asked = &mut self.requests[request as usize];
        match asked.kind {
            RequestKind::Get => self.counts.gets += 1,
            RequestKind::Put => self.counts.puts += 1,
        }
        let leader = &mut self.clients[usize::from(asked.client.0)].leader;
        *leader = leader.filter(|&leader| living.contains(leader));
        let to = to.or(*leader).or_else(|| {
            let mut dice = Dice::new(asked.dice, CHOOSE_NODE + u64::from(asked.attempts));
            living.iter().nth(dice.below(living.len().max(1)))
        });
        asked.attempts += 1;
        let id = RequestId(self.attempts.len() as u64);
        let known = leader.or(self.healed_leader.filter(|_| asked.is_probe));
        let known = known.filter(|&leader| living.contains(leader));
        let asked = *asked;
        let attempt = Attempt {
            request,
            sent_at: now,
            to: to.unwrap_or(NodeId(u16::MAX)),
            state: AttemptState::Waiting,
            is_copied: false,
            is_given_up: false,
        };
        self.attempts.push(attempt);
        let key = self.keys[asked.key as usize].name.clone();
        let op = match asked.kind {
            RequestKind::Get => Op::Get { key },
            RequestKind::Put => Op::Put { key, value: self.text(asked.value) },
        };
        to.map(|to| (to, Request { client: asked.client, id, leader: known, op }))
    }

    /// Handles an answer to a client. `leader` is the leader that the replica names.
    pub(super) fn answer(
        &mut self,
        now: Nanos,
        response: &Response,
        from: NodeId,
        leader: Option<NodeId>,
        living: NodeSet,
    ) -> Reaction {
        let Some(attempt) = self.expected(response) else {
            if self.has_forgotten(response.id.0) {
                self.counts.duplicates += 1;
                return Reaction::Ignored("a duplicate of an old one");
            }
            return self.odd(now, response, "names no request of this client");
        };
        match attempt.state {
            AttemptState::Waiting => {}
            AttemptState::Completed => {
                self.counts.duplicates += 1;
                return Reaction::Ignored("a duplicate");
            }
            _ if attempt.is_copied => return Reaction::Ignored("the network copied the request"),
            AttemptState::Redirected => return self.odd(now, response, "was redirected before"),
            AttemptState::Failed => return self.odd(now, response, "failed before"),
        }
        self.clients[usize::from(response.client.0)].leader = leader;
        self.counts.latencies.push(now - attempt.sent_at);
        let state = match response.answer {
            Answer::Done | Answer::Value(_) => AttemptState::Completed,
            Answer::Redirect => AttemptState::Redirected,
            Answer::Fail => AttemptState::Failed,
        };
        self.attempts[response.id.0 as usize].state = state;
        if state == AttemptState::Completed {
            self.complete(now, response, attempt);
            return Reaction::Completed;
        }
        self.counts.redirects += 1;
        if state == AttemptState::Failed {
            let asked = self.requests[attempt.request as usize];
            match asked.kind {
                RequestKind::Get => self.counts.failed_gets += 1,
                RequestKind::Put => self.counts.failed_puts += 1,
            }
            // A put may still take effect. A failed get has no effect, and a storm has thousands of them.
            if asked.kind == RequestKind::Put {
                self.record_unknown(&asked, attempt);
                self.renew_value(attempt.request);
            }
        }
        // A redirect means that the request was not executed, but a copy of it may still be.
        if state == AttemptState::Redirected && attempt.is_copied {
            let asked = self.requests[attempt.request as usize];
            self.record_unknown(&asked, attempt);
            self.renew_value(attempt.request);
        }
        let at = now.max(attempt.sent_at + RETRY_INTERVAL);
        let next = self.attempt(at, attempt.request, None, living);
        if self.gives_up(now, attempt.request, from, response, leader) {
            Reaction::GivesUp
        } else {
            Reaction::AskAgain(at, next)
        }
    }

    /// Returns the request that work for an attempt serves.
    #[inline]
    pub(super) fn served_by(&self, attempt: RequestId) -> Serves {
        let attempt = self.attempts.get(attempt.0 as usize);
        attempt.map_or(Serves::NONE, |attempt| Serves::request(attempt.request))
    }

    /// Records that the network copied a request.
    pub(super) fn request_copied(&mut self, id: RequestId) {
        self.attempts[id.0 as usize].is_copied = true;
    }

    /// Handles a copy of an answer that the network made. The original has arrived already.
    pub(super) fn answer_copy(&mut self, response: &Response) -> Reaction {
        let attempt = self.expected(response);
        let is_old = self.has_forgotten(response.id.0);
        if is_old || attempt.is_some_and(|attempt| attempt.state == AttemptState::Completed) {
            self.counts.duplicates += 1;
        }
        Reaction::Ignored("a copy made by the network")
    }

    fn expected(&self, response: &Response) -> Option<Attempt> {
        let attempt = *self.attempts.get(usize::try_from(response.id.0).ok()?)?;
        let owner = self.requests.get(attempt.request as usize)?.client;
        (owner == response.client).then_some(attempt)
    }

    /// Returns the text of a value.
    fn text(&self, value: ValueId) -> Arc<str> {
        self.recorder.minted(value).cloned().unwrap_or_default()
    }

    /// Records an answer that no correct replica sends.
    fn odd(&mut self, at: Nanos, response: &Response, why: &'static str) -> Reaction {
        let what = format!("an answer to request {} which {why}", response.id.0);
        self.counts.malformed.push(Anomaly { at, who: Actor::Client(response.client), what });
        Reaction::Ignored(why)
    }

    fn complete(&mut self, now: Nanos, response: &Response, attempt: Attempt) {
        let request = attempt.request as usize;
        self.requests[request].answered = true;
        let asked = self.requests[request];
        match (asked.kind, &response.answer) {
            (RequestKind::Get, Answer::Value(value)) => {
                let value = value.as_ref().filter(|text| !text.is_empty());
                let value = value.map(|text| self.value_read(text));
                self.judge_as_the_course_does(now, &asked, value);
                let got = value.unwrap_or(ValueId::MISSING);
                self.record_answer(&asked, attempt, Returned::Got(got), now);
            }
            (RequestKind::Get, _) => {
                self.odd(now, response, "is a get, without a value");
            }
            (RequestKind::Put, _) => {
                self.acknowledge(&asked);
                self.record_answer(&asked, attempt, Returned::Put, now);
            }
        }
    }

    fn acknowledge(&mut self, asked: &Asked) {
        let key = &mut self.keys[asked.key as usize];
        if key.acknowledged.replace(asked.value).is_none() {
            self.clients[usize::from(asked.client.0)].acknowledged.push(asked.key);
            self.counts.keys_acknowledged += u64::from(!asked.is_probe);
        }
    }

    /// Makes the course's only check of values: a get returns the value that its client last saw acknowledged. It has
    /// meaning only if every key belongs to one client.
    fn judge_as_the_course_does(&mut self, at: Nanos, asked: &Asked, got: Option<ValueId>) {
        let key = &self.keys[asked.key as usize];
        if asked.is_probe || !self.workload.has_owned_keys() || got == key.acknowledged {
            return;
        }
        let text = |value: Option<ValueId>| {
            value.map_or_else(|| "nothing".to_owned(), |value| short(&self.text(value)).to_owned())
        };
        let (expected, got, key) = (text(key.acknowledged), text(got), short(&key.name));
        let what = format!("get({key}) returned {got}, last acknowledged was {expected}");
        self.counts.stale.push(Anomaly { at, who: Actor::Client(asked.client), what });
    }
}

impl Asked {
    fn new(client: ClientId, kind: RequestKind, key: u32, value: ValueId, dice: u64) -> Self {
        let (since, attempts, answered, is_probe) = (0, 0, false, false);
        Asked { client, kind, key, value, dice, since, attempts, answered, is_probe }
    }
}
