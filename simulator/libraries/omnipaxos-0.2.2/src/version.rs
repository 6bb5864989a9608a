//! The parts of the interface of version 0.2.2 that differ from those of 0.2.4.

use omnipaxos::OmniPaxos;
use omnipaxos::messages::Message;
use omnipaxos::storage::{Entry, Storage};
use omnipaxos::util::NodeId;

/// The name of the system.
pub(crate) const NAME: &str = "omnipaxos 0.2.2";

/// A position in the log.
pub(crate) type Index = u64;

/// The result of an append.
pub(crate) type Written = u64;

pub(crate) fn written(length: Index) -> Written {
    length
}

pub(crate) fn outgoing<T: Entry, B: Storage<T>>(paxos: &mut OmniPaxos<T, B>) -> Vec<Message<T>> {
    paxos.outgoing_messages()
}

pub(crate) fn leader<T: Entry, B: Storage<T>>(paxos: &OmniPaxos<T, B>) -> Option<NodeId> {
    paxos.get_current_leader()
}

/// The methods that the trait `Storage` has only in this version: none.
macro_rules! own_methods {
    () => {};
}

pub(crate) use own_methods;
