//! The replicated log (5.3).

use std::sync::Arc;

use crate::id::NodeId;
use crate::message::{Op, Request};

/// One slot of the log. Cloning it costs at most one reference count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that created it.
    pub term: u64,
    /// What to apply once it is committed.
    pub command: Command,
}

impl Entry {
    /// An upper bound of the bytes the entry takes in a datagram.
    pub fn encoded_size(&self) -> usize {
        match &self.command {
            Command::Noop => ENTRY_OVERHEAD,
            Command::Put(put) => put.encoded_size(),
        }
    }
}

/// What an entry does to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Nothing: the first entry of a leader's term, by which it commits what earlier terms left behind (8).
    Noop,
    /// Sets a key.
    Put(Arc<Put>),
}

/// A put as the log carries it, with the request it came from, so that it is applied once (8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Who asked for it.
    pub client: NodeId,
    /// The request's id.
    pub id: Arc<str>,
    /// The key.
    pub key: Arc<str>,
    /// Its new value.
    pub value: Arc<str>,
    size: usize,
}

/// Room for an entry's field names, quotes, term and client in a datagram.
const ENTRY_OVERHEAD: usize = 96;

impl Put {
    /// A put, with its encoded size worked out once, here, rather than at every send.
    pub fn new(client: NodeId, id: Arc<str>, key: Arc<str>, value: Arc<str>) -> Self {
        let size = ENTRY_OVERHEAD + escaped_len(&id) + escaped_len(&key) + escaped_len(&value);
        Put { client, id, key, value, size }
    }

    /// The put a request asks for; none for a get.
    pub fn from_request(request: &Request) -> Option<Self> {
        match &request.op {
            Op::Get { .. } => None,
            Op::Put { key, value } => {
                Some(Put::new(request.client, request.id.clone(), key.clone(), value.clone()))
            }
        }
    }

    /// An upper bound of the bytes the put takes in a datagram.
    pub fn encoded_size(&self) -> usize {
        self.size
    }
}

/// The length of a text as a JSON string, without the quotes.
pub(crate) fn escaped_len(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' => 2,
            0..=0x1F => 6,
            _ => 1,
        })
        .sum()
}

/// The log: entries numbered from 1, with terms that never decrease.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    entries: Vec<Entry>,
}

impl Log {
    /// Index of the oldest entry kept, or of the next one when the log is empty. 1 as long as nothing compacts the log.
    pub fn first_index(&self) -> u64 {
        1
    }

    /// Index of the newest entry; 0 when there is none.
    pub fn last_index(&self) -> u64 {
        self.first_index() - 1 + self.entries.len() as u64
    }

    /// Term of the newest entry; 0 when there is none.
    pub fn last_term(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.term)
    }

    /// Term of the entry at `index`; 0 for index 0, the place before the first entry; none beyond the end.
    pub fn term_at(&self, index: u64) -> Option<u64> {
        if index == 0 {
            return Some(0);
        }
        self.entry(index).map(|entry| entry.term)
    }

    /// The entry at `index`, if there is one.
    pub fn entry(&self, index: u64) -> Option<&Entry> {
        self.entries.get(self.position(index)?)
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Index of the first entry with this term or a later one; `last_index + 1` when all are older.
    pub fn first_index_from_term(&self, term: u64) -> u64 {
        let older = self.entries.partition_point(|entry| entry.term < term);
        self.first_index() + older as u64
    }

    /// Adds an entry at the end and returns its index.
    pub(crate) fn append(&mut self, entry: Entry) -> u64 {
        debug_assert!(entry.term >= self.last_term());
        self.entries.push(entry);
        self.last_index()
    }

    /// Drops the entry at `index` and all after it.
    pub(crate) fn truncate(&mut self, index: u64) {
        if let Some(position) = self.position(index) {
            self.entries.truncate(position);
        }
    }

    /// The entries from `index` on whose encoded sizes add up to at most `budget` bytes: always one, if there is one.
    pub(crate) fn batch(&self, index: u64, budget: usize) -> Vec<Entry> {
        let rest = self
            .position(index)
            .and_then(|position| self.entries.get(position..))
            .unwrap_or_default();
        let mut bytes = 0;
        let fitting = rest
            .iter()
            .take_while(|entry| {
                bytes += entry.encoded_size();
                bytes <= budget
            })
            .count();
        rest[..fitting.max(1).min(rest.len())].to_vec()
    }

    /// The only place where an index becomes a position, so that a log that starts later needs a change only here.
    fn position(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.first_index())?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(terms: &[u64]) -> Log {
        let mut log = Log::default();
        for &term in terms {
            log.append(Entry { term, command: Command::Noop });
        }
        log
    }

    fn put(value: &str) -> Entry {
        let put = Put::new(NodeId(0x15), "m".into(), "k".into(), value.into());
        Entry { term: 1, command: Command::Put(Arc::new(put)) }
    }

    #[test]
    fn indices_start_at_one_and_zero_is_the_place_before() {
        let log = log(&[1, 1, 3]);
        assert_eq!((log.last_index(), log.last_term()), (3, 3));
        assert_eq!(
            [0, 1, 3, 4, u64::MAX].map(|index| log.term_at(index)),
            [Some(0), Some(1), Some(3), None, None]
        );
        assert_eq!(log.entry(0), None);
    }

    #[test]
    fn terms_are_found_by_bisection() {
        let log = log(&[1, 1, 3, 3, 5]);
        assert_eq!([1, 2, 3, 5, 6].map(|term| log.first_index_from_term(term)), [1, 3, 3, 5, 6]);
    }

    #[test]
    fn a_batch_keeps_to_its_budget_but_always_moves() {
        let mut log = Log::default();
        for _ in 0..10 {
            log.append(put(&"v".repeat(100)));
        }
        let one = put(&"v".repeat(100)).encoded_size();
        assert_eq!(log.batch(1, one * 3).len(), 3);
        assert_eq!(log.batch(9, one * 3).len(), 2);
        assert_eq!(log.batch(1, 5).len(), 1);
        assert_eq!(log.batch(11, 1000).len(), 0);
    }

    #[test]
    fn sizes_count_what_json_escapes() {
        for text in ["plain", "\"quoted\\", "\u{0}\u{1f}\n\t", "äöü✓", "\u{7f}"] {
            let json = serde_json::to_string(text).unwrap();
            assert!(escaped_len(text) >= json.len() - 2, "{text:?}");
        }
    }
}
