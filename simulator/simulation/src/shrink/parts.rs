//! The lists of a plan: losses, faults and requests, each made as short as it can be.

use super::Search;
use super::list::shorten;
use super::size::make_plain;
use crate::plan::Losses;

/// How many messages a request is expected to cost on each link, at the most.
const MOST_MESSAGES: u32 = 3;

impl Search<'_> {
    /// Takes away all of a kind at once, which most failures do not need: it saves trying them one
    /// by one, and what is left fails for fewer reasons.
    pub(super) fn take_away_wholesale(&mut self) {
        self.accepts_with(|plan| plan.losses = Losses::Listed(Vec::new()));
        self.accepts_with(make_plain);
        self.accepts_with(|plan| plan.faults.clear());
        self.accepts_with(|plan| plan.requests.clear());
    }

    /// Takes away what the failure does not need.
    pub(super) fn shorten_parts(&mut self) {
        self.end_early();
        self.pin_losses();
        let faults = self.best.faults.clone();
        shorten(&faults, |rest| self.accepts_with(|plan| plan.faults = rest.to_vec()));
        self.end_early();
        let requests = self.best.requests.clone();
        shorten(&requests, |rest| self.accepts_with(|plan| plan.requests = rest.to_vec()));
        self.pin_losses();
        if let Losses::Listed(losses) = self.best.losses.clone() {
            shorten(&losses, |rest| {
                self.accepts_with(|plan| plan.losses = Losses::Listed(rest.to_vec()))
            });
        }
        self.drop_requests_and_their_messages();
    }

    /// A request that is left out takes its messages with it, so what is lost on the same links
    /// afterwards has an earlier place there: tries each request together with such a shift.
    fn drop_requests_and_their_messages(&mut self) {
        for number in (0..self.best.requests.len()).rev() {
            (1..=MOST_MESSAGES).any(|fewer| {
                self.accepts_with(|plan| {
                    plan.requests.remove(number);
                    if let Losses::Listed(losses) = &mut plan.losses {
                        losses.iter_mut().for_each(|lost| lost.nth -= fewer.min(lost.nth - 1));
                    }
                })
            });
        }
    }

    /// Names the messages that the best run lost, in place of a probability or of messages that
    /// are not sent any more. That is the same run, so it takes none.
    fn pin_losses(&mut self) {
        self.best.losses = Losses::Listed(self.lost.clone());
    }
}
