//! The effects of a step: records to persist, messages and responses to send.

use crate::durable::Durable;
use crate::id::NodeId;
use crate::message::Message;
use crate::request::Response;

/// What a replica wants persisted and sent. Owned by the caller, who empties and reuses it: the replica only
/// ever pushes.
///
/// The contract of a caller whose replica is to survive a crash: all of `persist` is durable before anything
/// that the same call, or a later one, pushed into `messages` and `responses` leaves. What was not persisted
/// is as if never done. Nothing is pushed there when nothing changed, nor for a caller that never recovers a
/// replica (see [`volatile`](Outputs::volatile)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Changes to what must survive a crash, in the order in which they happened.
    pub persist: Vec<Durable>,
    /// Messages to other replicas, in the order they should leave.
    pub messages: Vec<(NodeId, Message)>,
    /// Answers to clients, in the order they should leave.
    pub responses: Vec<Response>,
    is_volatile: bool,
}

impl Outputs {
    /// For a caller that keeps nothing over a crash: `persist` stays empty.
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

    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        self.persist.clear();
        self.messages.clear();
        self.responses.clear();
    }
}
