//! The datagram of a client's request.
//!
//! It is the same as that of the course's simulator to the byte: Python's `json.dumps` of the fields in their order.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::mid;
use simulation::api::{CLIENTS_START_AFTER, NodeId, Op, Request, Setup};
use simulation::metrics::leader_text;

#[derive(Serialize)]
struct Fields<'a> {
    src: String,
    dst: String,
    /// The leader that the client knows; `FFFF` if it knows none.
    leader: String,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "MID")]
    mid: String,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

/// Returns the datagram of a request to the replica of `setup`.
pub(crate) fn write(setup: &Setup, request: &Request) -> Vec<u8> {
    let (kind, key, value) = match &request.op {
        Op::Get { key } => ("get", key, None),
        Op::Put { key, value } => ("put", key, Some(&**value)),
    };
    let client = NodeId(setup.replicas + CLIENTS_START_AFTER + request.client.0);
    let fields = Fields {
        src: client.to_string(),
        dst: setup.id.to_string(),
        leader: leader_text(request.leader),
        kind,
        mid: mid::mid_of(request.id),
        key,
        value,
    };
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = fields.serialize(&mut Serializer::with_formatter(&mut bytes, AsPython));
    bytes
}

/// The format of `json.dumps`: a space after each comma and colon, and ASCII only.
struct AsPython;

impl Formatter for AsPython {
    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for char in fragment.chars() {
            if char.is_ascii() && char != '\u{7f}' {
                writer.write_all(&[char as u8])?;
            } else {
                let mut units = [0; 2];
                char.encode_utf16(&mut units)
                    .iter()
                    .try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulation::api::{ClientId, RequestId};

    /// Compares with Python's output for the same fields.
    #[test]
    fn a_request_is_the_course_s_to_the_byte() {
        let setup = Setup::of(NodeId(2), 5);
        let written = |leader, op| {
            let request = Request { client: ClientId(0), id: RequestId(10), leader, op };
            String::from_utf8(write(&setup, &request)).expect("UTF-8")
        };
        let mid = mid::mid_of(RequestId(10));
        let put = Op::Put { key: "k\"\n".into(), value: "ü😀".into() };
        assert_eq!(
            written(Some(NodeId(3)), put),
            format!(
                concat!(
                    r#"{{"src": "0015", "dst": "0002", "leader": "0003", "type": "put", "#,
                    r#""MID": "{mid}", "key": "k\"\n", "value": "\u00fc\ud83d\ude00"}}"#
                ),
                mid = mid
            )
        );
        assert_eq!(
            written(None, Op::Get { key: "k".into() }),
            format!(
                r#"{{"src": "0015", "dst": "0002", "leader": "FFFF", "type": "get", "MID": "{mid}", "key": "k"}}"#
            )
        );
    }
}
