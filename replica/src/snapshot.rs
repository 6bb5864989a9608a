//! Snapshots: the state after some entry of the log, which stands for that entry and all before it (7).

use std::sync::Arc;

use crate::codec::{Reader, put_number};
use crate::log::MAX_INDEX;
use crate::store::Store;

/// A snapshot of the state machine, and its position in the log.
///
/// Taking one costs a reference count. The store is copied once per snapshot, when the next put is applied to it: about
/// 0.1 µs and two reference counts per key, because texts are shared. Snapshots are rare enough that this is less than
/// one copied key per put (see [`Config::snapshot_after`](crate::Config::snapshot_after)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Index of the last entry that the snapshot stands for.
    pub index: u64,
    /// Term of that entry.
    pub term: u64,
    /// The state machine after that entry.
    pub store: Arc<Store>,
}

impl Snapshot {
    /// Appends the snapshot to a text. Equal snapshots give equal texts, on any member.
    pub fn encode(&self, out: &mut String) {
        put_number(out, self.index);
        put_number(out, self.term);
        self.store.encode(out);
    }

    /// Reads the text of [`encode`](Self::encode); returns `None` for any other text.
    pub fn decode(text: &str) -> Option<Self> {
        let mut fields = Reader::new(text);
        let (index, term) = (fields.number()?, fields.number()?);
        let store = Arc::new(Store::decode(&mut fields)?);
        let sound = (1..MAX_INDEX).contains(&index) && term > 0 && fields.at_end();
        sound.then_some(Snapshot { index, term, store })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;
    use crate::log::Put;

    fn snapshot(puts: &[(&str, &str, &str)]) -> Snapshot {
        let mut store = Store::new();
        for (id, key, value) in puts {
            store.apply(&Put::new(NodeId(21), (*id).into(), (*key).into(), (*value).into()));
        }
        Snapshot { index: 7, term: 3, store: Arc::new(store) }
    }

    fn text(snapshot: &Snapshot) -> String {
        let mut out = String::new();
        snapshot.encode(&mut out);
        out
    }

    #[test]
    fn a_snapshot_survives_as_text() {
        let snapshot = snapshot(&[("m1", "b", "1"), ("m2", "a", "ü"), ("m3", "b", "2")]);
        let text = text(&snapshot);
        // Index, term, no and three remembered requests, two keys with their values.
        let expected = "7 3 0 3 5374170378068870511 8644913225865537291 18420434884785350613 \
                        2 1:a2:ü1:b1:2";
        assert_eq!(text, expected);
        let decoded = Snapshot::decode(&text).unwrap();
        assert_eq!(decoded, snapshot);
        let mut store = (*decoded.store).clone();
        store.apply(&Put::new(NodeId(21), "m1".into(), "b".into(), "1".into()));
        assert_eq!(store.get("b").map(|value| &**value), Some("2"), "m1 is still known");
    }

    #[test]
    fn no_part_and_no_other_form_of_it_is_a_snapshot() {
        let text = text(&snapshot(&[("m1", "b", "1"), ("m2", "a", "2")]));
        for cut in 0..text.len() {
            assert_eq!(Snapshot::decode(&text[..cut]), None, "cut at {cut}");
        }
        for (good, bad) in [
            ("7 3 ", "0 3 "),
            ("7 3 ", "7 0 "),
            ("7 3 ", "9223372036854775807 3 "),
            ("1:a1:21:b1:1", "1:b1:11:a1:2"),
            ("1:a1:21:b1:1", "1:a1:21:a1:1"),
            ("5374170378068870511 ", "8644913225865537291 "),
            ("8644913225865537291", "18446744073709551616"),
            ("1:1", "1:1 "),
        ] {
            assert!(text.contains(good));
            assert_eq!(Snapshot::decode(&text.replacen(good, bad, 1)), None, "{bad}");
        }
    }
}
