//! Incoming datagrams.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::checksum::checksum;
use super::format::{MAX_DATAGRAM, kind};
use crate::id::NodeId;
use crate::log::{Command, Entry, Put};
use crate::message::{
    AppendEntries, AppendResult, Appended, InstallSnapshot, Message, RequestVote, Vote,
};
use crate::request::{Op, Request};

/// The content of a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A message of another replica.
    Message {
        /// The replica that the datagram names as its sender.
        from: NodeId,
        /// The message.
        message: Message,
    },
    /// A client's request.
    Request(Request),
}

/// The reason for which a datagram could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// A datagram longer than [`MAX_DATAGRAM`].
    TooLarge {
        /// The datagram's length, bytes.
        bytes: usize,
    },
    /// Text that is not JSON, or not UTF-8.
    NotJson,
    /// A JSON value other than an object.
    NotAnObject,
    /// A missing field.
    MissingField(&'static str),
    /// A field of another type than expected.
    WrongType {
        /// The field.
        field: &'static str,
        /// The type expected.
        expected: &'static str,
    },
    /// A field without a valid address.
    BadAddress(&'static str),
    /// A `type` that is never sent to a replica.
    UnknownType(String),
    /// A message that was altered on its way.
    WrongChecksum,
    /// A datagram for another replica.
    AddressedElsewhere(NodeId),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::TooLarge { bytes } => {
                write!(f, "{bytes} bytes are more than the {MAX_DATAGRAM} of a datagram")
            }
            DecodeError::NotJson => f.write_str("the datagram is not JSON in UTF-8"),
            DecodeError::NotAnObject => f.write_str("the datagram is not a JSON object"),
            DecodeError::MissingField(field) => write!(f, "field `{field}` is missing"),
            DecodeError::WrongType { field, expected } => {
                write!(f, "field `{field}` is not {expected}")
            }
            DecodeError::BadAddress(field) => {
                write!(f, "field `{field}` is not a valid address of four upper-case hex digits")
            }
            DecodeError::UnknownType(kind) => {
                write!(f, "no message to a replica has the type {kind:?}")
            }
            DecodeError::WrongChecksum => {
                f.write_str("the checksum is wrong: the message was changed on its way")
            }
            DecodeError::AddressedElsewhere(id) => write!(f, "the datagram is for {id}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads a datagram that arrived at replica `me`.
///
/// # Errors
/// [`DecodeError`] for the first fault found. Unknown fields are ignored.
pub fn decode(datagram: &[u8], me: NodeId) -> Result<Incoming, DecodeError> {
    if datagram.len() > MAX_DATAGRAM {
        return Err(DecodeError::TooLarge { bytes: datagram.len() });
    }
    let value: Value = serde_json::from_slice(datagram).map_err(|_| DecodeError::NotJson)?;
    let fields = Fields(value.as_object().ok_or(DecodeError::NotAnObject)?);
    let from = fields.address("src")?;
    let to = fields.address("dst")?;
    // The leader that a client knows does not matter to a replica, whose own term and log decide (5.2).
    fields.address("leader")?;
    if from == NodeId::EVERYBODY {
        return Err(DecodeError::BadAddress("src"));
    }
    if to != me && to != NodeId::EVERYBODY {
        return Err(DecodeError::AddressedElsewhere(to));
    }
    let message = match fields.text("type")? {
        "get" => {
            let key = fields.shared("key")?;
            return fields.request(from, Op::Get { key });
        }
        "put" => {
            let (key, value) = (fields.shared("key")?, fields.shared("value")?);
            return fields.request(from, Op::Put { key, value });
        }
        kind::REQUEST_VOTE => Message::RequestVote(fields.request_vote()?),
        kind::VOTE => Message::Vote(fields.vote()?),
        kind::APPEND_ENTRIES => Message::AppendEntries(fields.append_entries()?),
        kind::INSTALL_SNAPSHOT => Message::InstallSnapshot(fields.install_snapshot()?),
        kind::APPENDED => Message::Appended(fields.appended()?),
        other => return Err(DecodeError::UnknownType(other.to_owned())),
    };
    if fields.number("check")? != u64::from(checksum(from, to, &message)) {
        return Err(DecodeError::WrongChecksum);
    }
    Ok(Incoming::Message { from, message })
}

/// A JSON object, with typed access to its fields.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn get<T>(
        &self,
        field: &'static str,
        expected: &'static str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<T, DecodeError> {
        let value = self.0.get(field).ok_or(DecodeError::MissingField(field))?;
        read(value).ok_or(DecodeError::WrongType { field, expected })
    }

    fn text(&self, field: &'static str) -> Result<&'a str, DecodeError> {
        self.get(field, "text", Value::as_str)
    }

    fn shared(&self, field: &'static str) -> Result<Arc<str>, DecodeError> {
        self.text(field).map(Arc::from)
    }

    fn number(&self, field: &'static str) -> Result<u64, DecodeError> {
        self.get(field, "an integer from 0 to 2^64 - 1", Value::as_u64)
    }

    fn flag(&self, field: &'static str) -> Result<bool, DecodeError> {
        self.get(field, "true or false", Value::as_bool)
    }

    fn address(&self, field: &'static str) -> Result<NodeId, DecodeError> {
        let text = self.text(field)?;
        text.parse().map_err(|_| DecodeError::BadAddress(field))
    }

    fn request(&self, client: NodeId, op: Op) -> Result<Incoming, DecodeError> {
        let id = self.shared("MID")?;
        Ok(Incoming::Request(Request { client, id, op }))
    }

    fn request_vote(&self) -> Result<RequestVote, DecodeError> {
        Ok(RequestVote {
            term: self.number("term")?,
            pre: self.flag("pre")?,
            last_index: self.number("lastIndex")?,
            last_term: self.number("lastTerm")?,
        })
    }

    fn vote(&self) -> Result<Vote, DecodeError> {
        Ok(Vote {
            term: self.number("term")?,
            pre: self.flag("pre")?,
            granted: self.flag("granted")?,
        })
    }

    fn append_entries(&self) -> Result<AppendEntries, DecodeError> {
        let entries = self.get("entries", "a list", Value::as_array)?;
        Ok(AppendEntries {
            term: self.number("term")?,
            prev_index: self.number("prevIndex")?,
            prev_term: self.number("prevTerm")?,
            entries: entries.iter().map(entry).collect::<Result<_, _>>()?,
            commit: self.number("commit")?,
            stamp: self.number("stamp")?,
        })
    }

    fn install_snapshot(&self) -> Result<InstallSnapshot, DecodeError> {
        Ok(InstallSnapshot {
            term: self.number("term")?,
            last_index: self.number("lastIndex")?,
            last_term: self.number("lastTerm")?,
            offset: self.number("offset")?,
            data: self.shared("data")?,
            done: self.flag("done")?,
            stamp: self.number("stamp")?,
        })
    }

    fn appended(&self) -> Result<Appended, DecodeError> {
        let result = if self.0.contains_key("match") {
            AppendResult::Match(self.number("match")?)
        } else if self.0.contains_key("received") {
            AppendResult::Received(self.number("received")?)
        } else {
            AppendResult::Conflict {
                term: self.number("conflictTerm")?,
                index: self.number("conflictIndex")?,
            }
        };
        Ok(Appended { term: self.number("term")?, stamp: self.number("stamp")?, result })
    }
}

fn entry(value: &Value) -> Result<Entry, DecodeError> {
    let fields = Fields(
        value
            .as_object()
            .ok_or(DecodeError::WrongType { field: "entries", expected: "a list of objects" })?,
    );
    let command = if !fields.0.contains_key("client") {
        Command::Noop
    } else {
        Command::Put(Arc::new(Put::new(
            fields.address("client")?,
            fields.shared("MID")?,
            fields.shared("key")?,
            fields.shared("value")?,
        )))
    };
    Ok(Entry { term: fields.number("term")?, command })
}
