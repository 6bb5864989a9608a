//! A bounded memory of request ids.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::hash::FixedState;
use crate::id::NodeId;

type RequestKey = (Arc<str>, NodeId);

/// The last so many request ids: what is older than `limit` others is forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecentIds {
    limit: usize,
    known: HashSet<RequestKey, FixedState>,
    by_age: VecDeque<RequestKey>,
}

impl RecentIds {
    pub fn new(limit: usize) -> Self {
        RecentIds { limit, known: HashSet::default(), by_age: VecDeque::new() }
    }

    /// How many ids are remembered.
    pub fn len(&self) -> usize {
        self.by_age.len()
    }

    /// The ids, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &RequestKey> {
        self.by_age.iter()
    }

    /// The id is remembered.
    pub fn contains(&self, client: NodeId, id: &Arc<str>) -> bool {
        self.known.contains(&(id.clone(), client))
    }

    /// Remembers an id. False when it was known already.
    pub fn insert(&mut self, client: NodeId, id: &Arc<str>) -> bool {
        let key = (id.clone(), client);
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.by_age.push_back(key);
        if self.by_age.len() > self.limit
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
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
