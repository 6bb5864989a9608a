//! The clients, which send requests without waiting for answers.
//!
//! A *request* is an operation that a client wants; an *attempt* is one datagram that asks for it. A redirect or a fail
//! ends the attempt, and the client sends the request again at once, as the course's clients do. There is no timeout: a
//! request whose datagram or answer is dropped stays unanswered.
//!
//! This file follows a request from its first attempt to its answer. What a request asks for, and how its answer is
//! recorded, is the part of the service's [`Book`]. [`storm`] ends endless retries, [`describe`] describes requests,
//! [`history`] gives them to the book, and [`memory`] forgets old ones.

mod describe;
mod history;
mod memory;
mod storm;

use crate::Nanos;
use crate::api::{ClientId, NodeId, NodeSet, Outcome, Request, RequestId, RequestKind, Response};
use crate::engine::books::{Book, Call};
use crate::engine::serves::Serves;
use crate::evidence::{Anomaly, Counts, TurnedAway};
use crate::metrics::Latencies;
use crate::plan::{Plan, PlannedRequest};
use crate::rng::Dice;
use crate::trace::Actor;

use memory::Memory;
use storm::Storms;

/// The shortest time between two attempts of a request: the time that the course's router takes for a datagram.
///
/// A client that is turned away asks again at once. On a network without delays it could otherwise retry without end
/// while time does not advance.
const RETRY_INTERVAL: Nanos = 100_000;

/// The number of times that the time between two attempts doubles, outside of the course.
const MOST_DOUBLINGS: u32 = 9;

/// The salt of a request's dice for the replica, plus the number of attempts so far.
const CHOOSE_NODE: u64 = 1;

/// All clients and their requests.
#[derive(Debug)]
pub(crate) struct Clients<B: Book> {
    /// The knowledge and the records of the clients.
    book: B,
    /// The leader that each client knows.
    leaders: Vec<Option<NodeId>>,
    requests: Memory<Asked<B::Wish>>,
    attempts: Memory<Attempt>,
    storms: Storms,
    /// True if clients that are turned away ask again at once.
    for_the_course: bool,
    /// The leader that the network knew when everything healed.
    healed_leader: Option<NodeId>,
    /// The counts, in the course's terms.
    pub counts: Counts,
}

/// A request, with all of its attempts.
#[derive(Clone, Debug)]
struct Asked<W> {
    client: ClientId,
    wish: W,
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
    /// The meaning of its answer; `None` while it waits for one.
    outcome: Option<Outcome>,
    /// True if the network copied the datagram; the copy may be executed although the original was not.
    is_copied: bool,
    /// True if the history already has it as an operation that never returns.
    is_given_up: bool,
}

/// A client's reaction to an answer.
#[derive(Debug)]
pub(crate) enum Reaction<O> {
    /// The request is complete.
    Completed,
    /// The client sends the request again at this time, if a replica is left.
    AskAgain(Nanos, Option<(NodeId, Request<O>)>),
    /// The client gives up, because it would retry without end.
    GivesUp,
    /// The client ignores the answer, for this reason.
    Ignored(&'static str),
}

impl<B: Book> Clients<B> {
    /// Returns the plan's clients, and one more for the liveness phase.
    pub(super) fn new(plan: &Plan, whole_history: bool, for_the_course: bool) -> Self {
        let expected = plan.requests.len();
        Clients {
            book: B::new(plan, whole_history),
            leaders: vec![None; usize::from(plan.clients) + 1],
            requests: Memory::with_capacity(expected),
            attempts: Memory::with_capacity(expected),
            storms: Storms::default(),
            for_the_course,
            healed_leader: None,
            counts: Counts { latencies: Latencies::with_capacity(expected), ..Counts::default() },
        }
    }

