//! Descriptions of requests, and the list of those without an answer.

use std::sync::Arc;

use super::{Asked, Attempt, AttemptState, Clients, interner};
use crate::api::{Answer, RequestId, Response};
use crate::evidence::Unanswered;
use crate::plan::RequestKind;

impl Clients {
    /// Returns the attempts without an answer, with descriptions of their requests.
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

    /// Returns the attempts without an answer.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.state == AttemptState::Waiting)
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
        let asked = self.requests[self.attempts[id.0 as usize].request as usize];
        (self.describe(&asked), asked.attempts)
    }

    /// The key of a request, if there is such a request and it is not forgotten.
    pub(crate) fn key(&self, id: RequestId) -> Option<Arc<str>> {
        let attempt = self.attempts.get(usize::try_from(id.0).ok()?)?;
        let asked = self.requests.get(attempt.request as usize)?;
        Some(self.keys[asked.key as usize].name.clone())
    }

    /// Returns a description of a completed request and its answer, for a timeline.
    pub(crate) fn answered(&self, response: &Response) -> String {
        let attempt = self.attempts[response.id.0 as usize];
        let asked = self.describe(&self.requests[attempt.request as usize]);
        match &response.answer {
            Answer::Value(Some(value)) if value.is_empty() => format!("{asked} -> \"\""),
            Answer::Value(Some(value)) => format!("{asked} -> {}", interner::short(value)),
            Answer::Value(None) => format!("{asked} -> nothing"),
            Answer::Done | Answer::Fail | Answer::Redirect => format!("{asked} -> ok"),
        }
    }

    /// Returns a description of a request for timelines and reports.
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
