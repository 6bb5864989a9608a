//! The datagrams that are withheld.

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::trace::Actor;

/// Some datagrams that arrive, and are not handed to whom they are sent. All that the seed leaves to chance stays as it
/// is.
///
/// A message in [`Losses`](crate::plan::Losses) is lost where it is sent, and found by its number on its link. One that
/// is withheld is found by its arrival, so it may be a copy, or have been under way for long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The time of the first arrival that is withheld.
    pub at: Nanos,
    /// The time from which on nothing is withheld any more.
    pub until: Nanos,
    /// The sender; any if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Actor>,
    /// The replica that misses a message, or the client that misses an answer.
    pub to: Actor,
    /// The kind of message between replicas ([`Message::kind`](crate::api::Message::kind)); any if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl Withheld {
    /// Returns true if a datagram is one of those.
    pub(crate) fn holds(&self, at: Nanos, [from, to]: [Actor; 2], kind: &str) -> bool {
        (self.at..self.until).contains(&at)
            && self.to == to
            && self.from.is_none_or(|sender| sender == from)
            && self.kind.as_ref().is_none_or(|withheld| withheld == kind)
    }
}
