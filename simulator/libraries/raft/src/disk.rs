//! The library's `MemStorage`, and the file from which it is filled again after a crash.

use std::collections::BTreeMap;

use kit::commands::{Reader, Writer, fingerprint};
use kit::journal;
use protobuf::Message as _;
use raft::eraftpb::{ConfState, Entry, HardState, Snapshot};
use raft::storage::MemStorage;
use raft::{GetEntriesContext, RaftState, Result, Storage};

/// The parts of a record, each a number and bytes.
const HARD_STATE: u64 = 0;
const ENTRY: u64 = 1;
const SNAPSHOT: u64 = 2;

/// The library's `MemStorage`. It stores no snapshots with data, so that is done here.
pub(crate) struct Disk {
    memory: MemStorage,
    pub snapshot: Snapshot,
    /// The term and the fingerprint of each entry.
    pub entries: BTreeMap<u64, (u64, u64)>,
    /// The writes of this step, as one record: all of them survive a crash, or none.
    step: Writer,
    is_anew: bool,
}

impl Disk {
    pub(crate) fn new(replicas: u16) -> Self {
        let voters: Vec<u64> = (1..=u64::from(replicas)).collect();
        let memory = MemStorage::new_with_conf_state((voters, Vec::new()));
        let (snapshot, entries, step) = (Snapshot::default(), BTreeMap::new(), Writer::default());
        Disk { memory, snapshot, entries, step, is_anew: false }
    }

    /// Returns what a file says.
    pub(crate) fn read(replicas: u16, file: &mut Vec<u8>) -> std::result::Result<Self, String> {
        let mut disk = Disk::new(replicas);
        for record in journal::read(file)? {
            let mut reader = Reader(&record);
            while let (Some(part), Some(bytes)) = (reader.number(), reader.bytes()) {
                disk.read_part(part, bytes).map_err(|error| error.to_string())?;
            }
        }
        disk.step = Writer::default();
        disk.is_anew = false;
        Ok(disk)
    }

    fn read_part(&mut self, part: u64, bytes: &[u8]) -> Result<()> {
        match part {
            HARD_STATE => self.set_hard_state(&HardState::parse_from_bytes(bytes)?),
            ENTRY => self.append(&[Entry::parse_from_bytes(bytes)?])?,
            _ => self.apply_snapshot(&Snapshot::parse_from_bytes(bytes)?)?,
        }
        Ok(())
    }

    pub(crate) fn hard_state(&self) -> HardState {
        self.memory.rl().hard_state().clone()
    }

    pub(crate) fn set_hard_state(&mut self, state: &HardState) {
        self.memory.wl().set_hardstate(state.clone());
        self.add(HARD_STATE, state);
    }

    pub(crate) fn append(&mut self, entries: &[Entry]) -> Result<()> {
        for entry in entries {
            self.entries.split_off(&entry.index);
            self.entries.insert(entry.index, (entry.term, fingerprint(&entry.data)));
            self.add(ENTRY, entry);
        }
        self.memory.wl().append(entries)
    }

    /// Replaces everything by a snapshot from the leader, or from the file.
    pub(crate) fn apply_snapshot(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.memory.wl().apply_snapshot(snapshot.clone())?;
        self.snapshot = snapshot.clone();
        self.entries.clear();
        self.is_anew = true;
        Ok(())
    }

    /// Stores a snapshot of the state at a position, and drops the entries before `first`.
    pub(crate) fn compact(&mut self, index: u64, data: Vec<u8>, first: u64) -> Result<()> {
        let mut snapshot = Snapshot::default();
        snapshot.set_data(data.into());
        snapshot.mut_metadata().index = index;
        snapshot.mut_metadata().term = self.term(index)?;
        snapshot.mut_metadata().set_conf_state(self.conf_state()?);
        self.snapshot = snapshot;
        self.is_anew = true;
        self.entries = self.entries.split_off(&first);
        self.memory.wl().compact(first)
    }

    fn conf_state(&self) -> Result<ConfState> {
        Ok(self.initial_state()?.conf_state)
    }

    /// Returns the record of this step, and whether it is to be the whole file.
    pub(crate) fn take_record(&mut self) -> Option<(bool, Vec<u8>)> {
        let is_anew = std::mem::take(&mut self.is_anew);
        if is_anew {
            self.step = Writer::default();
            self.add(SNAPSHOT, &self.snapshot.clone());
            let (first, last) = (self.snapshot.get_metadata().index + 1, self.last_index().ok()?);
            if first <= last {
                let entries = self.entries(first, last + 1, None, GetEntriesContext::empty(false));
                entries.ok()?.iter().for_each(|entry| self.add(ENTRY, entry));
            }
            self.add(HARD_STATE, &self.hard_state());
        }
        let step = std::mem::take(&mut self.step).0;
        (!step.is_empty()).then(|| (is_anew, journal::record(&step)))
    }

    fn add(&mut self, part: u64, content: &impl protobuf::Message) {
        self.step.number(part);
        self.step.bytes(&content.write_to_bytes().expect("a message can be written"));
    }
}

/// All but the snapshot is `MemStorage`'s.
impl Storage for Disk {
    fn initial_state(&self) -> Result<RaftState> {
        self.memory.initial_state()
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        self.memory.entries(low, high, max_size, context)
    }

    fn term(&self, index: u64) -> Result<u64> {
        self.memory.term(index)
    }

    fn first_index(&self) -> Result<u64> {
        self.memory.first_index()
    }

    fn last_index(&self) -> Result<u64> {
        self.memory.last_index()
    }

    fn snapshot(&self, _request_index: u64, _to: u64) -> Result<Snapshot> {
        Ok(self.snapshot.clone())
    }
}