    /// Lets every client forget its leader.
    pub(super) fn forget_leader(&mut self) {
        self.leaders.fill(None);
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

    /// Returns the request for a planned one that is due, with the replica to which it is sent.
    pub(super) fn ask(
        &mut self,
        now: Nanos,
        planned: &PlannedRequest,
        living: NodeSet,
    ) -> Option<(NodeId, Request<B::Op>)> {
        let wish = self.book.choose(planned, self.requests.len());
        match (planned.kind, B::kind(&wish)) {
            (RequestKind::Get, RequestKind::Put) => {
                self.counts.planned_gets += 1;
                self.counts.gets_not_generated += 1;
            }
            // A service of one's own may read where a write was planned.
            (_, RequestKind::Get) => self.counts.planned_gets += 1,
            (RequestKind::Put, RequestKind::Put) => self.counts.planned_puts += 1,
        }
        let named = planned.to.map(NodeId).filter(|&to| living.contains(to));
        let to = named.or_else(|| self.book.first_replica(planned, living));
        let client = ClientId(planned.client);
        self.start(Asked::new(client, wish, planned.dice, now), to, living)
    }

    /// Returns a write of the liveness phase, sent to a given replica first.
    pub(super) fn probe(
        &mut self,
        now: Nanos,
        to: NodeId,
        living: NodeSet,
    ) -> Option<(NodeId, Request<B::Op>)> {
        let wish = self.book.probe(to, self.requests.len());
        let asked = Asked::new(self.prober(), wish, u64::from(to.0), now);
        self.start(Asked { is_probe: true, ..asked }, Some(to), living)
    }

    /// Returns the reads of the liveness phase, each with the source of its random choices.
    pub(super) fn final_reads(&self) -> Vec<(u64, B::Wish)> {
        self.book.final_reads()
    }

    /// Returns the request for a read of the liveness phase.
    pub(super) fn read(
        &mut self,
        now: Nanos,
        (dice, wish): (u64, B::Wish),
        living: NodeSet,
    ) -> Option<(NodeId, Request<B::Op>)> {
        let asked = Asked::new(self.prober(), wish, dice, now);
        self.start(Asked { is_probe: true, ..asked }, None, living)
    }

    /// Returns the client of the liveness phase.
    fn prober(&self) -> ClientId {
        ClientId(self.leaders.len() as u16 - 1)
    }

    fn start(
        &mut self,
        asked: Asked<B::Wish>,
        to: Option<NodeId>,
        living: NodeSet,
    ) -> Option<(NodeId, Request<B::Op>)> {
        let now = asked.since;
        self.requests.push(asked);
        self.attempt(now, self.requests.len() as u32 - 1, to, living)
    }

    /// Makes the first or a further attempt of a request.
    fn attempt(
        &mut self,
        now: Nanos,
        request: u32,
        to: Option<NodeId>,
        living: NodeSet,
    ) -> Option<(NodeId, Request<B::Op>)> {
        if self.requests.is_long() || self.attempts.is_long() {
            self.forget();
        }
        let asked = &mut self.requests[request as usize];
        match B::kind(&asked.wish) {
            RequestKind::Get => self.counts.gets += 1,
            RequestKind::Put => self.counts.puts += 1,
        }
        let leader = &mut self.leaders[usize::from(asked.client.0)];
        *leader = leader.filter(|&leader| living.contains(leader));
        let to = to.or(*leader).or_else(|| {
            let mut dice = Dice::new(asked.dice, CHOOSE_NODE + u64::from(asked.attempts));
            living.iter().nth(dice.below(living.len().max(1)))
        });
        asked.attempts += 1;
        let id = RequestId(self.attempts.len() as u64);
        let known = leader.or(self.healed_leader.filter(|_| asked.is_probe));
        let known = known.filter(|&leader| living.contains(leader));
        let attempt = Attempt {
            request,
            sent_at: now,
            to: to.unwrap_or(NodeId(u16::MAX)),
            outcome: None,
            is_copied: false,
            is_given_up: false,
        };
        self.attempts.push(attempt);
        let (client, op) = (asked.client, self.book.op(&asked.wish));
        to.map(|to| (to, Request { client, id, leader: known, op }))
    }

    /// Handles an answer to a client. `leader` is the leader that the replica names, `outcome` what the answer means.
    pub(super) fn answer(
        &mut self,
        now: Nanos,
        (response, outcome): (&Response<B::Answer>, Outcome),
        from: NodeId,
        leader: Option<NodeId>,
        living: NodeSet,
    ) -> Reaction<B::Op> {
        let Some(attempt) = self.expected(response) else {
            if self.has_forgotten(response.id.0) {
                self.counts.duplicates += 1;
                return Reaction::Ignored("a duplicate of an old one");
            }
            return self.odd(now, response, "names no request of this client");
        };
        match attempt.outcome {
            None => {}
            Some(Outcome::Completed) => {
                self.counts.duplicates += 1;
                return Reaction::Ignored("a duplicate");
            }
            _ if attempt.is_copied => return Reaction::Ignored("the network copied the request"),
            Some(Outcome::Redirected) => {
                return self.odd(now, response, "was redirected before");
            }
            Some(Outcome::Failed) => return self.odd(now, response, "failed before"),
        }
        self.leaders[usize::from(response.client.0)] = leader;
        self.counts.latencies.push(now - attempt.sent_at);
        self.attempts[response.id.0 as usize].outcome = Some(outcome);
        if outcome == Outcome::Completed {
            self.complete(now, response, attempt);
            return Reaction::Completed;
        }
        self.turned_away(attempt, outcome);
        let at = now.max(attempt.sent_at + self.pause(attempt.request));
        let next = self.attempt(at, attempt.request, None, living);
        let away = TurnedAway { by: from, fails: outcome == Outcome::Failed, leader };
        if self.gives_up(now, attempt.request, away) {
            Reaction::GivesUp
        } else {
            Reaction::AskAgain(at, next)
        }
    }

    /// The shortest time from an attempt of a request to the next one.
    fn pause(&self, request: u32) -> Nanos {
        if self.for_the_course {
            return RETRY_INTERVAL;
        }
        RETRY_INTERVAL << self.requests[request as usize].attempts.min(MOST_DOUBLINGS)
    }

    /// Records an attempt that was turned away.
    fn turned_away(&mut self, attempt: Attempt, outcome: Outcome) {
        self.counts.redirects += 1;
        let kind = B::kind(&self.requests[attempt.request as usize].wish);
        let may_take_effect = match outcome {
            // A failed put may still take effect. A failed get has no effect, and a storm has thousands of them.
            Outcome::Failed => {
                match kind {
                    RequestKind::Get => self.counts.failed_gets += 1,
                    RequestKind::Put => self.counts.failed_puts += 1,
                }
                kind == RequestKind::Put
            }
            // A redirect means that the request was not executed, but a copy of it may still be.
            Outcome::Redirected => attempt.is_copied,
            Outcome::Completed => false,
        };
        if may_take_effect {
            self.record_unknown(attempt);
            self.shorten_history();
            let asked = &mut self.requests[attempt.request as usize];
            asked.wish = self.book.renew(&asked.wish, asked.attempts, asked.is_probe);
        }
    }

    /// Returns the request that work for an attempt serves.
    #[inline]
    pub(super) fn served_by(&self, attempt: RequestId) -> Serves {
        let attempt = self.attempts.get(attempt.0 as usize);
        attempt.map_or(Serves::NONE, |attempt| Serves::request(attempt.request))
    }

    /// Returns the kind of the request that an attempt is for, and the time at which it was first sent.
    pub(super) fn asked_for(&self, attempt: RequestId) -> Option<(RequestKind, Nanos)> {
        let attempt = self.attempts.get(attempt.0 as usize)?;
        let asked = self.requests.get(attempt.request as usize)?;
        Some((B::kind(&asked.wish), asked.since))
    }

    /// Returns the kind and the number of the request of an attempt, if its client waits for an answer to the attempt.
    pub(super) fn waits_for(&self, attempt: RequestId) -> Option<(RequestKind, u32)> {
        let attempt = self.attempts.get(attempt.0 as usize).filter(|it| it.outcome.is_none())?;
        let asked = self.requests.get(attempt.request as usize)?;
        (!asked.answered).then(|| (B::kind(&asked.wish), attempt.request))
    }

    /// Records that the network copied a request.
    pub(super) fn request_copied(&mut self, id: RequestId) {
        self.attempts[id.0 as usize].is_copied = true;
    }

    /// Handles a copy of an answer that the network made. The original has arrived already.
    pub(super) fn answer_copy(&mut self, response: &Response<B::Answer>) -> Reaction<B::Op> {
        let attempt = self.expected(response);
        let is_old = self.has_forgotten(response.id.0);
        if is_old || attempt.is_some_and(|attempt| attempt.outcome == Some(Outcome::Completed)) {
            self.counts.duplicates += 1;
        }
        Reaction::Ignored("a copy made by the network")
    }

    fn expected(&self, response: &Response<B::Answer>) -> Option<Attempt> {
        let attempt = *self.attempts.get(usize::try_from(response.id.0).ok()?)?;
        let owner = self.requests.get(attempt.request as usize)?.client;
        (owner == response.client).then_some(attempt)
    }

    /// Records an answer that no correct replica sends.
    fn odd(
        &mut self,
        at: Nanos,
        response: &Response<B::Answer>,
        why: &'static str,
    ) -> Reaction<B::Op> {
        let what = format!("an answer to request {} which {why}", response.id.0);
        self.counts.malformed.push(Anomaly { at, who: Actor::Client(response.client), what });
        Reaction::Ignored(why)
    }

    fn complete(&mut self, now: Nanos, response: &Response<B::Answer>, attempt: Attempt) {
        let request = attempt.request as usize;
        self.requests[request].answered = true;
        let (requests, counts) = (&self.requests, &mut self.counts);
        let call = requests[request].call(attempt, now);
        let wish_of = |number| requests.get(number).map(|asked| asked.wish.clone());
        match self.book.answered(&call, &response.answer, counts, wish_of) {
            Ok(()) => self.shorten_history(),
            Err(why) => {
                self.odd(now, response, why);
            }
        }
    }
}

impl<W> Asked<W> {
    fn new(client: ClientId, wish: W, dice: u64, since: Nanos) -> Self {
        let (attempts, answered, is_probe) = (0, false, false);
        Asked { client, wish, dice, since, attempts, answered, is_probe }
    }

    /// Returns an attempt of the request as the history records it.
    fn call(&self, attempt: Attempt, returned: Nanos) -> Call<'_, W> {
        Call {
            client: self.client,
            wish: &self.wish,
            is_probe: self.is_probe,
            invoked: attempt.sent_at,
            returned,
            is_recorded: attempt.is_given_up,
        }
    }
}
