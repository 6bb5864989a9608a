//! Retry storms: requests that are turned away again and again, and their end.
//!
//! A client of the course that is turned away asks again at once, without end. One request that is never answered then
//! fills the network, about 10,000 times per second: the flood that a student sees without a visible cause. A run must
//! end, so once a storm is certain, clients send each request at most [`STORM`] times. So the course's metrics are
//! still taken at the scenario's end.

use std::collections::BTreeMap;

use super::Clients;
use crate::Nanos;
use crate::api::RequestKind;
use crate::engine::books::Book;
use crate::evidence::{STORM, STORM_IS_CERTAIN, Storm, TurnedAway};

/// The state of retry storms.
#[derive(Debug, Default)]
pub(super) struct Storms {
    /// The time from which a storm is certain.
    certain_at: Option<Nanos>,
    /// The number of attempts when everything healed.
    asked_before_healing: Option<usize>,
    /// The requests that were sent [`STORM`] times, with the last answer that turned each away.
    vain: BTreeMap<u32, TurnedAway>,
}

impl<B: Book> Clients<B> {
    /// Returns true if a request that was turned away is not sent again, though its attempt counts.
    pub(super) fn gives_up(&mut self, now: Nanos, request: u32, away: TurnedAway) -> bool {
        let attempts = self.requests[request as usize].attempts;
        if attempts >= STORM {
            self.storms.vain.insert(request, away);
        }
        let repetitions = self.attempts.len() - self.requests.len();
        let since_healing =
            self.storms.asked_before_healing.map_or(0, |before| self.attempts.len() - before);
        let many = STORM_IS_CERTAIN as usize + self.requests.len();
        if attempts >= STORM_IS_CERTAIN || repetitions >= 10 * many || since_healing >= 4 * many {
            self.storms.certain_at.get_or_insert(now);
        }
        self.storms.certain_at.is_some() && attempts >= STORM
    }

    /// Records that everything healed.
    pub(crate) fn everything_healed(&mut self) {
        self.storms.asked_before_healing = Some(self.attempts.len());
    }

    /// Returns the time from which a storm is certain.
    pub(crate) fn storm_at(&self) -> Option<Nanos> {
        self.storms.certain_at
    }

    /// Returns the requests sent at least [`STORM`] times and still not answered; the one sent most often first.
    pub(crate) fn unanswered_storms(&self) -> Vec<Storm> {
        let unanswered = |(request, away): (&u32, &TurnedAway)| {
            let asked = &self.requests[*request as usize];
            (!asked.answered).then(|| Storm {
                request: format!("{} {}", asked.client, self.book.describe(&asked.wish)),
                is_get: B::kind(&asked.wish) == RequestKind::Get,
                key: self.book.key(&asked.wish),
                since: asked.since,
                asked: asked.attempts,
                turned_away: *away,
            })
        };
        let mut storms: Vec<Storm> = self.storms.vain.iter().filter_map(unanswered).collect();
        storms.sort_by_key(|storm| std::cmp::Reverse(storm.asked));
        storms
    }
}
