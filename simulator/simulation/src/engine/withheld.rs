//! Datagrams that the plan withholds: they arrive, and are not handed to whom they are sent.

use crate::Nanos;
use crate::api::{AnswerOf, Host, Message, NodeId, Response};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::picture::Fate;
use crate::trace::{Actor, Kind, Note};

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Returns true if the plan withholds a message that arrives at this moment.
    #[inline]
    pub(super) fn is_withheld(
        &self,
        at: Nanos,
        from: NodeId,
        to: NodeId,
        message: &impl Message,
    ) -> bool {
        let withheld = &self.plan.withheld;
        let ends = [Actor::Node(from), Actor::Node(to)];
        !withheld.is_empty() && withheld.iter().any(|it| it.holds(at, ends, message.kind()))
    }

    /// Returns how a message is drawn that is to arrive at a moment.
    #[inline]
    pub(super) fn drawn_as(
        &self,
        at: Nanos,
        from: NodeId,
        to: NodeId,
        message: &impl Message,
        fate: Fate,
    ) -> Fate {
        if self.is_withheld(at, from, to, message) { Fate::Lost } else { fate }
    }

    /// Returns true if the plan withholds an answer that arrives now; then it is as if it had been lost.
    #[inline]
    pub(super) fn withholds_answer(
        &mut self,
        from: NodeId,
        response: &Response<AnswerOf<N>>,
    ) -> bool {
        !self.plan.withheld.is_empty() && self.withholds_this_answer(from, response)
    }

    #[cold]
    fn withholds_this_answer(&mut self, from: NodeId, response: &Response<AnswerOf<N>>) -> bool {
        let (now, client) = (self.time.now, response.client);
        let ends = [Actor::Node(from), Actor::Client(client)];
        if !self.plan.withheld.iter().any(|it| it.kind.is_none() && it.holds(now, ends, "")) {
            return false;
        }
        self.recording.fold(now, 25, from, NodeId(client.0), response.id.0);
        self.draw(|picture, _| picture.lost(response.id.0));
        let key = || self.clients.key(response.id);
        let text = || Note::answer(format!("-> {client}  an answer  (withheld)"), client, key());
        self.recording.tracer.note(now, Kind::Lost, Actor::Node(from), text);
        true
    }
}
