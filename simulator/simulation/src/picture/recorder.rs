//! The collector of a picture during a run.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::texts::Texts;
use super::{Attempt, Fate, Outage, Passage, Picture, RaftState, Reply, Sketch, State};
use crate::Nanos;
use crate::api::{ClientId, Message, NodeId, Outcome, RaftWindow, RequestId, Role};

/// The visible state of a replica after a step.
pub(crate) struct Look {
    pub is_running: bool,
    pub leader: Option<NodeId>,
    pub summary: String,
    pub window: Option<Window>,
}

/// The content of a window, with the new part of the log.
pub(crate) struct Window {
    role: Role,
    term: u64,
    commit: u64,
    first: u64,
    last: u64,
    kept: u64,
    /// The entries after `kept`.
    entries: Vec<Entry>,
}

/// An entry of a log: its term, and a number that depends on its content.
type Entry = (u64, u64);

/// Collects a picture.
#[derive(Debug, Default)]
pub(crate) struct PictureRecorder {
    texts: Texts,
    picture: Picture,
    /// When each datagram that the router still holds was sent, in the router's order.
    in_router: VecDeque<Nanos>,
    /// When the datagram that the router deals with was sent.
    sent: Nanos,
    /// The last visible state of each replica.
    known: Vec<Known>,
}

#[derive(Debug, Default)]
struct Known {
    state: Option<State>,
    /// The log, from position 1 on; entries that were never seen are of term 0.
    log: Vec<Entry>,
}

impl PictureRecorder {
    /// A picture of that many replicas.
    pub(crate) fn new(replicas: u16) -> Self {
        let mut known = Vec::new();
        known.resize_with(usize::from(replicas), Known::default);
        PictureRecorder { known, ..PictureRecorder::default() }
    }

    /// A datagram goes to the router, which deals with them in this order.
    pub(crate) fn sent(&mut self, now: Nanos) {
        self.in_router.push_back(now);
    }

    /// The router deals with the next datagram.
    pub(crate) fn routed(&mut self, now: Nanos) {
        self.sent = self.in_router.pop_front().unwrap_or(now);
    }

    /// Notes what becomes of the message that the router has dealt with.
    pub(crate) fn message<M: Message>(
        &mut self,
        (from, to): (NodeId, NodeId),
        message: &M,
        arrived: Nanos,
        fate: Fate,
    ) {
        let (kind, text) = (self.texts.id(&message.kind()), self.texts.id(message));
        let sent = self.sent;
        self.picture.messages.push(Passage { sent, arrived, from, to, kind, text, fate });
    }

    /// A client sends a request.
    pub(crate) fn asked(
        &mut self,
        at: Nanos,
        (client, id): (ClientId, RequestId),
        number: u32,
        to: NodeId,
        sketch: &Sketch,
    ) {
        let put = sketch.put.as_ref().map(|value| self.texts.id(value));
        let call = sketch.call.as_ref().map(|call| self.texts.id(call));
        self.picture.attempts.push(Attempt {
            id: id.0,
            request: number,
            client,
            key: self.texts.id(&sketch.key.as_deref().unwrap_or_default()),
            put,
            call,
            sent: at,
            to,
            reply: None,
            is_lost: false,
            ignored: 0,
        });
    }

    /// The network loses a request, or its answer.
    pub(crate) fn lost(&mut self, id: u64) {
        if let Some(attempt) = self.attempt(id) {
            attempt.is_lost = true;
        }
    }

    /// A client takes an answer, which may carry a value.
    pub(crate) fn answered(
        &mut self,
        at: Nanos,
        by: NodeId,
        (id, outcome): (RequestId, Outcome),
        value: Option<Arc<str>>,
    ) {
        let call = self.attempt(id.0).and_then(|attempt| attempt.call);
        let value = value.map(|text| match call {
            Some(call) => self.texts.joined(call, &text),
            None => self.texts.id(&text),
        });
        if let Some(attempt) = self.attempt(id.0) {
            attempt.reply = Some(Reply { at, by, outcome, value });
        }
    }

    /// A client has no use for an answer.
    pub(crate) fn ignored(&mut self, id: RequestId) {
        if let Some(attempt) = self.attempt(id.0) {
            attempt.ignored += 1;
        }
    }

