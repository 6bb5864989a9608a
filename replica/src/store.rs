//! The state machine: a map from keys to values.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::log::Put;
use crate::recent::RecentIds;

/// How many applied requests the state machine remembers. Part of the replicated state, hence the same everywhere.
const APPLIED_LIMIT: usize = 4_096;

/// The key-value map that the log's entries are applied to, the same on every replica at the same applied index.
#[derive(Debug, Clone)]
pub struct Store {
    values: BTreeMap<Arc<str>, Arc<str>>,
    applied: RecentIds,
}

impl Store {
    pub(crate) fn new() -> Self {
        Store { values: BTreeMap::new(), applied: RecentIds::new(APPLIED_LIMIT) }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Arc<str>> {
        self.values.get(key)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// No key was ever put.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.values.iter()
    }

    /// Applies a committed put; each request once (8), however many copies of it the log holds.
    pub(crate) fn apply(&mut self, put: &Put) {
        if self.applied.insert(put.client, &put.id) {
            self.values.insert(put.key.clone(), put.value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;

    #[test]
    fn a_request_is_applied_once() {
        let put = |id: &str, value: &str| Put::new(NodeId(9), id.into(), "k".into(), value.into());
        let mut store = Store::new();
        store.apply(&put("first", "1"));
        store.apply(&put("second", "2"));
        store.apply(&put("first", "1"));
        assert_eq!(store.get("k").map(|value| &**value), Some("2"));
    }
}
