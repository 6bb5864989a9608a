//! Descriptions of requests, and the list of those without an answer.

use std::sync::Arc;

use super::{Attempt, Clients};
use crate::api::{RequestId, RequestKind, Response};
use crate::engine::books::Book;
use crate::evidence::Unanswered;
use crate::picture::Sketch;

impl<B: Book> Clients<B> {
    /// Returns the attempts without an answer, with descriptions of their requests.
    pub(crate) fn unanswered(&self) -> impl Iterator<Item = Unanswered> + use<'_, B> {
        self.waiting().map(|attempt| {
            let asked = &self.requests[attempt.request as usize];
            Unanswered {
                client: asked.client,
                what: self.book.describe(&asked.wish),
                is_get: B::kind(&asked.wish) == RequestKind::Get,
                is_probe: asked.is_probe,
                at: attempt.sent_at,
                to: attempt.to,
            }
        })
    }

    /// Returns the attempts without an answer.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.outcome.is_none())
    }

    /// Returns true if a request of the liveness phase has no answer yet.
    pub(crate) fn waits_for_a_probe(&self) -> bool {
        self.waiting().any(|attempt| self.requests[attempt.request as usize].is_probe)
    }

    /// The number of the request that an attempt is one of.
    pub(crate) fn number(&self, id: RequestId) -> u32 {
        self.attempts[id.0 as usize].request
    }

    /// Returns a description of an attempt's request, and the number of its attempts so far.
    pub(crate) fn asked(&self, id: RequestId) -> (String, u32) {
        let asked = &self.requests[self.attempts[id.0 as usize].request as usize];
        (self.book.describe(&asked.wish), asked.attempts)
    }

    /// The key of a request, if there is such a request, it is not forgotten, and it is about one key.
    pub(crate) fn key(&self, id: RequestId) -> Option<Arc<str>> {
        let attempt = self.attempts.get(usize::try_from(id.0).ok()?)?;
        self.book.key(&self.requests.get(attempt.request as usize)?.wish)
    }

    /// Returns the part of a request that a drawing shows.
    pub(crate) fn sketch(&self, id: RequestId) -> Sketch {
        self.book.sketch(&self.requests[self.number(id) as usize].wish)
    }

    /// Returns a description of a completed request and its answer, for a timeline.
    pub(crate) fn answered(&self, response: &Response<B::Answer>) -> String {
        let asked = &self.requests[self.number(response.id) as usize];
        format!("{} -> {}", self.book.describe(&asked.wish), B::describe_answer(&response.answer))
    }
}
