//! The course's wire format: one JSON object per datagram.
//!
//! Every object has `src`, `dst` and `leader` (four upper-case hex digits each) and a `type`. Clients send `get` and
//! `put`, and are answered with `ok`, `fail` or `redirect`. The course does not prescribe the messages between
//! replicas; this replica sends:
//!
//! | type | fields |
//! | --- | --- |
//! | `requestVote` | `term`, `pre`, `lastIndex`, `lastTerm` |
//! | `vote` | `term`, `pre`, `granted` |
//! | `appendEntries` | `term`, `prevIndex`, `prevTerm`, `entries`, `commit`, `stamp` |
//! | `installSnapshot` | `term`, `lastIndex`, `lastTerm`, `offset`, `data`, `done`, `stamp` |
//! | `appended` | `term`, `stamp`, and `match`, or `conflictTerm` and `conflictIndex`, or `received` |
//!
//! Each of these also has a `check`, the CRC-32 of its values: a message that a router changed is dropped. An entry has
//! its `term` and, unless it is a no-op, the put's `client`, `MID`, `key` and `value`.
//!
//! ```
//! use replica::wire::{Incoming, decode};
//! use replica::{NodeId, Op};
//!
//! let datagram = br#"{"src":"0015","dst":"0001","leader":"FFFF","type":"get","MID":"a1","key":"k"}"#;
//! let Ok(Incoming::Request(request)) = decode(datagram, NodeId(1)) else { panic!() };
//! assert_eq!(request.op, Op::Get { key: "k".into() });
//!
//! let error = decode(b"[]", NodeId(1)).unwrap_err();
//! assert_eq!(error.to_string(), "the datagram is not a JSON object");
//! ```

mod checksum;
mod decode;
mod encode;
mod format;

pub use decode::{DecodeError, Incoming, decode};
pub use encode::{encode_hello, encode_message, encode_response};
pub use format::MAX_DATAGRAM;
