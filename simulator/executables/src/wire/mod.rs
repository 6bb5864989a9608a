//! The course's datagrams: requests to a replica, and everything that it sends.

mod ballot;
mod mid;
mod request;
mod show;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::output::plain;
use simulation::api::{
    Answer, Ballot, CLIENTS_START_AFTER, ClientId, Message, NodeId, RequestId, Response,
};
use simulation::digest::Digest;
use simulation::text::beginning;

pub(super) use request::write as write_request;

/// The address of all replicas; as a leader, the unknown one.
const EVERYBODY: u16 = 0xffff;

/// The first of the simulator's ports; there is one for each replica.
const FIRST_PORT: u16 = 40_000;

/// Returns the simulator's port to which a replica sends everything.
pub(super) fn port_for(id: NodeId) -> u16 {
    FIRST_PORT + id.0
}

/// A datagram between replicas; its content is up to their authors.
#[derive(Clone, Debug)]
pub(crate) struct Datagram {
    bytes: Arc<[u8]>,
    fingerprint: u64,
    ballot: Option<Ballot>,
}

impl Datagram {
    fn new(bytes: &[u8], kind: &str) -> Self {
        let mut digest = Digest::new();
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| digest.word(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| digest.word(u64::from(*byte)));
        let ballot = ballot::infer(kind, || serde_json::from_slice(bytes).ok());
        Datagram { bytes: bytes.into(), fingerprint: digest.value(), ballot }
    }

    /// Returns the content of the datagram.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Message for Datagram {
    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn ballot(&self) -> Option<Ballot> {
        self.ballot
    }
}

/// Writes the message's type, then the fields that are the replica's own.
impl fmt::Display for Datagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::write(f, &self.bytes)
    }
}

/// The content of a datagram from a replica.
#[derive(Debug)]
pub(super) enum Heard {
    /// The replica says that it is there.
    Hello,
    /// A message to another replica, or to all of them.
    Message { to: Option<NodeId>, message: Datagram },
    /// An answer to a client.
    Answer(Response),
}

/// The fields that every datagram has, and those of answers. All other fields are unknown.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    src: Option<&'a RawValue>,
    #[serde(borrow)]
    dst: Option<&'a RawValue>,
    #[serde(borrow)]
    leader: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, rename = "MID")]
    mid: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    value: Option<&'a RawValue>,
}

/// Reads a field that is present, though it may be `null`.
fn present<'de, D: Deserializer<'de>>(field: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(field).map(Some)
}

/// Reads a replica's datagram: the leader that it names, and its content.
///
/// # Errors
///
/// A phrase about the mistake in it, which follows "sent".
pub(super) fn read(bytes: &[u8], replicas: u16) -> Result<(Option<NodeId>, Heard), String> {
    let wrong = |what: &str| format!("{what}: {}", excerpt(bytes));
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("a datagram that is no UTF-8"))?;
    let fields: Fields<'_> = serde_json::from_str(text)
        .map_err(|error| wrong(&format!("a datagram that is no JSON object ({error})")))?;
    let address = |name: &str, field: Option<&RawValue>| {
        let field = field.ok_or_else(|| wrong(&format!("a message without `{name}`")))?;
        let parsed = string(field).and_then(|text| parse_address(&text));
        parsed.ok_or_else(|| wrong(&format!("a message whose `{name}` is not four hex digits")))
    };
    let (_, to) = (address("src", fields.src)?, address("dst", fields.dst)?);
    let leader = Some(NodeId(address("leader", fields.leader)?)).filter(|id| id.0 < replicas);
    let kind = fields.kind.ok_or_else(|| wrong("a message without `type`"))?;
    let kind = string(kind).ok_or_else(|| wrong("a message whose `type` is no text"))?;
    if kind == "hello" {
        return Ok((leader, Heard::Hello));
    }
    if to == EVERYBODY || to < replicas {
        let to = (to != EVERYBODY).then_some(NodeId(to));
        let message = Datagram::new(bytes, &kind);
        return Ok((leader, Heard::Message { to, message }));
    }
    let client = to.checked_sub(replicas + CLIENTS_START_AFTER);
    let client = client.ok_or_else(|| wrong("a message to an address that nobody has"))?;
    let mid = fields.mid.ok_or_else(|| wrong("an answer without `MID`"))?;
    let answer = match (&*kind, fields.value) {
        ("ok", Some(value)) => Answer::Value(read_value(value)),
        ("ok", None) => Answer::Done,
        ("fail", _) => Answer::Fail,
        ("redirect", _) => Answer::Redirect,
        _ => return Err(wrong("an answer of a type that clients do not know")),
    };
    let id = string(mid).map_or(RequestId::UNKNOWN, |mid| mid::request_of(&mid));
    Ok((leader, Heard::Answer(Response { client: ClientId(client), id, answer })))
}

