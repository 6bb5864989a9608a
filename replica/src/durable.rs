//! Durable state, which must survive a crash: the term, the vote, the log, and the snapshot before the log.
//!
//! A replica outputs [`Durable`] records to persist. A caller that keeps them in order, up to some point, can recover
//! the replica from their sum, a [`DurableState`]. A simulator models a disk by applying the synced records; the binary
//! writes them to a file.

use std::sync::Arc;

use crate::codec::{Reader, put_number, put_text};
use crate::id::NodeId;
use crate::log::{Command, Entry, Log, Put};
use crate::snapshot::Snapshot;

/// A change of durable state (Figure 2, "persistent state on all servers").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Durable {
    /// The current term, and the vote in it.
    Term {
        /// The term.
        term: u64,
        /// The candidate that got the vote in this term, if one did.
        voted_for: Option<NodeId>,
    },
    /// An entry at the end of the log.
    Append {
        /// The entry's index: one beyond the last.
        index: u64,
        /// The entry.
        entry: Entry,
    },
    /// A truncation of the log.
    Truncate {
        /// Index of the first entry that is removed.
        from: u64,
    },
    /// The state after some entry, which stands for that entry and all before it. If the log has another entry at that
    /// position, or none, the snapshot replaces the whole log.
    Snapshot(Arc<Snapshot>),
}

/// Durable state of a replica: the sum of the [`Durable`] records so far.
///
/// ```
/// use replica::{Config, Durable, DurableState, NodeId, Replica};
///
/// let mut disk = DurableState::default();
/// disk.apply(&Durable::Term { term: 7, voted_for: Some(NodeId(1)) });
/// let replica = Replica::recover(Config::default(), NodeId(0), &[NodeId(1)], 42, 0, disk);
/// assert_eq!((replica.term(), replica.voted_for()), (7, Some(NodeId(1))));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DurableState {
    pub(crate) term: u64,
    pub(crate) voted_for: Option<NodeId>,
    /// The newest snapshot, if one was ever taken or received.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    /// The entries after the snapshot.
    pub(crate) log: Log,
}

impl DurableState {
    /// Applies a record; one that does not fit changes nothing.
    ///
    /// The records of one replica fit in the order in which they were pushed.
    ///
    /// # Errors
    /// [`Misfit`] if this record cannot come next.
    pub fn apply(&mut self, record: &Durable) -> Result<(), Misfit> {
        match record {
            Durable::Term { term, voted_for } => {
                if *term < self.term {
                    return Err(Misfit);
                }
                (self.term, self.voted_for) = (*term, *voted_for);
            }
            Durable::Append { index, entry } => {
                let terms = self.log.last_term().max(1)..=self.term;
                if *index != self.log.last_index() + 1 || !terms.contains(&entry.term) {
                    return Err(Misfit);
                }
                self.log.append(entry.clone());
            }
            Durable::Truncate { from } => {
                if *from < self.log.first_index() || *from > self.log.last_index() {
                    return Err(Misfit);
                }
                self.log.truncate(*from);
            }
            Durable::Snapshot(snapshot) => {
                if snapshot.index < self.log.first_index() || snapshot.term > self.term {
                    return Err(Misfit);
                }
                self.log.start_after(snapshot.index, snapshot.term);
                self.snapshot = Some(snapshot.clone());
            }
        }
        Ok(())
    }

    /// Returns true if nothing was ever persisted.
    pub fn is_empty(&self) -> bool {
        self.term == 0
    }

    /// Returns the fewest records that add up to this state.
    pub fn records(&self) -> impl Iterator<Item = Durable> {
        let term = Durable::Term { term: self.term, voted_for: self.voted_for };
        let snapshot = self.snapshot.iter().cloned().map(Durable::Snapshot);
        let entries = (self.log.first_index()..)
            .zip(self.log.entries())
            .map(|(index, entry)| Durable::Append { index, entry: entry.clone() });
        std::iter::once(term).chain(snapshot).chain(entries)
    }
}

/// A record that cannot follow those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit;

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the record does not fit those before it")
    }
}

impl std::error::Error for Misfit {}

