//! The account: requests in words, and those that still wait.

use super::{Asked, Attempt, AttemptState, Clients, interner};
use crate::api::{Answer, RequestId, Response};
use crate::evidence::Unanswered;
use crate::plan::RequestKind;

impl Clients {
    /// Attempts without an answer: what was asked, when and of whom.
    pub(crate) fn unanswered(&self) -> impl Iterator<Item = Unanswered> + use<'_> {
        self.waiting().map(|attempt| {
            let asked = &self.requests[attempt.request as usize];
            Unanswered {
                client: asked.client,
                what: self.describe(asked),
                is_get: asked.kind == RequestKind::Get,
                is_probe: asked.is_probe,
                at: attempt.sent_at,
                to: attempt.to,
            }
        })
    }

    /// Attempts without an answer.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.state == AttemptState::Waiting)
    }

    /// Whether a request of the liveness phase has no answer yet.
    pub(crate) fn waits_for_a_probe(&self) -> bool {
        self.waiting().any(|attempt| self.requests[attempt.request as usize].is_probe)
    }

    /// The number of the request that an attempt is one of.
    pub(crate) fn number(&self, id: RequestId) -> u32 {
        self.attempts[id.0 as usize].request
    }

    /// The request of an attempt in words, and how often it was asked by now.
    pub(crate) fn asked(&self, id: RequestId) -> (String, u32) {
        let asked = self.requests[self.attempts[id.0 as usize].request as usize];
        (self.describe(&asked), asked.attempts)
    }

    /// A completed request and its answer in words, for a timeline.
    pub(crate) fn answered(&self, response: &Response) -> String {
        let attempt = self.attempts[response.id.0 as usize];
        let asked = self.describe(&self.requests[attempt.request as usize]);
        match &response.answer {
            Answer::Value(Some(value)) => format!("{asked} -> {}", interner::short(value)),
            Answer::Value(None) => format!("{asked} -> nothing"),
            Answer::Done | Answer::Fail | Answer::Redirect => format!("{asked} -> ok"),
        }
    }

    /// A request in words, as timelines and reports name it.
    pub(super) fn describe(&self, asked: &Asked) -> String {
        let key = &self.keys[asked.key as usize].name;
        match asked.kind {
            RequestKind::Get => format!("get({})", interner::short(key)),
            RequestKind::Put => {
                let value = self.text(asked.value);
                format!("put({}, {})", interner::short(key), interner::short(&value))
            }
        }
    }
}
