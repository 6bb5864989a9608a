//! The lists of a plan: losses, faults and requests, each made as short as possible.

use super::Search;
use super::list::shorten;
use super::size::make_plain;
use crate::plan::Losses;

/// The largest number of messages that a request is expected to need on each link.
const MOST_MESSAGES: u32 = 3;

impl Search<'_> {
    /// Tries to remove all items of a kind at once, because most failures do not need them. That saves runs, and the
    /// remaining plan fails for fewer reasons.
    pub(super) fn take_away_wholesale(&mut self) {
        self.accepts_with(|plan| plan.losses = Losses::Listed(Vec::new()));
        self.accepts_with(make_plain);
        self.accepts_with(|plan| plan.faults.clear());
        self.accepts_with(|plan| plan.requests.clear());
    }

    /// Removes the items that the failure does not need.
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

    /// Tries to remove each request together with its messages.
    ///
    /// Without them, later messages have lower numbers on their links, so the listed losses are renumbered.
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

    /// Lists the messages that were dropped in the best plan's run, in place of a probability or of an older list. The
    /// run stays the same, so it is not repeated.
    fn pin_losses(&mut self) {
        self.best.losses = Losses::Listed(self.lost.clone());
    }
}
