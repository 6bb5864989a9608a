//! The checksum of a message between replicas.
//!
//! UDP's own checksum has only 16 bits, and does not cover changes by a router that reads a datagram and writes it
//! again, as the course's does. Raft assumes that messages may be dropped, but not that they are wrong: a replica would
//! accept a term or an index with a flipped bit. Hence a CRC-32 over the *values* of a message, in a fixed order. It
//! does not depend on the JSON's whitespace, on the order of fields, or on escapes. It does not cover `leader`, which
//! is addressed to the network.

use crc32fast::Hasher;

use crate::id::NodeId;
use crate::log::{Command, Entry};
use crate::message::{AppendEntries, AppendResult, InstallSnapshot, Message};

/// Returns the checksum of a message from `src` to `dst`.
pub(super) fn checksum(src: NodeId, dst: NodeId, message: &Message) -> u32 {
    let mut sum = Sum(Hasher::new());
    sum.numbers(&[u64::from(src.0), u64::from(dst.0), message.term()]);
    match message {
        Message::RequestVote(m) => {
            sum.numbers(&[1, u64::from(m.pre), m.last_index, m.last_term]);
        }
        Message::Vote(m) => sum.numbers(&[2, u64::from(m.pre), u64::from(m.granted)]),
        Message::AppendEntries(m) => sum.append_entries(m),
        Message::InstallSnapshot(m) => sum.install_snapshot(m),
        Message::Appended(m) => {
            sum.numbers(&[5, m.stamp]);
            match m.result {
                AppendResult::Match(index) => sum.numbers(&[1, index]),
                AppendResult::Conflict { term, index } => sum.numbers(&[2, term, index]),
                AppendResult::Received(bytes) => sum.numbers(&[3, bytes]),
            }
        }
    }
    sum.0.finalize()
}

/// A checksum in progress. Numbers count as eight bytes, the least significant first; texts follow their length.
struct Sum(Hasher);

impl Sum {
    fn numbers(&mut self, numbers: &[u64]) {
        numbers.iter().for_each(|number| self.0.update(&number.to_le_bytes()));
    }

    fn text(&mut self, text: &str) {
        self.numbers(&[text.len() as u64]);
        self.0.update(text.as_bytes());
    }

    fn append_entries(&mut self, m: &AppendEntries) {
        self.numbers(&[3, m.prev_index, m.prev_term, m.commit, m.stamp, m.entries.len() as u64]);
        m.entries.iter().for_each(|entry| self.entry(entry));
    }

    fn entry(&mut self, entry: &Entry) {
        match &entry.command {
            Command::Noop => self.numbers(&[1, entry.term]),
            Command::Put(put) => {
                self.numbers(&[2, entry.term, u64::from(put.client.0)]);
                [&put.id, &put.key, &put.value].into_iter().for_each(|text| self.text(text));
            }
        }
    }

    fn install_snapshot(&mut self, m: &InstallSnapshot) {
        self.numbers(&[4, m.last_index, m.last_term, m.offset, u64::from(m.done), m.stamp]);
        self.text(&m.data);
    }
}
