//! The replicated log (5.3).

use std::sync::Arc;

use crate::hash::hash_of;
use crate::id::NodeId;
use crate::recent::fingerprint;
use crate::request::{Op, Request};

/// An entry of the log. Cloning it costs at most one reference count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that created it.
    pub term: u64,
    /// The command to apply once the entry is committed.
    pub command: Command,
}

impl Entry {
    /// Returns an upper bound on the bytes that the entry takes in a datagram.
    pub fn encoded_size(&self) -> usize {
        match &self.command {
            Command::Noop => ENTRY_OVERHEAD,
            Command::Put(put) => put.encoded_size(),
        }
    }
}

/// The effect of an entry on the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// No effect: the first entry of a leader's term, which commits the entries of earlier terms (8).
    Noop,
    /// A new value for a key.
    Put(Arc<Put>),
}

/// A put in the log, with its request, so that it is applied once (8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The client that sent the request.
    pub client: NodeId,
    /// The request's id.
    pub id: Arc<str>,
    /// The key.
    pub key: Arc<str>,
    /// The new value of the key.
    pub value: Arc<str>,
    size: usize,
    fingerprint: u64,
    content_hash: u64,
}

/// The bound on indices. No log becomes that long, and sums of smaller indices do not overflow.
pub(crate) const MAX_INDEX: u64 = 1 << 62;

/// Bytes in a datagram for an entry's field names, quotes, term and client.
const ENTRY_OVERHEAD: usize = 96;

impl Put {
    /// Returns a put, whose encoded size is computed here once rather than at every send.
    pub fn new(client: NodeId, id: Arc<str>, key: Arc<str>, value: Arc<str>) -> Self {
        let fingerprint = fingerprint(client, &id);
        let content_hash = hash_of((fingerprint, &*key, &*value));
        let size = ENTRY_OVERHEAD + escaped_len(&id) + escaped_len(&key) + escaped_len(&value);
        Put { client, id, key, value, size, fingerprint, content_hash }
    }

    /// Returns the put that a request asks for; `None` for a get.
    pub fn from_request(request: &Request) -> Option<Self> {
        match &request.op {
            Op::Get { .. } => None,
            Op::Put { key, value } => {
                Some(Put::new(request.client, request.id.clone(), key.clone(), value.clone()))
            }
        }
    }

    /// Returns the fingerprint by which the state machine remembers the request. Computed once per entry.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Returns a hash of the whole put, by which a checker distinguishes entries. Computed once per entry.
    pub fn content_hash(&self) -> u64 {
        self.content_hash
    }

    /// Returns an upper bound on the bytes that the put takes in a datagram.
    pub fn encoded_size(&self) -> usize {
        self.size
    }
}

/// Returns the length of a text as a JSON string, without the quotes. It is not inlined, because its code is long and
/// has several callers.
#[inline(never)]
pub(crate) fn escaped_len(text: &str) -> usize {
    // One test of all bytes first, because few texts have any that need an escape.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & (escaped_byte_len(byte) == 1));
    if is_plain { text.len() } else { text.bytes().map(escaped_byte_len).sum() }
}

/// Returns the length of a character in a JSON string.
pub(crate) fn escaped_char_len(char: char) -> usize {
    u8::try_from(char).ok().filter(u8::is_ascii).map_or(char.len_utf8(), escaped_byte_len)
}

fn escaped_byte_len(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' => 2,
        0..=0x1F => 6,
        _ => 1,
    }
}

/// The log: entries numbered from 1, with terms that never decrease. A snapshot may stand for the oldest ones (7).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Index of the last entry that was compacted away; 0 for none.
    compacted_index: u64,
    /// Term of that entry; 0 for none.
    compacted_term: u64,
    entries: Vec<Entry>,
}

impl Log {
    /// Returns the index of the oldest kept entry, or of the next one.
    ///
    /// It is 1 until the first compaction.
    pub fn first_index(&self) -> u64 {
        self.compacted_index + 1
    }

    /// Returns the index of the newest entry, even if it is compacted; 0 if there never was one.
    pub fn last_index(&self) -> u64 {
        self.compacted_index + self.entries.len() as u64
    }

    /// Returns the term of the newest entry, even if it is compacted; 0 if there never was one.
    pub fn last_term(&self) -> u64 {
        self.entries.last().map_or(self.compacted_term, |entry| entry.term)
    }

    /// Returns the term of the entry at `index`, or of the last compacted one.
    ///
    /// It is 0 for index 0, the position before all entries; `None` for earlier positions, or beyond the end.
    pub fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.compacted_index {
            return Some(self.compacted_term);
        }
        self.entry(index).map(|entry| entry.term)
    }

    /// Returns the entry at `index`, if it is kept.
    pub fn entry(&self, index: u64) -> Option<&Entry> {
        self.entries.get(self.position(index)?)
    }

    /// Returns all kept entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the index of the first kept entry with this term or a later one.
    ///
    /// It is `last_index + 1` if all entries are older.
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

    /// Drops the entries up to `index`, if the log has them: a snapshot stands for them (7).
    pub(crate) fn compact(&mut self, index: u64) {
        if let Some(term) = self.term_at(index) {
            self.entries.drain(..(index - self.compacted_index) as usize);
            (self.compacted_index, self.compacted_term) = (index, term);
        }
    }

    /// Begins the log just after a snapshot's last entry. The entries after it stay if the log has that entry;
    /// otherwise all are dropped (7, Figure 13).
    pub(crate) fn start_after(&mut self, index: u64, term: u64) {
        if self.term_at(index) == Some(term) {
            self.compact(index);
        } else {
            *self = Log { compacted_index: index, compacted_term: term, entries: vec![] }
        }
    }

    /// Returns the entries from `index` on that fit into `budget` encoded bytes; at least one, if there is one.
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

    /// Returns the position of an index in `entries`, also beyond its end.
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
    fn a_compacted_log_keeps_its_indices_and_the_term_before_its_first_entry() {
        let mut log = log(&[1, 1, 3, 3, 5]);
        log.compact(3);
        assert_eq!((log.first_index(), log.last_index(), log.last_term()), (4, 5, 5));
        assert_eq!([0, 2, 3, 4, 6].map(|i| log.term_at(i)), [None, None, Some(3), Some(3), None]);
        assert_eq!((log.first_index_from_term(1), log.first_index_from_term(4)), (4, 5));
        assert_eq!((log.batch(4, 1000).len(), log.batch(2, 1000).len()), (2, 0));
        log.truncate(2);
        log.compact(2);
        assert_eq!(log.entries().len(), 2, "there is nothing to do so far back");
        log.compact(5);
        assert_eq!((log.entries().len(), log.last_index(), log.last_term()), (0, 5, 5));
    }

    #[test]
    fn a_snapshot_keeps_what_follows_it_only_in_the_same_log() {
        let mut same = log(&[1, 2, 2]);
        same.start_after(2, 2);
        assert_eq!((same.first_index(), same.last_index()), (3, 3));
        for (index, term) in [(2, 3), (9, 3)] {
            let mut other = log(&[1, 2, 2]);
            other.start_after(index, term);
            assert_eq!(
                (other.last_index(), other.last_term(), other.entries()),
                (index, term, &[][..])
            );
        }
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
