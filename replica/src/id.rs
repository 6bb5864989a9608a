//! Addresses of replicas and clients, which share one 16-bit space.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The address of a replica or a client, written as four upper-case hex digits (`001A`).
///
/// ```
/// use replica::NodeId;
///
/// let id: NodeId = "001A".parse().unwrap();
/// assert_eq!(id, NodeId(26));
/// assert_eq!(id.to_string(), "001A");
/// assert!("1a".parse::<NodeId>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

impl NodeId {
    /// The address `FFFF`: "everybody" as a destination, "unknown" as a leader. No member has it.
    pub const EVERYBODY: NodeId = NodeId(0xFFFF);
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// The error for a text that is not four upper-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadNodeId;

impl fmt::Display for BadNodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address is four upper-case hex digits, such as 001A")
    }
}

impl std::error::Error for BadNodeId {}

impl FromStr for NodeId {
    type Err = BadNodeId;

    fn from_str(text: &str) -> Result<Self, BadNodeId> {
        // `from_str_radix` alone would accept "+12A" and "00ff".
        let well_formed =
            text.len() == 4 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
        if !well_formed {
            return Err(BadNodeId);
        }
        u16::from_str_radix(text, 16).map(NodeId).map_err(|_| BadNodeId)
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_upper_case_hex_digits_are_an_address() {
        for bad in ["", "1", "00ff", "+123", " 123", "12345", "00G0", "éé"] {
            assert_eq!(bad.parse::<NodeId>(), Err(BadNodeId), "{bad:?}");
        }
        for id in [0, 1, 0x1A, 0xABCD, 0xFFFF] {
            assert_eq!(NodeId(id).to_string().parse(), Ok(NodeId(id)));
        }
    }
}
