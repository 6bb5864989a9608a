//! Outgoing datagrams.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::checksum::checksum;
use super::format::kind;
use crate::id::NodeId;
use crate::log::{Command, Entry};
use crate::message::{AppendEntries, AppendResult, InstallSnapshot, Message};
use crate::request::{Outcome, Response};

/// Writes the hello datagram, which shows a process's port to the simulator. Replaces the content of `buffer`.
pub fn encode_hello(buffer: &mut Vec<u8>, src: NodeId) {
    write(buffer, src, NodeId::EVERYBODY, None, "hello", |_: &mut Fields<'_>| Ok(()));
}

/// Writes a message to another replica. Replaces the content of `buffer`.
///
/// `leader` is the member that the sender believes to lead.
pub fn encode_message(
    buffer: &mut Vec<u8>,
    src: NodeId,
    dst: NodeId,
    leader: Option<NodeId>,
    message: &Message,
) {
    let kind = match message {
        Message::RequestVote(_) => kind::REQUEST_VOTE,
        Message::Vote(_) => kind::VOTE,
        Message::AppendEntries(_) => kind::APPEND_ENTRIES,
        Message::InstallSnapshot(_) => kind::INSTALL_SNAPSHOT,
        Message::Appended(_) => kind::APPENDED,
    };
    write(buffer, src, dst, leader, kind, |fields| {
        fields.serialize_entry("check", &checksum(src, dst, message))?;
        fields.serialize_entry("term", &message.term())?;
        match message {
            Message::RequestVote(m) => {
                fields.serialize_entry("pre", &m.pre)?;
                fields.serialize_entry("lastIndex", &m.last_index)?;
                fields.serialize_entry("lastTerm", &m.last_term)
            }
            Message::Vote(m) => {
                fields.serialize_entry("pre", &m.pre)?;
                fields.serialize_entry("granted", &m.granted)
            }
            Message::AppendEntries(m) => append_entries(fields, m),
            Message::InstallSnapshot(m) => install_snapshot(fields, m),
            Message::Appended(m) => {
                fields.serialize_entry("stamp", &m.stamp)?;
                match m.result {
                    AppendResult::Match(index) => fields.serialize_entry("match", &index),
                    AppendResult::Conflict { term, index } => {
                        fields.serialize_entry("conflictTerm", &term)?;
                        fields.serialize_entry("conflictIndex", &index)
                    }
                    AppendResult::Received(bytes) => fields.serialize_entry("received", &bytes),
                }
            }
        }
    });
}

/// Writes an answer to a client. Replaces the content of `buffer`.
///
/// `leader` is the member that the sender believes to lead; a redirect names its own.
pub fn encode_response(
    buffer: &mut Vec<u8>,
    src: NodeId,
    leader: Option<NodeId>,
    response: &Response,
) {
    let (kind, leader) = match &response.outcome {
        Outcome::Got { .. } | Outcome::Done => ("ok", leader),
        Outcome::Fail => ("fail", leader),
        Outcome::Redirect { leader } => ("redirect", *leader),
    };
    write(buffer, src, response.client, leader, kind, |fields| {
        fields.serialize_entry("MID", &*response.id)?;
        match &response.outcome {
            // The course has no null: a missing key has the value "".
            Outcome::Got { value } => {
                fields.serialize_entry("value", value.as_deref().unwrap_or_default())
            }
            _ => Ok(()),
        }
    });
}

type Fields<'a> = <&'a mut serde_json::Serializer<&'a mut Vec<u8>> as Serializer>::SerializeMap;

/// Writes the common fields of all datagrams, then the fields of this one.
fn write(
    buffer: &mut Vec<u8>,
    src: NodeId,
    dst: NodeId,
    leader: Option<NodeId>,
    kind: &str,
    body: impl FnOnce(&mut Fields<'_>) -> serde_json::Result<()>,
) {
    buffer.clear();
    let mut serializer = serde_json::Serializer::new(buffer);
    let written = serializer.serialize_map(None).and_then(|mut fields| {
        fields.serialize_entry("src", &src)?;
        fields.serialize_entry("dst", &dst)?;
        fields.serialize_entry("leader", &leader.unwrap_or(NodeId::EVERYBODY))?;
        fields.serialize_entry("type", kind)?;
        body(&mut fields)?;
        SerializeMap::end(fields)
    });
    debug_assert!(written.is_ok(), "text, numbers and lists always have a JSON form");
}

fn append_entries(fields: &mut Fields<'_>, m: &AppendEntries) -> serde_json::Result<()> {
    fields.serialize_entry("prevIndex", &m.prev_index)?;
    fields.serialize_entry("prevTerm", &m.prev_term)?;
    fields.serialize_entry("entries", &Entries(&m.entries))?;
    fields.serialize_entry("commit", &m.commit)?;
    fields.serialize_entry("stamp", &m.stamp)
}

fn install_snapshot(fields: &mut Fields<'_>, m: &InstallSnapshot) -> serde_json::Result<()> {
    fields.serialize_entry("lastIndex", &m.last_index)?;
    fields.serialize_entry("lastTerm", &m.last_term)?;
    fields.serialize_entry("offset", &m.offset)?;
    fields.serialize_entry("data", &*m.data)?;
    fields.serialize_entry("done", &m.done)?;
    fields.serialize_entry("stamp", &m.stamp)
}

struct Entries<'a>(&'a [Entry]);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for entry in self.0 {
            list.serialize_element(&OneEntry(entry))?;
        }
        list.end()
    }
}

struct OneEntry<'a>(&'a Entry);

impl Serialize for OneEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("term", &self.0.term)?;
        if let Command::Put(put) = &self.0.command {
            fields.serialize_entry("client", &put.client)?;
            fields.serialize_entry("MID", &*put.id)?;
            fields.serialize_entry("key", &*put.key)?;
            fields.serialize_entry("value", &*put.value)?;
        }
        fields.end()
    }
}