/// Reads a get's value: a string, or `null`. Anything else is a value that was never written.
fn read_value(value: &RawValue) -> Option<Arc<str>> {
    match string(value) {
        Some(text) => Some(text.as_ref().into()),
        None if value.get() == "null" => None,
        None => Some(value.get().into()),
    }
}

/// Returns the content of a JSON string.
fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    let text = value.get();
    let plain = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match plain {
        Some(plain) if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
        _ => serde_json::from_str(text).ok().map(Cow::Owned),
    }
}

/// Reads an address of exactly four hexadecimal digits.
pub(super) fn parse_address(text: &str) -> Option<u16> {
    let is_address = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_address { u16::from_str_radix(text, 16).ok() } else { None }
}

/// Returns the beginning of a datagram, for a message to users.
fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 100;
    beginning(&plain(&String::from_utf8_lossy(bytes)), SHOWN).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        match read(text.as_bytes(), 5) {
            Ok((_, heard)) => panic!("{heard:?}"),
            Err(problem) => problem,
        }
    }

    #[test]
    fn what_is_malformed_is_named() {
        let cases = [
            ("{", "no JSON object"),
            ("[1]", "no JSON object"),
            (r#"{"dst":"0001","leader":"FFFF","type":"x"}"#, "without `src`"),
            (r#"{"src":"0","dst":"0001","leader":"FFFF","type":"x"}"#, "`src` is not four"),
            (r#"{"src":"0000","dst":1,"leader":"FFFF","type":"x"}"#, "`dst` is not four"),
            (r#"{"src":"0000","dst":"0001","leader":"FFFF"}"#, "without `type`"),
            (r#"{"src":"0000","dst":"0007","leader":"FFFF","type":"x"}"#, "nobody has"),
            (r#"{"src":"0000","dst":"0015","leader":"FFFF","type":"ok"}"#, "without `MID`"),
            (r#"{"src":"0000","dst":"0015","leader":"FFFF","type":"x","MID":"1"}"#, "do not know"),
        ];
        for (text, expected) in cases {
            assert!(problem(text).contains(expected), "{text}: {}", problem(text));
        }
        assert!(read(b"\xff\xfe", 5).is_err_and(|problem| problem.contains("no UTF-8")));
    }

    #[test]
    fn answers_are_told_apart() {
        let answer = |fields: &str| {
            let text = format!(r#"{{"src":"0000","dst":"0016","leader":"0002",{fields}}}"#);
            match read(text.as_bytes(), 5) {
                Ok((Some(NodeId(2)), Heard::Answer(response))) => response,
                other => panic!("{other:?}"),
            }
        };
        let mid = format!(r#""MID":"{}""#, mid::mid_of(RequestId(255)));
        let ok = answer(&format!(r#""type":"ok",{mid}"#));
        assert_eq!(ok, Response { client: ClientId(1), id: RequestId(255), answer: Answer::Done });
        let value = |value: &str| answer(&format!(r#""type":"ok",{mid},"value":{value}"#)).answer;
        assert_eq!(value(r#""v""#), Answer::Value(Some("v".into())));
        assert_eq!(value(r#""a\nb""#), Answer::Value(Some("a\nb".into())));
        assert_eq!(value("null"), Answer::Value(None));
        assert_eq!(value("17"), Answer::Value(Some("17".into())));
        assert_eq!(answer(&format!(r#""type":"fail",{mid}"#)).answer, Answer::Fail);
        assert_eq!(answer(&format!(r#""type":"redirect",{mid}"#)).answer, Answer::Redirect);
        assert_eq!(answer(r#""type":"ok","MID":7"#).id, RequestId::UNKNOWN);
    }

    #[test]
    fn a_datagram_is_quoted_as_it_was_sent() {
        let text = r#"{"src":"0000","dst":"0001","type":"x"}"#;
        assert_eq!(problem(text), format!("a message without `leader`: {text}"));
    }
}
