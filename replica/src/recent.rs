//! A bounded memory of request ids.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use crate::hash::FoldHasher;
use crate::id::NodeId;

/// The last so many request ids: what is older than `limit` others is forgotten.
///
/// An id is kept as a fingerprint of 128 bits, so that the memory is small however long the ids are, and stays in the
/// processor's cache. Two ids of 16,384 share one with a probability of 10⁻³⁰; the later one would go unanswered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecentIds {
    limit: usize,
    known: HashSet<u128, BuildHasherDefault<Fingerprinted>>,
    by_age: VecDeque<u128>,
}

impl RecentIds {
    pub fn new(limit: usize) -> Self {
        RecentIds { limit, known: HashSet::default(), by_age: VecDeque::new() }
    }

    /// How many ids are remembered.
    pub fn len(&self) -> usize {
        self.by_age.len()
    }

    /// The fingerprints of the ids, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &u128> {
        self.by_age.iter()
    }

    /// The id is remembered.
    pub fn contains(&self, client: NodeId, id: &Arc<str>) -> bool {
        self.known.contains(&fingerprint(client, id))
    }

    /// Remembers an id. False when it was known already.
    pub fn insert(&mut self, client: NodeId, id: &Arc<str>) -> bool {
        self.insert_fingerprint(fingerprint(client, id))
    }

    /// Remembers an id by its fingerprint, as a snapshot carries it. False when it was known already.
    pub fn insert_fingerprint(&mut self, fingerprint: u128) -> bool {
        if !self.known.insert(fingerprint) {
            return false;
        }
        self.by_age.push_back(fingerprint);
        if self.by_age.len() > self.limit
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// Two hashes with different beginnings, side by side.
fn fingerprint(client: NodeId, id: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = FoldHasher::default();
        hasher.write_u8(salt);
        (client, id).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// A fingerprint is a hash already.
#[derive(Debug, Clone, Default)]
struct Fingerprinted(u64);

impl Hasher for Fingerprinted {
    fn write(&mut self, bytes: &[u8]) {
        let mut hasher = FoldHasher::default();
        hasher.write(bytes);
        self.0 = hasher.finish();
    }

    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_until_limit_others_came() {
        let mut recent = RecentIds::new(2);
        let [a, b, c] = ["a", "b", "c"].map(Arc::<str>::from);
        assert!(recent.insert(NodeId(1), &a));
        assert!(!recent.insert(NodeId(1), &a));
        assert!(recent.insert(NodeId(2), &a), "another client's id");
        assert!(recent.insert(NodeId(1), &b));
        assert!(recent.insert(NodeId(1), &a), "forgotten");
        assert!(recent.insert(NodeId(1), &c));
        assert_eq!((recent.known.len(), recent.by_age.len()), (2, 2));
    }
}
