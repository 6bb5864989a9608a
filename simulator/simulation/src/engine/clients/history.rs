//! Recording of requests in the history, which is kept short during the run.

use std::collections::BTreeMap;

use super::{Asked, Attempt, AttemptState, Clients};
use crate::Nanos;
use crate::bounded_log::REMEMBERED;
use crate::evidence::Counts;
use crate::plan::RequestKind;
use linearizability::{Budget, Call, History, KeyId, Returned, ValueId};

impl Clients {
    /// Adds an operation that returned to the history.
    pub(super) fn record_answer(
        &mut self,
        asked: &Asked,
        attempt: Attempt,
        answer: Returned,
        now: Nanos,
    ) {
        if !attempt.is_given_up {
            self.record(asked, attempt.sent_at, Some((answer, now)));
        }
    }

    /// Adds an operation that may still take effect to the history.
    pub(super) fn record_unknown(&mut self, asked: &Asked, attempt: Attempt) {
        if !attempt.is_given_up {
            self.record(asked, attempt.sent_at, None);
        }
    }

    pub(super) fn record(
        &mut self,
        asked: &Asked,
        invoked: Nanos,
        returned: Option<(Returned, Nanos)>,
    ) {
        let key = self.keys[asked.key as usize].id;
        let call = match asked.kind {
            RequestKind::Get => Call::Get { key },
            RequestKind::Put => Call::Put { key, value: asked.value },
        };
        let operation = self.recorder.invoke(u32::from(asked.client.0), call, invoked);
        if let Some((answer, at)) = returned {
            self.recorder.returned(operation, answer, at);
        }
        if self.recorder.len() >= self.fold_at {
            self.fold_history();
        }
    }

    /// Returns the history, including operations that may still take effect, and the counts.
    pub(crate) fn into_history(mut self) -> (History, Counts) {
        let waiting: Vec<Attempt> = self.waiting().copied().collect();
        self.fold_at = usize::MAX;
        for attempt in waiting {
            let asked = self.requests[attempt.request as usize];
            self.record_unknown(&asked, attempt);
        }
        (self.recorder.finish(), self.counts)
    }

    /// Adds very old attempts without an answer to the history as operations that never return. Otherwise the history
    /// could not be shortened beyond them.
    fn give_up_old(&mut self) {
        let long_ago = self.attempts.len().saturating_sub(REMEMBERED / 4);
        let mut given_up = Vec::new();
        for attempt in self.attempts.before(long_ago) {
            if attempt.state == AttemptState::Waiting && !attempt.is_given_up {
                attempt.is_given_up = true;
                given_up.push(*attempt);
            }
        }
        for attempt in given_up {
            let asked = self.requests[attempt.request as usize];
            self.record(&asked, attempt.sent_at, None);
        }
    }

    /// Checks the history so far, and removes the part that later operations cannot affect.
    #[cold]
    pub(super) fn fold_history(&mut self) {
        self.fold_at = usize::MAX;
        self.give_up_old();
        let mut called_since: BTreeMap<KeyId, Nanos> = BTreeMap::new();
        for attempt in self.waiting().filter(|attempt| !attempt.is_given_up) {
            let key = self.keys[self.requests[attempt.request as usize].key as usize].id;
            let since = called_since.entry(key).or_insert(attempt.sent_at);
            *since = attempt.sent_at.min(*since);
        }
        let unanswered = self.requests.iter().filter(|asked| !asked.answered);
        let mut held: Vec<ValueId> = unanswered.map(|asked| asked.value).collect();
        held.extend(self.keys.iter().filter_map(|key| key.acknowledged));
        let since = |key: KeyId| called_since.get(&key).copied().unwrap_or(Nanos::MAX);
        self.recorder.fold(since, held.into_iter(), Budget::default().steps);
        let recorder = &self.recorder;
        self.values.retain(|text, value| recorder.minted(value) == Some(text));
        self.fold_at = REMEMBERED.max(2 * self.recorder.len());
    }
}
