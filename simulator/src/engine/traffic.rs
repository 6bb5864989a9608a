//! Traffic: messages between nodes, answers to clients, and requests of clients.

use crate::engine::clients::Reaction;
use crate::engine::network::Fate;
use crate::engine::work::Input;
use crate::engine::{Event, Run};
use crate::marks::Mark;
use crate::node::{Answer, Message, Node, NodeId, Request, RequestId, Response};
use crate::trace::{Kind, Who};

impl<N: Node> Run<'_, N> {
    #[inline]
    pub(super) fn routed(
        &mut self,
        from: NodeId,
        to: NodeId,
        leader: Option<NodeId>,
        message: N::Message,
    ) {
        if self.is_killed(from) {
            return;
        }
        self.messages += 1;
        self.heard_of_leader(from, leader);
        match self.links.route(self.now, from, to) {
            Fate::Now => self.arrived(from, to, message),
            Fate::Later(first, second) => {
                if first > self.now {
                    self.marks.reach(Mark::MessageDelayed);
                }
                if let Some(second) = second {
                    self.marks.reach(Mark::MessageDuplicated);
                    let message = message.clone();
                    self.queue.push(second, Event::Arrived { from, to, message });
                }
                self.queue.push(first, Event::Arrived { from, to, message });
            }
            fate @ (Fate::Cut | Fate::Lost) => self.lost(from, to, &message, fate),
        }
    }

    pub(super) fn lost(&mut self, from: NodeId, to: NodeId, message: &N::Message, fate: Fate) {
        self.dropped += 1;
        self.marks.reach(if fate == Fate::Cut { Mark::MessageCut } else { Mark::MessageLost });
        self.fold(2, from, to, message.fingerprint());
        self.tracer.note(self.now, Kind::Lost, Who::Node(from), || {
            let how = if fate == Fate::Cut { "cut off" } else { "lost" };
            format!("-> {to}  {message}  ({how})")
        });
    }

    #[inline]
    pub(super) fn arrived(&mut self, from: NodeId, to: NodeId, message: N::Message) {
        self.fold(1, from, to, message.fingerprint());
        self.tracer
            .note(self.now, Kind::Message, Who::Node(from), || format!("-> {to}  {message}"));
        self.step_node(to, Input::Message(from, message));
    }

    /// The network's idea of the leader: the last one named, on the chosen side of a partition.
    #[inline]
    pub(super) fn heard_of_leader(&mut self, from: NodeId, leader: Option<NodeId>) {
        if self.links.partition.is_some_and(|side| !side.contains(from)) {
            return;
        }
        self.leader = leader;
        if self.leaders.last() != Some(&leader) {
            self.leaders.push(leader);
        }
    }

    pub(super) fn responded(&mut self, from: NodeId, leader: Option<NodeId>, response: Response) {
        if self.is_killed(from) {
            return;
        }
        self.heard_of_leader(from, leader);
        self.fold(5, from, NodeId(response.client.0), response.id.0);
        let reaction = self.clients.answer(self.now, &response, leader, self.living);
        let who = Who::Client(response.client);
        match reaction {
            Reaction::Completed => {
                let text = || format!("{} from {from}", self.clients.answered(&response));
                self.tracer.note(self.now, Kind::Answer, who, text);
            }
            Reaction::Ignored(why) => {
                let text = || format!("ignores an answer of {from}: {why}");
                self.tracer.note(self.now, Kind::Bounce, who, text);
            }
            Reaction::AskAgain(next) => {
                let turned_away = match response.answer {
                    Answer::Redirect => "redirected",
                    _ => "failed",
                };
                self.send_request(next, Some((turned_away, from)));
            }
        }
    }

    /// A killed replica's socket is closed, and with it goes what waits there. A crashed one's is not.
    fn is_killed(&self, id: NodeId) -> bool {
        !self.slots[id.index()].running && !self.living.contains(id)
    }

    /// A client's request reaches a replica: client traffic is never lost and needs no router.
    /// One that was turned away elsewhere says how, and by whom.
    pub(super) fn send_request(
        &mut self,
        request: Option<(NodeId, Request)>,
        turned_away: Option<(&str, NodeId)>,
    ) {
        let Some((to, request)) = request else { return };
        let RequestId(id) = request.id;
        self.fold(6, NodeId(request.client.0), to, id);
        let kind = if turned_away.is_some() { Kind::Bounce } else { Kind::Ask };
        self.tracer.note(self.now, kind, Who::Client(request.client), || {
            let (what, times) = self.clients.asked(request.id);
            match turned_away {
                Some((how, by)) => format!("{what} {how} by {by}, asks {to} (attempt {times})"),
                None => format!("asks {what} of {to}"),
            }
        });
        self.storm |= self.clients.is_storm(request.id);
        self.step_node(to, Input::Request(request));
    }
}
