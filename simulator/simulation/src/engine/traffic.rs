//! Traffic: messages between nodes, answers to clients, and requests of clients.

use crate::Nanos;
use crate::api::{
    AnswerOf, AnyService, Assumption, Ballot, Host, Message, NodeId, OpOf, Outcome, Request,
    RequestId, RequestKind, Response,
};
use crate::engine::books::{Book, BookOf, Driven};
use crate::engine::clients::Reaction;
use crate::engine::network::Fate;
use crate::engine::node_queue::Input;
use crate::engine::{Event, Run};
use crate::faults::links::Passage;
use crate::marks::Mark;
use crate::picture::Fate as Drawn;
use crate::seconds::seconds;
use crate::trace::{Actor, Kind, Note};

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    #[inline]
    pub(super) fn routed(
        &mut self,
        from: NodeId,
        to: NodeId,
        leader: Option<NodeId>,
        message: N::Message,
    ) {
        self.draw(|picture, now| picture.routed(now));
        if self.cluster.is_killed(from) {
            return;
        }
        self.network.messages += 1;
        self.heard_of_leader(from, leader);
        if self.recording.monitor.is_none() {
            self.infer_from_message(from, to, leader, &message);
        }
        match self.network.route(self.time.now, from, to, &message) {
            Fate::Now => {
                let drawn = self.drawn_as(self.time.now, from, to, &message, Drawn::Arrived);
                self.draw_message(from, to, &message, self.time.now, drawn);
                self.arrived(from, to, message);
            }
            Fate::Later(passage) => self.send_on(from, to, message, passage),
            Fate::Cut => {
                self.recording.marks.reach(Mark::MessageCut);
                self.draw_message(from, to, &message, self.time.now, Drawn::CutOff);
                self.lost(from, to, &message, "cut off");
            }
            Fate::Lost => {
                self.recording.marks.reach(Mark::MessageLost);
                if let Some(decisions) = &mut self.recording.decisions {
                    decisions.lost_at.push(self.time.now);
                }
                self.draw_message(from, to, &message, self.time.now, Drawn::Lost);
                self.lost(from, to, &message, "lost");
            }
        }
    }

    /// Infers elections from a message, if no window shows them.
    #[inline(never)]
    fn infer_from_message(
        &mut self,
        from: NodeId,
        to: NodeId,
        leader: Option<NodeId>,
        message: &N::Message,
    ) {
        let state = &mut self.cluster.nodes[from.index()];
        state.last_sent = Some(self.time.now);
        if !state.running {
            // The message was sent before the node stopped.
            return;
        }
        match message.ballot() {
            Some(stands @ Ballot::Stands { .. }) => {
                self.recording.elections.ballot(self.time.now, from, to, stands);
            }
            // Some systems name the candidate that they vote for as the leader.
            Some(Ballot::Votes { .. }) => {}
            None => self.recording.elections.names(self.time.now, from, leader),
        }
    }

    #[inline(never)]
    fn lost(&mut self, from: NodeId, to: NodeId, message: &N::Message, how: &str) {
        self.network.dropped += 1;
        self.recording.fold(self.time.now, 2, from, to, message.fingerprint());
        let text = || Note::from(format!("-> {to}  {message}  ({how})")).with(to);
        self.recording.tracer.note(self.time.now, Kind::Lost, Actor::Node(from), text);
    }

    /// Delivers a message with delay, changes or copies.
    #[inline(never)]
    fn send_on(&mut self, from: NodeId, to: NodeId, mut message: N::Message, passage: Passage) {
        let serves = self.network.serving;
        if passage.arrival > self.time.now {
            self.recording.marks.reach(Mark::MessageDelayed);
        }
        if let Some(dice) = passage.corruption {
            self.recording.fold(self.time.now, 21, from, to, message.fingerprint());
            let Some(corrupted) = message.corrupted(dice) else {
                self.recording.marks.reach(Mark::CorruptionNoticed);
                self.draw_message(from, to, &message, self.time.now, Drawn::Discarded);
                return self.lost(from, to, &message, "corrupted, which the receiver noticed");
            };
            self.note_altered(from, to, &message, || format!("corrupted to: {corrupted}"));
            self.recording.marks.reach(Mark::MessageCorrupted);
            message = corrupted;
        }
        if let Some(after) = passage.copy_after {
            self.recording.marks.reach(Mark::MessageDuplicated);
            let copy_at = passage.arrival + after;
            self.recording.fold(self.time.now, 20, from, to, copy_at);
            self.note_altered(from, to, &message, || format!("once more at {}", seconds(copy_at)));
            let drawn = self.drawn_as(copy_at, from, to, &message, Drawn::Copied);
            self.draw_message(from, to, &message, copy_at, drawn);
            let message = message.clone();
            let is_in_order = passage.held && self.plan.keeps(Assumption::Fifo);
            let event = if is_in_order {
                Event::Released { from, to, serves, message }
            } else {
                Event::Arrived { from, to, serves, message }
            };
            self.time.queue.push(copy_at, event);
        }
        let is_late = passage.arrival > self.time.now;
        let drawn = match passage.corruption {
            Some(_) => Drawn::Corrupted,
            None if is_late => Drawn::Late,
            None => Drawn::Arrived,
        };
        let drawn = self.drawn_as(passage.arrival, from, to, &message, drawn);
        self.draw_message(from, to, &message, passage.arrival, drawn);
        if passage.held {
            self.recording.marks.reach(Mark::MessageHeld);
            self.recording.fold(self.time.now, 22, from, to, passage.arrival);
            let until = || format!("held back until {}", seconds(passage.arrival));
            self.note_altered(from, to, &message, until);
            self.time.queue.push(passage.arrival, Event::Released { from, to, serves, message });
        } else {
            self.time.queue.push(passage.arrival, Event::Arrived { from, to, serves, message });
        }
    }

    fn note_altered(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: &N::Message,
        how: impl FnOnce() -> String,
    ) {
        let text = || Note::from(format!("-> {to}  {message}  ({})", how())).with(to);
        self.recording.tracer.note(self.time.now, Kind::Altered, Actor::Node(from), text);
    }

    #[inline]
    pub(super) fn arrived(&mut self, from: NodeId, to: NodeId, message: N::Message) {
        if self.is_withheld(self.time.now, from, to, &message) {
            return self.lost(from, to, &message, "withheld");
        }
        self.recording.fold(self.time.now, 1, from, to, message.fingerprint());
        if self.recording.monitor.is_none()
            && let Some(vote @ Ballot::Votes { .. }) = message.ballot()
        {
            self.recording.elections.ballot(self.time.now, from, to, vote);
        }
        self.recording.tracer.note(self.time.now, Kind::Message, Actor::Node(from), || {
            Note::from(format!("-> {to}  {message}")).with(to)
        });
        if self.cluster.nodes[to.index()].is_deaf {
            return self.came_too_early(to);
        }
        let state = &self.cluster.nodes[to.index()];
        if self.recording.monitor.is_some() && state.running {
            self.recording.received.received(state.role, message.kind());
        }
        self.step_node(to, Input::Message(from, message));
    }

    /// Handles a datagram to a process that has not sent its hello.
    ///
    /// The datagram is dropped, because the process's address is not known yet. The course's simulator treats the
    /// process as dead from then on.
    #[cold]
    fn came_too_early(&mut self, id: NodeId) {
        // The course's simulator has no restarts, and does not learn that a process has exited.
        let is_first_start =
            self.cluster.nodes[id.index()].starts == 0 && !self.cluster.killed.contains(&id);
        if is_first_start && !self.cluster.mistaken.iter().any(|&(_, it)| it == id) {
            self.cluster.mistaken.push((self.time.now, id));
            let text =
                || "has not said hello: what came is lost, and clients take it for dead".to_owned();
            self.recording.tracer.note(self.time.now, Kind::Lost, Actor::Node(id), text);
        }
    }

    /// Handles the leader that a datagram names.
    #[inline]
    fn heard_of_leader(&mut self, from: NodeId, leader: Option<NodeId>) {
        if !self.network.hears_of_leader(from, leader) {
            return;
        }
        if self.recording.leader_history.last().is_none_or(|&(_, last)| last != leader) {
            self.recording.leader_history.push((self.time.now, leader));
            self.note_leader(from, leader);
        }
    }

    /// Records the named leader in the trace, if no window shows elections.
    fn note_leader(&mut self, from: NodeId, leader: Option<NodeId>) {
        if self.recording.monitor.is_none() {
            self.recording.tracer.note(self.time.now, Kind::Election, Actor::Node(from), || {
                match leader {
                    Some(leader) if leader == from => "says that it leads".to_owned(),
                    Some(leader) => format!("names {leader} as the leader"),
                    None => "knows no leader".to_owned(),
                }
            });
        }
    }

    /// Handles an answer that leaves the router.
    pub(super) fn responded(
        &mut self,
        from: NodeId,
        leader: Option<NodeId>,
        mut response: Response<AnswerOf<N>>,
    ) {
        response.id = self.shared_ids.meant(response.client, response.id);
        self.draw(|picture, now| picture.routed(now));
        if self.cluster.is_killed(from) {
            return;
        }
        self.heard_of_leader(from, leader);
        if self.recording.monitor.is_none() {
            let state = &mut self.cluster.nodes[from.index()];
            state.last_sent = Some(self.time.now);
            // A replica that redirects a client to itself does not lead, and neither does a stopped one.
            if N::Service::outcome(&response.answer) != Outcome::Redirected && state.running {
                self.recording.elections.names(self.time.now, from, leader);
            }
        }
        let (client, RequestId(id)) = (response.client, response.id);
        self.recording.fold(self.time.now, 5, from, NodeId(client.0), id);
        // The answers of a node in this process follow from its messages, which the digest has. Those of an executable
        // may not.
        if self.cluster.host.are_processes() {
            BookOf::<N>::fold_answer(&response.answer, &mut self.recording.digest);
        }
        self.note_progress(&response);
        let Some(arrival) = self.network.client_links.route(self.time.now, client) else {
            self.recording.marks.reach(Mark::ClientMessageLost);
            self.recording.fold(self.time.now, 25, from, NodeId(client.0), id);
            self.draw(|picture, _| picture.lost(id));
            let key = || self.clients.key(response.id);
            let text = || Note::answer(format!("-> {client}  an answer  (lost)"), client, key());
            return self.recording.tracer.note(self.time.now, Kind::Lost, Actor::Node(from), text);
        };
        if let Some(copy_at) = arrival.copy_at {
            self.recording.fold(self.time.now, 26, from, NodeId(client.0), copy_at);
            let what = || format!("-> {client}  an answer  (once more at {})", seconds(copy_at));
            let text = || Note::answer(what(), client, self.clients.key(response.id));
            self.recording.tracer.note(self.time.now, Kind::Altered, Actor::Node(from), text);
            let response = response.clone();
            self.time
                .queue
                .push(copy_at, Event::Answered { from, leader, response, is_copy: true });
        }
        if arrival.at == self.time.now {
            self.answer(from, leader, &response, false);
        } else {
            let event = Event::Answered { from, leader, response, is_copy: false };
            self.time.queue.push(arrival.at, event);
        }
    }

    /// Notes that a replica answers a request, whether or not the answer reaches the client.
    #[inline]
    fn note_progress(&mut self, response: &Response<AnswerOf<N>>) {
        let Some(progress) = &mut self.recording.progress else { return };
        let Some((kind, request)) = self.clients.waits_for(response.id) else { return };
        match N::Service::outcome(&response.answer) {
            Outcome::Completed => progress.completed(self.time.now, kind),
            _ => progress.turned_away(kind, request),
        }
    }

    /// Handles the arrival of an answer that a client's link delayed or copied.
    #[inline(never)]
    pub(super) fn answered(
        &mut self,
        from: NodeId,
        leader: Option<NodeId>,
        response: &Response<AnswerOf<N>>,
        is_copy: bool,
    ) {
        self.recording.fold(self.time.now, 28, from, NodeId(response.client.0), response.id.0);
        self.answer(from, leader, response, is_copy);
    }

    fn answer(
        &mut self,
        from: NodeId,
        leader: Option<NodeId>,
        response: &Response<AnswerOf<N>>,
        is_copy: bool,
    ) {
        if self.withholds_answer(from, response) {
            return;
        }
        let outcome = N::Service::outcome(&response.answer);
        let reaction = if is_copy {
            self.clients.answer_copy(response)
        } else {
            let living = self.askable();
            self.clients.answer(self.time.now, (response, outcome), from, leader, living)
        };
        self.draw(|picture, now| match reaction {
            Reaction::Ignored(_) => picture.ignored(response.id),
            _ => {
                let value = BookOf::<N>::value_read(&response.answer);
                picture.answered(now, from, (response.id, outcome), value);
            }
        });
        let who = Actor::Client(response.client);
        match reaction {
            Reaction::Completed => {
                self.note_completed(response.id);
                let what = || format!("{} from {from}", self.clients.answered(response));
                let text = || Note::answer(what(), from, self.clients.key(response.id));
                self.recording.tracer.note(self.time.now, Kind::Answer, who, text);
            }
            Reaction::Ignored(why) => {
                let what = || format!("ignores an answer of {from}: {why}");
                let text = || Note::answer(what(), from, self.clients.key(response.id));
                self.recording.tracer.note(self.time.now, Kind::Retry, who, text);
            }
            Reaction::AskAgain(at, next) => {
                self.send_request(at, next, Some((turned_away(outcome), from)));
            }
            Reaction::GivesUp => {
                let text = || {
                    let (what, times) = self.clients.asked(response.id);
                    let how = turned_away(outcome);
                    let what = format!(
                        "{what} {how} by {from}: gives up, in a storm, after {times} attempts"
                    );
                    Note::answer(what, from, self.clients.key(response.id))
                };
                self.recording.tracer.note(self.time.now, Kind::Retry, who, text);
            }
        }
    }

    /// Records the latency of a put, if there is a budget for it.
    fn note_completed(&mut self, attempt: RequestId) {
        let Some(spending) = &mut self.recording.spending else { return };
        if let Some((RequestKind::Put, since)) = self.clients.asked_for(attempt) {
            spending.puts.push(self.time.now - since);
        }
    }

    /// Sends a client's request at a time, now or a little later.
    ///
    /// `turned_away` says how and by which replica the previous attempt was turned away. The course's router does not
    /// handle requests.
    pub(super) fn send_request(
        &mut self,
        at: Nanos,
        request: Option<(NodeId, Request<OpOf<N>>)>,
        turned_away: Option<(&str, NodeId)>,
    ) {
        let Some((to, request)) = request else { return };
        let (client, RequestId(id)) = (request.client, request.id);
        self.recording.fold(self.time.now, 6, NodeId(client.0), to, id);
        if let Some(picture) = &mut self.recording.picture {
            let number = self.clients.number(request.id);
            picture.asked(at, (client, request.id), number, to, &self.clients.sketch(request.id));
        }
        let kind = if turned_away.is_some() { Kind::Retry } else { Kind::Ask };
        self.recording.tracer.note(self.time.now, kind, Actor::Client(client), || {
            let (what, times) = self.clients.asked(request.id);
            let what = match turned_away {
                Some((how, by)) => format!("{what} {how} by {by}, asks {to} (attempt {times})"),
                None => format!("asks {what} of {to}"),
            };
            Note::from(what).with(to).about(self.clients.key(request.id))
        });
        let Some(arrival) = self.network.client_links.route(at, client) else {
            self.recording.marks.reach(Mark::ClientMessageLost);
            self.recording.fold(self.time.now, 23, NodeId(client.0), to, id);
            self.draw(|picture, _| picture.lost(id));
            let what = || format!("-> {to}  {}  (lost)", self.clients.asked(request.id).0);
            let text = || Note::from(what()).with(to).about(self.clients.key(request.id));
            return self.recording.tracer.note(
                self.time.now,
                Kind::Lost,
                Actor::Client(client),
                text,
            );
        };
        if let Some(copy_at) = arrival.copy_at {
            self.recording.marks.reach(Mark::RequestDuplicated);
            self.recording.fold(self.time.now, 24, NodeId(client.0), to, copy_at);
            self.recording.tracer.note(self.time.now, Kind::Altered, Actor::Client(client), || {
                let what = self.clients.asked(request.id).0;
                let what = format!("-> {to}  {what}  (once more at {})", seconds(copy_at));
                Note::from(what).with(to).about(self.clients.key(request.id))
            });
            self.clients.request_copied(request.id);
            let request = request.clone();
            self.time.queue.push(copy_at, Event::Asked { to, request });
        }
        if arrival.at == self.time.now {
            self.take_request(to, request);
        } else {
            self.time.queue.push(arrival.at, Event::Asked { to, request });
        }
    }

    /// Handles the arrival of a delayed request.
    #[inline(never)]
    pub(super) fn late_request(&mut self, to: NodeId, request: Request<OpOf<N>>) {
        self.recording.marks.reach(Mark::ClientMessageDelayed);
        self.recording.fold(self.time.now, 27, NodeId(request.client.0), to, request.id.0);
        self.take_request(to, request);
    }

    #[inline]
    fn take_request(&mut self, to: NodeId, mut request: Request<OpOf<N>>) {
        if self.cluster.nodes[to.index()].is_deaf {
            return self.came_too_early(to);
        }
        self.network.serving = self.clients.served_by(request.id);
        if let Some(progress) = &mut self.recording.progress
            && self.cluster.nodes[to.index()].running
            && let Some((kind, number)) = self.clients.waits_for(request.id)
        {
            progress.asked(self.time.now, to, kind, number);
        }
        request.id = self.shared_ids.shown(request.client, request.id);
        self.step_node(to, Input::Request(request));
    }
}

/// Returns the word for an answer that turns a client away.
fn turned_away(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Redirected => "redirected",
        Outcome::Completed | Outcome::Failed => "failed",
    }
}