    /// Attempts are numbered in the order in which they are sent; some are never sent.
    fn attempt(&mut self, id: u64) -> Option<&mut Attempt> {
        let attempts = &mut self.picture.attempts;
        let place = attempts.binary_search_by_key(&id, |attempt| attempt.id).ok()?;
        attempts.get_mut(place)
    }

    /// Reads a replica's window.
    pub(crate) fn window(&self, node: NodeId, window: &dyn RaftWindow) -> Window {
        let log = &self.known[node.index()].log;
        let (first, last) = (window.first_index(), window.last_index());
        let same = |&index: &u64| window.entry(index) == log.get(index as usize - 1).copied();
        let most = last.min(log.len() as u64);
        // What was compacted away cannot be compared; it was committed, so it is what it was.
        let kept = (first..=most).rev().find(same).unwrap_or(most.min(first.saturating_sub(1)));
        let entries = (kept + 1..=last).map(|index| window.entry(index).unwrap_or_default());
        Window {
            role: window.role(),
            term: window.term(),
            commit: window.commit_index(),
            first,
            last,
            kept,
            entries: entries.collect(),
        }
    }

    /// Notes the state of a replica, if it is another than before.
    pub(crate) fn looked(&mut self, at: Nanos, node: NodeId, look: Look) {
        let Look { is_running, leader, summary, window } = look;
        let summary = self.texts.id(&summary);
        let known = &mut self.known[node.index()];
        let raft = window.as_ref().map(|window| RaftState {
            role: window.role,
            term: window.term,
            commit: window.commit,
            first: window.first,
            last: window.last,
            kept: window.kept,
            added: window.entries.len() as u32,
        });
        let state = State { at, node, is_running, leader, summary, raft };
        if known.state.is_some_and(|before| before.is_followed_by_the_same(&state)) {
            return;
        }
        known.state = Some(state);
        self.picture.states.push(state);
        if let Some(window) = window {
            known.log.truncate(window.kept as usize);
            self.picture.terms.extend(window.entries.iter().map(|&(term, _)| term));
            known.log.extend(window.entries);
        }
    }

    /// A fault strikes.
    pub(crate) fn struck(
        &mut self,
        from: Nanos,
        until: Option<Nanos>,
        node: Option<NodeId>,
        name: &str,
        text: &dyn fmt::Display,
    ) {
        let (name, text) = (self.texts.id(&name), self.texts.id(text));
        self.picture.faults.push(Outage { from, until, name, text, node });
    }

    /// The faults of this name that are still on end.
    pub(crate) fn ends(&mut self, now: Nanos, name: &str) {
        let name = self.texts.id(&name);
        let on = |fault: &&mut Outage| fault.name == name && fault.until.is_none_or(|it| it > now);
        self.picture.faults.iter_mut().filter(on).for_each(|fault| fault.until = Some(now));
    }

    /// A replica is gone for good, or starts again: what ailed it does so no more.
    pub(crate) fn relieved(&mut self, now: Nanos, node: NodeId) {
        let on = |fault: &&mut Outage| fault.node == Some(node) && fault.until > Some(now);
        self.picture.faults.iter_mut().filter(on).for_each(|fault| fault.until = Some(now));
    }

    /// Everything heals but what was killed, and what links delayed arrives.
    pub(crate) fn healed(&mut self, now: Nanos) {
        let on = |fault: &&mut Outage| fault.until.is_some_and(|until| until > now);
        self.picture.faults.iter_mut().filter(on).for_each(|fault| fault.until = Some(now));
    }

    /// Records that the messages which links held back arrive now.
    pub(crate) fn released(&mut self, now: Nanos) {
        let late = self.picture.messages.iter_mut().rev().filter(|it| it.arrived > now);
        late.filter(|it| it.fate == Fate::Late).for_each(|message| message.arrived = now);
    }

    pub(crate) fn finish(self) -> Picture {
        Picture { texts: self.texts.into_all(), ..self.picture }
    }
}

impl State {
    /// Returns true if another state shows nothing that this one does not.
    fn is_followed_by_the_same(&self, next: &State) -> bool {
        let same_log = next.raft.is_none_or(|raft| raft.added == 0);
        let seen = |state: &State| {
            let raft = state.raft.map(|it| (it.role, it.term, it.commit, it.first, it.last));
            (state.is_running, state.leader, state.summary, raft)
        };
        same_log && seen(self) == seen(next)
    }
}
