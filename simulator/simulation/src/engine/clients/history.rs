//! The part of the clients that has requests recorded in the history, which is kept short during the run.

use super::{Asked, Attempt, Clients};
use crate::ServiceHistory;
use crate::bounded_log::REMEMBERED;
use crate::engine::books::Book;
use crate::evidence::Counts;

impl<B: Book> Clients<B> {
    /// Adds an operation that may still take effect to the history.
    pub(super) fn record_unknown(&mut self, attempt: Attempt) {
        let call = self.requests[attempt.request as usize].call(attempt, attempt.sent_at);
        self.book.unanswered(&call);
    }

    /// Shortens the history if it has become long.
    #[inline]
    pub(super) fn shorten_history(&mut self) {
        if self.book.is_long() {
            self.fold_history();
        }
    }

    /// Returns the history, including operations that may still take effect, and the counts.
    pub(crate) fn into_history(mut self) -> (ServiceHistory, Counts) {
        let waiting: Vec<Attempt> = self.waiting().copied().collect();
        for attempt in waiting {
            self.record_unknown(attempt);
        }
        (self.book.into_history(), self.counts)
    }

    /// Adds very old attempts without an answer to the history as operations that never return. Otherwise the history
    /// could not be shortened beyond them.
    fn give_up_old(&mut self) {
        let long_ago = self.attempts.len().saturating_sub(REMEMBERED / 4);
        let mut given_up = Vec::new();
        for attempt in self.attempts.before(long_ago) {
            if attempt.outcome.is_none() && !attempt.is_given_up {
                given_up.push(*attempt);
                attempt.is_given_up = true;
            }
        }
        for attempt in given_up {
            self.record_unknown(attempt);
        }
    }

    /// Checks the history so far, and removes the part that later operations cannot affect.
    #[cold]
    fn fold_history(&mut self) {
        self.give_up_old();
        let wish = |asked: &Asked<B::Wish>| asked.wish.clone();
        let open = self
            .waiting()
            .filter(|attempt| !attempt.is_given_up)
            .map(|attempt| (wish(&self.requests[attempt.request as usize]), attempt.sent_at));
        let unanswered = self.requests.iter().filter(|asked| !asked.answered).map(wish);
        let (open, unanswered) = (open.collect(), unanswered.collect());
        self.book.fold(open, unanswered);
    }
}
