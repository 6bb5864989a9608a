//! The effects of a step: records to persist, messages and responses to send.

use crate::durable::Durable;
use crate::id::NodeId;
use crate::message::Message;
use crate::request::Response;

/// The effects of a step: records to persist, messages and responses to send.
///
/// The caller owns, empties and reuses them; the replica only adds to them.
///
/// A caller that recovers its replica after a crash must make all of `persist` durable before it sends anything that
/// the same call, or a later one, added to `messages` and `responses`. Changes that were not persisted are lost. The
/// replica adds nothing to `persist` if nothing changed, or for a caller that never recovers a replica (see
/// [`volatile`](Outputs::volatile)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Changes of durable state, in the order in which they happened.
    pub persist: Vec<Durable>,
    /// Messages to other replicas, in the order of sending.
    pub messages: Vec<(NodeId, Message)>,
    /// Answers to clients, in the order of sending.
    pub responses: Vec<Response>,
    is_volatile: bool,
}

impl Outputs {
    /// Returns outputs for a caller that never recovers a replica: `persist` stays empty.
    pub fn volatile() -> Self {
        Outputs { is_volatile: true, ..Outputs::default() }
    }

    /// Adds a change to `persist`.
    #[inline]
    pub(crate) fn record(&mut self, change: impl FnOnce() -> Durable) {
        if !self.is_volatile {
            self.persist.push(change());
        }
    }

    /// Empties all lists, but keeps their memory.
    pub fn clear(&mut self) {
        self.persist.clear();
        self.messages.clear();
        self.responses.clear();
    }
}
