//! A client's request in a library's log, and the store that the log is applied to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use simulation::api::{Answer, ClientId, Op, Request, RequestId};
use simulation::digest::Digest;

/// The name of a request, which is the same for all copies of it.
pub type Name = (ClientId, RequestId);

/// A client's request, as an entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The request that it executes.
    pub name: Name,
    /// The operation.
    pub op: Op,
}

impl From<&Request> for Command {
    fn from(request: &Request) -> Self {
        Command { name: (request.client, request.id), op: request.op.clone() }
    }
}

impl Command {
    /// Returns the command as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (ClientId(client), RequestId(id)) = self.name;
        let mut bytes = Writer::default();
        bytes.number(u64::from(client));
        bytes.number(id);
        bytes.text(self.op.key());
        if let Op::Put { value, .. } = &self.op {
            bytes.text(value);
        }
        bytes.0
    }

    /// Returns the command that bytes stand for; `None` if they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Command> {
        let mut reader = Reader(bytes);
        let client = ClientId(u16::try_from(reader.number()?).ok()?);
        let name = (client, RequestId(reader.number()?));
        let key = reader.text()?;
        let op = if reader.0.is_empty() {
            Op::Get { key }
        } else {
            Op::Put { key, value: reader.text()? }
        };
        Some(Command { name, op })
    }

    /// Returns a number that depends on the whole command.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.to_bytes())
    }
}

/// Returns a number that depends on all bytes.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.word(bytes.len() as u64);
    digest.bytes(bytes);
    digest.value()
}

/// The state machine: keys with their values, and the puts that were applied.
///
/// A library may execute a command twice if it is asked twice. The second time has no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    values: BTreeMap<Arc<str>, Arc<str>>,
    applied: BTreeSet<Name>,
    /// A number that depends on all commands so far.
    fingerprint: u64,
}

impl Store {
    /// Applies a command and returns the answer to it.
    pub fn apply(&mut self, command: &Command) -> Answer {
        let mut digest = Digest::new();
        digest.word(self.fingerprint);
        digest.word(command.fingerprint());
        self.fingerprint = digest.value();
        match &command.op {
            Op::Get { key } => self.get(key),
            Op::Put { key, value } => {
                if self.applied.insert(command.name) {
                    self.values.insert(key.clone(), value.clone());
                }
                Answer::Done
            }
        }
    }

    /// Returns the answer to a get, from this store as it is.
    pub fn get(&self, key: &str) -> Answer {
        Answer::Value(self.values.get(key).cloned())
    }

    /// Returns a number that depends on all commands that were applied, in their order.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Returns the store as bytes, for a snapshot.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Writer::default();
        bytes.number(self.fingerprint);
        bytes.number(self.values.len() as u64);
        for (key, value) in &self.values {
            bytes.text(key);
            bytes.text(value);
        }
        for (ClientId(client), RequestId(id)) in &self.applied {
            bytes.number(u64::from(*client));
            bytes.number(*id);
        }
        bytes.0
    }

    /// Returns the store of a snapshot; `None` if the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Store> {
        let mut reader = Reader(bytes);
        let mut store = Store { fingerprint: reader.number()?, ..Store::default() };
        for _ in 0..reader.number()? {
            let key = reader.text()?;
            store.values.insert(key, reader.text()?);
        }
        while !reader.0.is_empty() {
            let client = ClientId(u16::try_from(reader.number()?).ok()?);
            store.applied.insert((client, RequestId(reader.number()?)));
        }
        Some(store)
    }
}

/// Bytes that numbers and texts are added to.
#[derive(Clone, Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// Adds a number.
    pub fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    /// Adds bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}

/// Bytes that numbers and texts are read from. Each function returns `None` if they are not there.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    /// Returns the next number.
    pub fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    /// Returns the next bytes that were written with their length.
    pub fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<Arc<str>> {
        std::str::from_utf8(self.bytes()?).ok().map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(id: u64, value: &str) -> Command {
        let op = Op::Put { key: "k".into(), value: value.into() };
        Command { name: (ClientId(3), RequestId(id)), op }
    }

    #[test]
    fn commands_and_stores_are_the_same_after_a_way_through_bytes() {
        let get = Command { name: (ClientId(0), RequestId(1)), op: Op::Get { key: "k".into() } };
        let mut store = Store::default();
        for command in [put(7, "ä"), put(8, ""), get] {
            assert_eq!(Command::from_bytes(&command.to_bytes()), Some(command.clone()));
            store.apply(&command);
            assert_eq!(Store::from_bytes(&store.to_bytes()), Some(store.clone()));
        }
        assert_eq!(Command::from_bytes(&put(7, "x").to_bytes()[..30]), None);
    }

    #[test]
    fn a_put_is_applied_once() {
        let mut store = Store::default();
        for command in [put(1, "old"), put(2, "new"), put(1, "old")] {
            assert_eq!(store.apply(&command), Answer::Done);
        }
        assert_eq!(store.get("k"), Answer::Value(Some("new".into())));
    }
}
