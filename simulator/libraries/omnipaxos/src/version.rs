//! The parts of the interface of version 0.2.4 that differ from those of 0.2.2.

use omnipaxos::OmniPaxos;
use omnipaxos::messages::Message;
use omnipaxos::storage::{Entry, Storage};
use omnipaxos::util::NodeId;

/// The name of the system.
pub(crate) const NAME: &str = "omnipaxos 0.2.4";

/// A position in the log.
pub(crate) type Index = usize;

/// The result of an append.
pub(crate) type Written = ();

pub(crate) fn written(_length: Index) -> Written {}

pub(crate) fn outgoing<T: Entry, B: Storage<T>>(paxos: &mut OmniPaxos<T, B>) -> Vec<Message<T>> {
    let mut messages = Vec::new();
    paxos.take_outgoing_messages(&mut messages);
    messages
}

pub(crate) fn leader<T: Entry, B: Storage<T>>(paxos: &OmniPaxos<T, B>) -> Option<NodeId> {
    paxos.get_current_leader().map(|(leader, _)| leader)
}

/// The methods that the trait `Storage` has only in this version.
macro_rules! own_methods {
    () => {
        fn write_atomically(&mut self, ops: Vec<StorageOp<Item>>) -> StorageResult<()> {
            for op in ops {
                match op {
                    StorageOp::AppendEntry(entry) => self.append_entry(entry)?,
                    StorageOp::AppendEntries(entries) => self.append_entries(entries)?,
                    StorageOp::AppendOnPrefix(from, entries) => {
                        self.append_on_prefix(from, entries)?;
                    }
                    StorageOp::SetPromise(ballot) => self.set_promise(ballot)?,
                    StorageOp::SetDecidedIndex(index) => self.set_decided_idx(index)?,
                    StorageOp::SetAcceptedRound(ballot) => self.set_accepted_round(ballot)?,
                    StorageOp::SetCompactedIdx(index) => self.set_compacted_idx(index)?,
                    StorageOp::Trim(index) => self.trim(index)?,
                    StorageOp::SetStopsign(sign) => self.set_stopsign(sign)?,
                    StorageOp::SetSnapshot(snapshot) => self.set_snapshot(snapshot)?,
                }
            }
            Ok(())
        }
    };
}

pub(crate) use omnipaxos::storage::StorageOp;
pub(crate) use own_methods;
