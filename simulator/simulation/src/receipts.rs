//! The messages that replicas received, by the receiver's role and the kind of message.
//!
//! A pair that never occurred was not tested: a candidate that is never sent a snapshot may do anything with one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::Role;

/// The number of messages that replicas received, by kind and role; only kinds that were received.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Receipts(BTreeMap<Cow<'static, str>, ByRole>);

/// Numbers of messages, by the role of the receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 3]", into = "[u64; 3]")]
pub struct ByRole {
    /// Received by followers.
    pub follower: u64,
    /// Received by candidates.
    pub candidate: u64,
    /// Received by leaders.
    pub leader: u64,
}

impl Receipts {
    /// Returns true if nothing was received.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the kinds and their numbers, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ByRole)> {
        self.0.iter().map(|(kind, numbers)| (&**kind, *numbers))
    }

    /// Adds other runs.
    pub fn add(&mut self, other: &Receipts) {
        for (kind, numbers) in &other.0 {
            self.0.entry(kind.clone()).or_default().add(numbers);
        }
    }
}

impl From<[u64; 3]> for ByRole {
    fn from([follower, candidate, leader]: [u64; 3]) -> Self {
        ByRole { follower, candidate, leader }
    }
}

impl From<ByRole> for [u64; 3] {
    fn from(numbers: ByRole) -> Self {
        [numbers.follower, numbers.candidate, numbers.leader]
    }
}

impl ByRole {
    fn add(&mut self, other: &ByRole) {
        self.follower = self.follower.saturating_add(other.follower);
        self.candidate = self.candidate.saturating_add(other.candidate);
        self.leader = self.leader.saturating_add(other.leader);
    }
}

/// The counter of one run.
#[derive(Debug, Default)]
pub(crate) struct ReceiptCounter(Vec<(&'static str, ByRole)>);

impl ReceiptCounter {
    /// Counts a message.
    #[inline]
    pub(crate) fn received(&mut self, role: Role, kind: &'static str) {
        // A system has few kinds, and each of them is mostly one text at one place.
        let mut known = self.0.iter_mut();
        let numbers = match known.find(|(known, _)| std::ptr::eq(*known, kind) || *known == kind) {
            Some((_, numbers)) => numbers,
            None => {
                self.0.push((kind, ByRole::default()));
                &mut self.0.last_mut().expect("it was pushed").1
            }
        };
        match role {
            Role::Follower => numbers.follower += 1,
            Role::Candidate => numbers.candidate += 1,
            Role::Leader => numbers.leader += 1,
        }
    }

    /// Returns the numbers of the run.
    pub(crate) fn into_receipts(self) -> Receipts {
        Receipts(self.0.into_iter().map(|(kind, numbers)| (kind.into(), numbers)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_by_kind_and_role() {
        let mut counter = ReceiptCounter::default();
        counter.received(Role::Leader, "vote");
        counter.received(Role::Follower, "vote");
        counter.received(Role::Leader, "vote");
        counter.received(Role::Candidate, "entries");
        let mut all = counter.into_receipts();
        let other = all.clone();
        all.add(&other);
        all.add(&Receipts::default());
        let votes = ByRole { follower: 2, candidate: 0, leader: 4 };
        let entries = ByRole { follower: 0, candidate: 2, leader: 0 };
        assert_eq!(all.iter().collect::<Vec<_>>(), [("entries", entries), ("vote", votes)]);
    }
}
