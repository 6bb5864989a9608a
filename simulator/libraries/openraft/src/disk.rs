//! The library's log and state machine, and the file from which they are filled again after a crash.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::mem;
use std::ops::RangeBounds;
use std::rc::Rc;

use kit::commands::{Command, Name, Store, fingerprint};
use kit::journal;
use openraft::storage::{LogFlushed, RaftLogStorage, RaftStateMachine};
use openraft::{
    EmptyNode, EntryPayload, LogState, RaftLogReader, RaftSnapshotBuilder, SnapshotMeta,
    StorageError, StoredMembership,
};
use serde::{Deserialize, Serialize};
use simulation::api::Answer;

use crate::runtime::Virtual;

openraft::declare_raft_types!(
    /// The types with which the library is used.
    pub(crate) Types:
        D = Vec<u8>, R = (), Node = EmptyNode, SnapshotData = Vec<u8>, AsyncRuntime = Virtual,
);

pub(crate) type Entry = openraft::Entry<Types>;
pub(crate) type LogId = openraft::LogId<u64>;
pub(crate) type Meta = SnapshotMeta<u64, EmptyNode>;
pub(crate) type Snapshot = openraft::Snapshot<Types>;
pub(crate) type Vote = openraft::Vote<u64>;
type Result<T> = std::result::Result<T, StorageError<u64>>;

/// A write, as a part of a record.
#[derive(Serialize, Deserialize)]
enum Write {
    Vote(Vote),
    Entry(Entry),
    /// Drops the entries from a position on.
    Truncate(u64),
    /// Drops the entries up to one.
    Purge(LogId),
    Committed(Option<LogId>),
    Snapshot(Meta, Vec<u8>),
}

#[derive(Default)]
pub(crate) struct Content {
    vote: Option<Vote>,
    log: BTreeMap<u64, Entry>,
    purged: Option<LogId>,
    committed: Option<LogId>,
    snapshot: Option<(Meta, Vec<u8>)>,
    /// The writes of this step, as one record: all of them survive a crash, or none.
    step: Vec<Write>,
    is_anew: bool,
    pub store: Store,
    pub applied: Option<LogId>,
    membership: StoredMembership<u64, EmptyNode>,
    /// The answers to the commands that were executed in this step.
    pub executed: Vec<(Name, Answer)>,
}

/// A handle on the log and the state machine.
#[derive(Clone, Default)]
pub(crate) struct Disk(Rc<RefCell<Content>>);

impl Disk {
    /// Returns what a file says.
    pub(crate) fn read(file: &mut Vec<u8>) -> std::result::Result<Self, String> {
        let disk = Disk::default();
        for record in journal::read(file)? {
            let writes: Vec<Write> = serde_json::from_slice(&record).map_err(|e| e.to_string())?;
            writes.into_iter().for_each(|write| disk.content().change(write));
        }
        let mut content = disk.content();
        if let Some((meta, data)) = content.snapshot.clone() {
            content.become_of(&meta, &data);
        }
        drop(content);
        Ok(disk)
    }

    pub(crate) fn content(&self) -> RefMut<'_, Content> {
        self.0.borrow_mut()
    }

    /// Returns the record of this step, and whether it is to be the whole file.
    pub(crate) fn take_record(&self) -> Option<(bool, Vec<u8>)> {
        let mut content = self.content();
        let is_anew = mem::take(&mut content.is_anew);
        let mut step = mem::take(&mut content.step);
        if is_anew {
            let snapshot = content.snapshot.clone().map(|(meta, data)| Write::Snapshot(meta, data));
            step = content.vote.map(Write::Vote).into_iter().chain(snapshot).collect();
            step.extend(content.purged.map(Write::Purge));
            step.extend(content.log.values().cloned().map(Write::Entry));
            step.push(Write::Committed(content.committed));
        }
        let bytes = || serde_json::to_vec(&step).expect("all keys are texts");
        (!step.is_empty()).then(|| (is_anew, journal::record(&bytes())))
    }
}

impl Content {
    fn write(&mut self, write: Write) {
        self.is_anew |= matches!(write, Write::Snapshot(..));
        let copy = serde_json::to_value(&write).and_then(serde_json::from_value);
        self.change(copy.expect("it is the same after a way through text"));
        self.step.push(write);
    }

