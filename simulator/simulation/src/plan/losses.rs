//! The messages between replicas that are dropped.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::api::NodeId;
use crate::units::Ratio;

/// The messages between replicas that are dropped until everything heals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Losses {
    /// Each with this probability, and those that faults of links take; the link's own streams decide.
    Random(Ratio),
    /// These and no others: faults of links take none by chance. A run of the first kind leaves its list in
    /// [`Evidence::losses`](crate::evidence::Evidence::losses): with that list in place of the
    /// probability, the plan gives the same run.
    Listed(Vec<LostMessage>),
}

/// One message that is lost, by its place among the messages of its link.
///
/// Counted among all messages of the link, it is another message as soon as one before it is not sent any
/// more. Counted among those that serve one request, it stays the same whatever is taken out of the plan
/// around it, as long as that request is handled in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostMessage {
    /// The sender.
    pub from: u16,
    /// The receiver.
    pub to: u16,
    /// The number of the message on this link, from 1. Messages that a partition or a cut drops do not count.
    pub nth: u32,
    /// The messages of the link that count.
    #[serde(default, skip_serializing_if = "Among::is_all")]
    pub of: Among,
}

/// The messages of a link among which a lost one is counted.
///
/// A message serves a request if it is sent in the step that takes the request in, or in one that takes in a
/// message that serves it. What a replica sends when its timer wakes it serves no request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// All of them.
    #[default]
    All,
    /// Those that serve no request.
    NoRequest,
    /// Those that serve the request with these [`dice`](crate::plan::PlannedRequest::dice).
    Request(u64),
}

impl Among {
    fn is_all(&self) -> bool {
        *self == Among::All
    }
}

/// The link, and which of its messages.
impl fmt::Display for LostMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} #{}", NodeId(self.from), NodeId(self.to), self.nth)?;
        match self.of {
            Among::All => Ok(()),
            Among::NoRequest => f.write_str(" of those for no request"),
            Among::Request(dice) => write!(f, " of those for request {dice}"),
        }
    }
}
