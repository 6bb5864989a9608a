//! Tests of the wire format: encoded messages are read back, and no datagram does harm.

use proptest::collection::vec;
use proptest::prelude::*;
use replica::wire::{DecodeError, Incoming, decode, encode_hello, encode_message, encode_response};
use replica::{
    AppendEntries, Command, Config, Entry, Message, NodeId, Op, Outcome, Outputs, Put, Replica,
    Request, Response, Vote,
};
use serde_json::{Value, json};

use crate::hostile::message;

const ME: NodeId = NodeId(1);

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        Just(Value::from("0001")),
        prop::sample::select(vec!["get", "put", "vote", "appended", "appendEntries"])
            .prop_map(Value::from),
    ];
    let field = prop::sample::select(vec![
        "src", "dst", "leader", "type", "MID", "key", "value", "term", "entries", "match", "pre",
    ]);
    leaf.prop_recursive(3, 24, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(field.clone(), inner, 0..11).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn messages_survive_the_wire(message in message(), from in 2u16..9, leader in any::<u16>()) {
        let mut text = Vec::new();
        let leader = Some(NodeId(leader));
        encode_message(&mut text, NodeId(from), ME, leader, &message);
        let incoming = Incoming::Message { from: NodeId(from), message };
        prop_assert_eq!(decode(&text, ME), Ok(incoming));
    }

    #[test]
    fn a_message_changed_on_its_way_is_never_believed(
        message in message(),
        flips in vec(any::<prop::sample::Index>(), 1..=3),
    ) {
        let mut text = Vec::new();
        encode_message(&mut text, NodeId(2), ME, Some(NodeId(2)), &message);
        for flip in flips {
            let bit = flip.index(8 * text.len());
            text[bit / 8] ^= 1 << (bit % 8);
        }
        if let Ok(incoming) = decode(&text, ME) {
            prop_assert_eq!(incoming, Incoming::Message { from: NodeId(2), message });
        }
    }

    #[test]
    fn a_router_may_write_a_message_anew(message in message(), leader in any::<u16>()) {
        let mut text = Vec::new();
        encode_message(&mut text, NodeId(2), ME, None, &message);
        let mut value: Value = serde_json::from_slice(&text).unwrap();
        value["leader"] = json!(NodeId(leader));
        let anew = serde_json::to_vec_pretty(&value).unwrap();
        prop_assert_eq!(decode(&anew, ME), Ok(Incoming::Message { from: NodeId(2), message }));
    }

    #[test]
    fn requests_are_read_whomever_their_client_takes_for_the_leader(
        client in 20u16..28,
        leader in any::<u16>(),
        id in ".{0,20}",
        key in ".{0,20}",
        value in ".{0,20}",
    ) {
        let mut datagram = json!({
            "src": NodeId(client), "dst": ME, "leader": NodeId(leader), "type": "put",
            "MID": id, "key": key, "value": value,
        });
        let request = |op| Incoming::Request(Request {
            client: NodeId(client), id: id.as_str().into(), op,
        });
        let key = key.as_str().into();
        let put = Op::Put { key, value: value.as_str().into() };
        let get = Op::Get { key: put.key().clone() };
        prop_assert_eq!(decode(datagram.to_string().as_bytes(), ME), Ok(request(put)));
        datagram["type"] = "get".into();
        prop_assert_eq!(decode(datagram.to_string().as_bytes(), ME), Ok(request(get)));
    }

    #[test]
    fn arbitrary_bytes_are_no_danger(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes, ME).is_err());
    }

    #[test]
    fn arbitrary_json_is_no_danger(value in json_value()) {
        let mut replica = Replica::new(Config::default(), ME, &[NodeId(0), NodeId(2)], 1, 0);
        let mut out = Outputs::default();
        match decode(value.to_string().as_bytes(), ME) {
            Ok(Incoming::Message { from, message }) => {
                replica.on_message(1, from, message, &mut out);
            }
            Ok(Incoming::Request(request)) => replica.on_request(1, request, &mut out),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn each_fault_has_its_reason() {
    let get = r#""src":"0015","dst":"0001","leader":"FFFF","type":"get","MID":"m","key":"k""#;
    let error = |text: &str| decode(text.as_bytes(), ME).unwrap_err();
    let broken = |from: &str, to: &str| error(&format!("{{{}}}", get.replacen(from, to, 1)));
    assert!(decode(format!("{{{get}}}").as_bytes(), ME).is_ok());
    assert_eq!(error("{"), DecodeError::NotJson);
    assert_eq!(decode(&[0xFF], ME), Err(DecodeError::NotJson));
    assert_eq!(error("[1]"), DecodeError::NotAnObject);
    assert_eq!(broken("\"MID\"", "\"mid\""), DecodeError::MissingField("MID"));
    assert_eq!(broken("\"k\"", "7"), DecodeError::WrongType { field: "key", expected: "text" });
    assert_eq!(broken("0015", "15"), DecodeError::BadAddress("src"));
    assert_eq!(broken("0015", "FFFF"), DecodeError::BadAddress("src"));
    assert_eq!(broken("FFFF", "ffff"), DecodeError::BadAddress("leader"));
    assert_eq!(broken("0001", "0002"), DecodeError::AddressedElsewhere(NodeId(2)));
    assert_eq!(broken("get", "ok"), DecodeError::UnknownType("ok".to_owned()));
    let vote = |check, term| {
        let head = r#""src":"0002","dst":"0001","leader":"FFFF","type":"vote""#;
        error(&format!(r#"{{{head},{check}"term":{term},"pre":false,"granted":true}}"#))
    };
    assert_eq!(vote("", 3), DecodeError::MissingField("check"));
    assert_eq!(vote(r#""check":1,"#, 3), DecodeError::WrongChecksum);
    let long = " ".repeat(65_536);
    assert_eq!(error(&long), DecodeError::TooLarge { bytes: 65_536 });
    let nested = "[".repeat(60_000);
    assert_eq!(error(&nested), DecodeError::NotJson);
}

#[test]
fn answers_look_as_the_course_wants_them() {
    let mut text = Vec::new();
    let mut show = |outcome| {
        let (client, id) = (NodeId(0x15), "m".into());
        let response = Response { client, id, outcome };
        encode_response(&mut text, ME, Some(NodeId(2)), &response);
        String::from_utf8(text.clone()).unwrap()
    };
    let head = r#"{"src":"0001","dst":"0015","leader":"#;
    let missing = show(Outcome::Got { value: None });
    assert_eq!(missing, format!(r#"{head}"0002","type":"ok","MID":"m","value":""}}"#));
    assert_eq!(show(Outcome::Done), format!(r#"{head}"0002","type":"ok","MID":"m"}}"#));
    assert_eq!(show(Outcome::Fail), format!(r#"{head}"0002","type":"fail","MID":"m"}}"#));
    let redirect = show(Outcome::Redirect { leader: Some(NodeId(3)) });
    assert_eq!(redirect, format!(r#"{head}"0003","type":"redirect","MID":"m"}}"#));
    let redirect = show(Outcome::Redirect { leader: None });
    assert_eq!(redirect, format!(r#"{head}"FFFF","type":"redirect","MID":"m"}}"#));
    encode_hello(&mut text, ME);
    let hello = r#"{"src":"0001","dst":"FFFF","leader":"FFFF","type":"hello"}"#;
    assert_eq!(String::from_utf8(text).unwrap(), hello);
}

/// Members of different versions must agree on the format.
#[test]
fn the_checksum_is_known() {
    let message = Message::Vote(Vote { term: 3, pre: false, granted: true });
    let mut text = Vec::new();
    encode_message(&mut text, NodeId(2), ME, None, &message);
    let head = r#"{"src":"0002","dst":"0001","leader":"FFFF","type":"vote","check":"#;
    let tail = r#","term":3,"pre":false,"granted":true}"#;
    assert_eq!(String::from_utf8(text).unwrap(), format!("{head}4196482116{tail}"));
}

#[test]
fn no_datagram_is_too_large() {
    // The largest datagrams that the limits allow: a full batch, or one put at the limit, with every character escaped.
    let put = |client, bytes: usize| {
        let value = "\u{1}".repeat(bytes / 6);
        let put = Put::new(NodeId(client), "\"".repeat(16).into(), "k".into(), value.into());
        Entry { term: u64::MAX, command: Command::Put(put.into()) }
    };
    let config = Config::default();
    let full = (0..8).map(|client| put(client, config.batch_bytes / 8 - 200)).collect();
    let single = vec![put(9, config.command_bytes - 200)];
    for entries in [full, single] {
        let size: usize = entries.iter().map(Entry::encoded_size).sum();
        let message = AppendEntries {
            term: u64::MAX,
            prev_index: u64::MAX,
            prev_term: u64::MAX,
            entries,
            commit: u64::MAX,
            stamp: u64::MAX,
        };
        let mut text = Vec::new();
        encode_message(&mut text, ME, NodeId(2), None, &Message::AppendEntries(message));
        assert!(text.len() < size + 300 && text.len() < 60_000, "{}", text.len());
    }
}