    fn change(&mut self, write: Write) {
        match write {
            Write::Vote(vote) => self.vote = Some(vote),
            Write::Entry(entry) => drop(self.log.insert(entry.log_id.index, entry)),
            Write::Truncate(first) => drop(self.log.split_off(&first)),
            Write::Purge(last) => {
                self.log = self.log.split_off(&(last.index + 1));
                self.purged = Some(last);
            }
            Write::Committed(last) => self.committed = last,
            Write::Snapshot(meta, data) => self.snapshot = Some((meta, data)),
        }
    }

    /// Replaces the state by that of a snapshot.
    fn become_of(&mut self, meta: &Meta, data: &[u8]) {
        self.store = Store::from_bytes(data).expect("a snapshot has a store");
        self.applied = meta.last_log_id;
        self.membership = meta.last_membership.clone();
    }

    /// Returns the number of positions that were applied. The library's first position is 0.
    pub(crate) fn applied(&self) -> u64 {
        self.applied.map_or(0, |last| last.index + 1)
    }

    /// Returns the number of positions that were dropped.
    pub(crate) fn purged(&self) -> u64 {
        self.purged.map_or(0, |last| last.index + 1)
    }

    pub(crate) fn hash(&self, index: u64) -> Option<u64> {
        let text = serde_json::to_vec(self.log.get(&index)?).ok()?;
        Some(fingerprint(&text))
    }
}

impl RaftLogReader<Types> for Disk {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry>> {
        Ok(self.content().log.range(range).map(|(_, entry)| entry.clone()).collect())
    }
}

/// The callback of an append is called at once: nothing leaves the replica before the step's record is durable.
impl RaftLogStorage<Types> for Disk {
    type LogReader = Disk;

    async fn get_log_state(&mut self) -> Result<LogState<Types>> {
        let content = self.content();
        let last = content.log.last_key_value().map(|(_, entry)| entry.log_id);
        let last_purged_log_id = content.purged;
        Ok(LogState { last_purged_log_id, last_log_id: last.or(last_purged_log_id) })
    }

    async fn get_log_reader(&mut self) -> Disk {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<()> {
        self.content().write(Write::Vote(*vote));
        Ok(())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>> {
        Ok(self.content().vote)
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<()> {
        self.content().write(Write::Committed(committed));
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId>> {
        Ok(self.content().committed)
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Types>) -> Result<()>
    where
        I: IntoIterator<Item = Entry>,
    {
        for entry in entries {
            self.content().write(Write::Entry(entry));
        }
        callback.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, first: LogId) -> Result<()> {
        self.content().write(Write::Truncate(first.index));
        Ok(())
    }

    async fn purge(&mut self, last: LogId) -> Result<()> {
        self.content().write(Write::Purge(last));
        Ok(())
    }
}

impl RaftStateMachine<Types> for Disk {
    type SnapshotBuilder = Disk;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership<u64, EmptyNode>)> {
        let content = self.content();
        Ok((content.applied, content.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>>
    where
        I: IntoIterator<Item = Entry>,
    {
        let mut content = self.content();
        let mut count = 0;
        for entry in entries {
            count += 1;
            content.applied = Some(entry.log_id);
            match entry.payload {
                EntryPayload::Blank => {}
                EntryPayload::Normal(bytes) => {
                    let command = Command::from_bytes(&bytes).expect("only commands are written");
                    let answer = content.store.apply(&command);
                    content.executed.push((command.name, answer));
                }
                EntryPayload::Membership(members) => {
                    content.membership = StoredMembership::new(Some(entry.log_id), members);
                }
            }
        }
        Ok(vec![(); count])
    }

    async fn get_snapshot_builder(&mut self) -> Disk {
        self.clone()
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Vec<u8>>> {
        Ok(Box::default())
    }

    async fn install_snapshot(&mut self, meta: &Meta, snapshot: Box<Vec<u8>>) -> Result<()> {
        let mut content = self.content();
        content.become_of(meta, &snapshot);
        content.write(Write::Snapshot(meta.clone(), *snapshot));
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot>> {
        let snapshot = self.content().snapshot.clone();
        Ok(snapshot.map(|(meta, data)| Snapshot { meta, snapshot: Box::new(data) }))
    }
}

impl RaftSnapshotBuilder<Types> for Disk {
    async fn build_snapshot(&mut self) -> Result<Snapshot> {
        let mut content = self.content();
        let meta = Meta {
            last_log_id: content.applied,
            last_membership: content.membership.clone(),
            snapshot_id: content.applied().to_string(),
        };
        let data = content.store.to_bytes();
        content.write(Write::Snapshot(meta.clone(), data.clone()));
        Ok(Snapshot { meta, snapshot: Box::new(data) })
    }
}