impl Durable {
    /// Appends the record to a text, in the form that [`decode`](Self::decode) reads.
    pub fn encode(&self, out: &mut String) {
        match self {
            Durable::Term { term, voted_for } => {
                out.push_str("term ");
                put_number(out, *term);
                put_number(out, voted_for.unwrap_or(NodeId::EVERYBODY).0.into());
            }
            Durable::Append { index, entry } => {
                out.push_str(match entry.command {
                    Command::Noop => "noop ",
                    Command::Put(_) => "put ",
                });
                put_number(out, *index);
                put_number(out, entry.term);
                if let Command::Put(put) = &entry.command {
                    put_number(out, put.client.0.into());
                    put_text(out, &put.id);
                    put_text(out, &put.key);
                    put_text(out, &put.value);
                }
            }
            Durable::Truncate { from } => {
                out.push_str("truncate ");
                put_number(out, *from);
            }
            Durable::Snapshot(snapshot) => {
                out.push_str("snapshot ");
                snapshot.encode(out);
            }
        }
    }

    /// Reads a record; `None` if the text is anything but exactly one.
    pub fn decode(text: &str) -> Option<Durable> {
        let (kind, rest) = text.split_once(' ')?;
        let mut fields = Reader::new(rest);
        let record = match kind {
            "term" => Durable::Term {
                term: fields.number()?,
                voted_for: Some(read_id(&mut fields)?).filter(|id| *id != NodeId::EVERYBODY),
            },
            "noop" => {
                let (index, term) = (fields.number()?, fields.number()?);
                Durable::Append { index, entry: Entry { term, command: Command::Noop } }
            }
            "put" => {
                let (index, term) = (fields.number()?, fields.number()?);
                let client = read_id(&mut fields)?;
                let mut text = || fields.text().map(Arc::from);
                let put = Put::new(client, text()?, text()?, text()?);
                Durable::Append { index, entry: Entry { term, command: Command::Put(put.into()) } }
            }
            "truncate" => Durable::Truncate { from: fields.number()? },
            "snapshot" => return Some(Durable::Snapshot(Arc::new(Snapshot::decode(rest)?))),
            _ => return None,
        };
        fields.at_end().then_some(record)
    }
}

/// Reads an address.
pub(crate) fn read_id(fields: &mut Reader<'_>) -> Option<NodeId> {
    fields.number()?.try_into().ok().map(NodeId)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noop(index: u64, term: u64) -> Durable {
        Durable::Append { index, entry: Entry { term, command: Command::Noop } }
    }

    #[test]
    fn records_add_up() {
        let mut state = DurableState::default();
        let records = [
            Durable::Term { term: 1, voted_for: Some(NodeId(2)) },
            noop(1, 1),
            noop(2, 1),
            Durable::Truncate { from: 2 },
            Durable::Term { term: 3, voted_for: None },
            noop(2, 3),
        ];
        for record in &records {
            assert_eq!(state.apply(record), Ok(()));
        }
        assert_eq!((state.term, state.voted_for, state.log.last_index()), (3, None, 2));
        let mut again = DurableState::default();
        for record in state.records() {
            assert_eq!(again.apply(&record), Ok(()));
        }
        assert_eq!(again, state);
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut state = DurableState::default();
        assert!(state.is_empty());
        for record in [Durable::Term { term: 5, voted_for: None }, noop(1, 2)] {
            assert_eq!(state.apply(&record), Ok(()));
        }
        let before = state.clone();
        let misfits = [
            Durable::Term { term: 4, voted_for: None },
            noop(1, 2),
            noop(3, 2),
            noop(2, 1),
            noop(2, 6),
            Durable::Truncate { from: 2 },
            Durable::Truncate { from: 0 },
        ];
        for record in misfits {
            assert_eq!(state.apply(&record), Err(Misfit), "{record:?}");
        }
        assert_eq!(state, before);
    }

    #[test]
    fn records_survive_as_text() {
        let put = Put::new(NodeId(21), "m 1".into(), "k:".into(), "ü\n".into());
        let records = [
            (Durable::Term { term: 9, voted_for: Some(NodeId(3)) }, "term 9 3 "),
            (Durable::Term { term: 9, voted_for: None }, "term 9 65535 "),
            (noop(4, 2), "noop 4 2 "),
            (
                Durable::Append {
                    index: 5,
                    entry: Entry { term: 2, command: Command::Put(put.into()) },
                },
                "put 5 2 21 3:m 12:k:3:ü\n",
            ),
            (Durable::Truncate { from: 7 }, "truncate 7 "),
        ];
        for (record, text) in records {
            let mut out = String::new();
            record.encode(&mut out);
            assert_eq!(out, text);
            assert_eq!(Durable::decode(text), Some(record));
            assert_eq!(Durable::decode(&text[..text.len() - 1]), None, "cut");
            assert_eq!(Durable::decode(&format!("{text} ")), None, "more than one");
        }
    }
}
