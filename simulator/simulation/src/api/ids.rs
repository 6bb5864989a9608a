//! The names of replicas, clients and requests.

use std::fmt;

use crate::digest::{from_hex_digits, hex_digits};

/// A replica of the cluster, by its position: `0..replicas`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u16);

impl NodeId {
    /// Returns the position in arrays indexed by node.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Four upper-case hexadecimal digits, as the course writes them.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// A client, by its position: `0..clients`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientId(pub u16);

/// `c` and the number, as histories name their clients.
impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// The id of one request datagram of a client (the course's `MID`).
///
/// A request that is sent again after a redirect gets a new id. The network may deliver one datagram twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(pub u64);

impl RequestId {
    /// An id that no request has.
    pub const UNKNOWN: RequestId = RequestId(u64::MAX);

    /// Returns the course's `MID`: sixteen hexadecimal digits.
    pub fn to_mid(self) -> String {
        hex_digits(self.0).as_str().to_owned()
    }

    /// Returns the request that a `MID` names, or [`RequestId::UNKNOWN`] if it names none.
    ///
    /// Only the exact characters that [`to_mid`](Self::to_mid) produces name a request.
    pub fn from_mid(mid: &str) -> Self {
        from_hex_digits(mid).map_or(RequestId::UNKNOWN, RequestId)
    }
}

/// The offset of the clients' addresses after the replicas' in the course.
pub const CLIENTS_START_AFTER: u16 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_by_the_very_characters_of_its_mid() {
        for id in [0, 7, 0x0123_4567_89ab_cdef, u64::MAX - 1].map(RequestId) {
            assert_eq!(RequestId::from_mid(&id.to_mid()), id);
        }
        let others = ["", "7", "+000000000000007", "00000000000000070", "00000000000000AF"];
        for other in others.into_iter().chain(["000000000000000g", "000000000000000\u{fc}"]) {
            assert_eq!(RequestId::from_mid(other), RequestId::UNKNOWN, "{other:?}");
        }
    }
}
