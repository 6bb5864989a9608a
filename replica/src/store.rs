//! The state machine: a map from keys to values.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use crate::codec::{Reader, put_number, put_text};
use crate::hash::FoldHasher;
use crate::id::NodeId;
use crate::log::Put;
use crate::recent::RecentIds;

/// Number of applied requests that the state machine remembers. It must be the same on all replicas, because they are
/// part of the replicated state.
const APPLIED_LIMIT: usize = 2_048;

/// The key-value map to which the log's entries are applied.
///
/// It is the same on every replica at the same applied index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    values: HashMap<Arc<str>, Arc<str>, BuildHasherDefault<FoldHasher>>,
    applied: RecentIds,
    /// The total length of all keys and values, bytes.
    bytes: usize,
}

impl Store {
    pub(crate) fn new() -> Self {
        // Some capacity from the start, because maps that grow from nothing are slow.
        let values = HashMap::with_capacity_and_hasher(224, BuildHasherDefault::default());
        Store { values, applied: RecentIds::new(APPLIED_LIMIT), bytes: 0 }
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Arc<str>> {
        self.values.get(key)
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns the total length of all keys and values, bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns true if no key was ever put.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns all keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let mut all: Vec<_> = self.values.iter().collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// Returns all keys and values in no particular order, which saves sorting.
    pub fn iter_unordered(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.values.iter()
    }

    /// Applies a committed put; each request once (8), however many copies of it the log holds. False for a later copy.
    pub(crate) fn apply(&mut self, put: &Put) -> bool {
        let first = self.applied.insert_fingerprint(put.fingerprint());
        if first {
            self.set(put.key.clone(), put.value.clone());
        }
        first
    }

    fn set(&mut self, key: Arc<str>, value: Arc<str>) {
        let key_bytes = key.len();
        self.bytes += value.len();
        match self.values.insert(key, value) {
            Some(old) => self.bytes -= old.len(),
            None => self.bytes += key_bytes,
        }
    }

    /// Returns true if a request was applied and is still remembered.
    pub(crate) fn has_applied(&self, client: NodeId, id: &Arc<str>) -> bool {
        self.applied.contains(client, id)
    }

    /// Appends the whole state to a text, including the remembered requests.
    pub(crate) fn encode(&self, out: &mut String) {
        for generation in self.applied.generations() {
            put_number(out, generation.len() as u64);
            for fingerprint in generation {
                put_number(out, fingerprint);
            }
        }
        put_number(out, self.values.len() as u64);
        for (key, value) in self.iter() {
            put_text(out, key);
            put_text(out, value);
        }
    }

    /// Reads the text of [`encode`](Self::encode); returns `None` for any other text.
    pub(crate) fn decode(fields: &mut Reader<'_>) -> Option<Self> {
        let mut store = Store::new();
        let generations = [read_fingerprints(fields)?, read_fingerprints(fields)?];
        store.applied = RecentIds::from_generations(APPLIED_LIMIT, generations)?;
        let mut last: Option<Arc<str>> = None;
        for _ in 0..fields.number()? {
            let (key, value) = (Arc::from(fields.text()?), fields.text()?);
            if last.is_some_and(|last| last >= key) {
                return None;
            }
            last = Some(Arc::clone(&key));
            store.set(key, value.into());
        }
        Some(store)
    }
}

/// Reads one generation of remembered requests.
fn read_fingerprints(fields: &mut Reader<'_>) -> Option<Vec<u64>> {
    let count = fields.number()?;
    if count > APPLIED_LIMIT as u64 {
        return None;
    }
    (0..count).map(|_| fields.number()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_applied_once() {
        let put = |id: &str, value: &str| Put::new(NodeId(9), id.into(), "k".into(), value.into());
        let mut store = Store::new();
        assert!(store.apply(&put("first", "1")));
        assert!(store.apply(&put("second", "2")));
        assert!(!store.apply(&put("first", "1")));
        assert_eq!(store.get("k").map(|value| &**value), Some("2"));
        assert_eq!((store.len(), store.bytes()), (1, 2));
    }
}
