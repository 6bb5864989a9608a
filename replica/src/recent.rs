//! A bounded memory of request ids.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem;
use std::sync::Arc;

use crate::hash::{FoldHasher, hash_of};
use crate::id::NodeId;

/// The latest request ids. Each is remembered until at least `limit`, and at most twice as many, others have come.
///
/// They are kept in two generations. When the newer one is full, the whole older one is forgotten, so no id is ever
/// removed from a set. An id is kept as a fingerprint of 64 bits, so that the memory is small for ids of any length,
/// and stays in the processor's cache. A new id has the same fingerprint as one of 4,096 others with a probability of
/// 2·10⁻¹⁶; its request would get no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecentIds {
    limit: usize,
    newer: Generation,
    older: Generation,
}

type Generation = HashSet<u64, BuildHasherDefault<Fingerprinted>>;

impl RecentIds {
    pub(crate) fn new(limit: usize) -> Self {
        // Some capacity from the start, because sets that grow from nothing are slow.
        let newer = Generation::with_capacity_and_hasher(limit.min(224), Default::default());
        RecentIds { limit, newer, older: Generation::default() }
    }

    /// Returns the fingerprints of both generations, the older one first, each in order.
    pub(crate) fn generations(&self) -> [Vec<u64>; 2] {
        [&self.older, &self.newer].map(|generation| {
            let mut fingerprints: Vec<u64> = generation.iter().copied().collect();
            fingerprints.sort_unstable();
            fingerprints
        })
    }

    /// Returns the memory with these generations; `None` if an id occurs twice or a generation is too large.
    pub(crate) fn from_generations(limit: usize, generations: [Vec<u64>; 2]) -> Option<Self> {
        let count: usize = generations.iter().map(Vec::len).sum();
        let [older, newer] = generations.map(|generation| generation.into_iter().collect());
        let recent: RecentIds = RecentIds { limit, newer, older };
        let sound = recent.newer.len() < limit
            && recent.older.len() <= limit
            && recent.newer.union(&recent.older).count() == count;
        sound.then_some(recent)
    }

    /// Returns true if an id is remembered.
    pub(crate) fn contains(&self, client: NodeId, id: &Arc<str>) -> bool {
        let fingerprint = fingerprint(client, id);
        self.newer.contains(&fingerprint) || self.older.contains(&fingerprint)
    }

    /// Remembers an id. Returns false if it was known already.
    pub(crate) fn insert(&mut self, client: NodeId, id: &Arc<str>) -> bool {
        self.insert_fingerprint(fingerprint(client, id))
    }

    /// Remembers an id by its fingerprint. Returns false if it was known already.
    pub(crate) fn insert_fingerprint(&mut self, fingerprint: u64) -> bool {
        if self.older.contains(&fingerprint) || !self.newer.insert(fingerprint) {
            return false;
        }
        if self.newer.len() >= self.limit {
            mem::swap(&mut self.newer, &mut self.older);
            self.newer.clear();
        }
        true
    }
}

/// Returns the fingerprint of a request id, which is what the memory keeps.
pub(crate) fn fingerprint(client: NodeId, id: &str) -> u64 {
    hash_of((client, id))
}

/// A hasher that returns a fingerprint unchanged, because it is a hash already.
#[derive(Debug, Clone, Default)]
struct Fingerprinted(u64);

impl Hasher for Fingerprinted {
    fn write(&mut self, bytes: &[u8]) {
        let mut hasher = FoldHasher::default();
        hasher.write(bytes);
        self.0 = hasher.finish();
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
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
        let mut insert = |client, id: &str| recent.insert(NodeId(client), &id.into());
        assert!(insert(1, "a"));
        assert!(!insert(1, "a"));
        assert!(insert(2, "a"), "another client's id");
        assert!(insert(1, "b"));
        assert!(!insert(1, "a"), "of the older generation");
        assert!(insert(1, "c"));
        assert!(insert(1, "a"), "forgotten");
        assert!(!insert(1, "c"), "of the older generation by now");
    }

    #[test]
    fn generations_are_all_there_is_to_it() {
        let mut recent = RecentIds::new(3);
        (0..8).for_each(|id: u32| assert!(recent.insert(NodeId(1), &id.to_string().into())));
        let generations = recent.generations();
        assert_eq!(generations.each_ref().map(Vec::len), [3, 2]);
        assert_eq!(RecentIds::from_generations(3, generations.clone()).as_ref(), Some(&recent));
        assert_eq!(RecentIds::from_generations(2, generations.clone()), None, "too full");
        let [older, _] = generations;
        let twice = [older.clone(), vec![older[0]]];
        assert_eq!(RecentIds::from_generations(3, twice), None, "an id twice");
    }
}
