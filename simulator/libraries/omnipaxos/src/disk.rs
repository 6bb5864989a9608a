//! The library's storage, and the file from which it is filled again after a crash.

// One version has `usize` and `()` where the other one has `u64`.
#![allow(clippy::semicolon_if_nothing_returned, clippy::unit_arg, clippy::unnecessary_cast)]

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

use kit::commands::{Command, Reader, Writer};
use kit::journal;
use omnipaxos::ballot_leader_election::Ballot;
use omnipaxos::storage::{Entry, NoSnapshot, StopSign, Storage, StorageResult};

use crate::version::{self, Index, Written, written};

#[allow(unused_imports)]
use crate::version::*;

/// The parts of a record, each a number and bytes.
const PROMISE: u64 = 0;
const ACCEPTED: u64 = 1;
const DECIDED: u64 = 2;
const CUT: u64 = 3;
const ITEM: u64 = 4;

/// An entry of the log.
#[derive(Clone, Debug)]
pub(crate) struct Item(pub Command);

impl Entry for Item {
    type Snapshot = NoSnapshot;
}

#[derive(Default)]
struct Content {
    log: Vec<Item>,
    promise: Option<Ballot>,
    accepted: Option<Ballot>,
    decided: Index,
    stop: Option<StopSign>,
    /// The writes of this step, as one record: all of them survive a crash, or none.
    step: Writer,
}

/// A handle on the storage, which the library keeps to itself. The log is never trimmed.
#[derive(Clone, Default)]
pub(crate) struct Disk(Rc<RefCell<Content>>);

impl Disk {
    /// Returns what a file says.
    pub(crate) fn read(file: &mut Vec<u8>) -> Result<Self, String> {
        let mut disk = Disk::default();
        for record in journal::read(file)? {
            let mut reader = Reader(&record);
            while let (Some(part), Some(bytes)) = (reader.number(), reader.bytes()) {
                disk.read_part(part, bytes).ok_or("a record has an unknown part")?;
            }
        }
        disk.0.borrow_mut().step = Writer::default();
        Ok(disk)
    }

    fn read_part(&mut self, part: u64, bytes: &[u8]) -> Option<()> {
        let mut reader = Reader(bytes);
        match part {
            PROMISE => self.set_promise(read_ballot(reader)?).ok(),
            ACCEPTED => self.set_accepted_round(read_ballot(reader)?).ok(),
            DECIDED => self.set_decided_idx(reader.number()? as Index).ok(),
            CUT => {
                let length = reader.number()? as usize;
                self.0.borrow_mut().log.truncate(length);
                Some(())
            }
            _ => self.append_entry(Item(Command::from_bytes(bytes)?)).ok().map(|_| ()),
        }
    }

    /// Returns the record of this step, if anything was written.
    pub(crate) fn take_record(&self) -> Option<Vec<u8>> {
        let step = mem::take(&mut self.0.borrow_mut().step).0;
        (!step.is_empty()).then(|| journal::record(&step))
    }
}

impl Content {
    fn add(&mut self, part: u64, bytes: &[u8]) {
        self.step.number(part);
        self.step.bytes(bytes);
    }

    fn push(&mut self, items: Vec<Item>) -> Written {
        items.iter().for_each(|item| self.add(ITEM, &item.0.to_bytes()));
        self.log.extend(items);
        written(self.log.len() as Index)
    }
}

fn ballot_bytes(ballot: Ballot) -> Vec<u8> {
    let Ballot { config_id, n, priority, pid } = ballot;
    let mut bytes = Writer::default();
    [u64::from(config_id), u64::from(n), u64::from(priority), pid]
        .into_iter()
        .for_each(|number| bytes.number(number));
    bytes.0
}

fn read_ballot(mut bytes: Reader<'_>) -> Option<Ballot> {
    let mut number = || u32::try_from(bytes.number()?).ok();
    Some(Ballot {
        config_id: number()?,
        n: number()?,
        priority: number()?,
        pid: u64::from(number()?),
    })
}

impl Storage<Item> for Disk {
    version::own_methods!();

    fn append_entry(&mut self, entry: Item) -> StorageResult<Written> {
        self.append_entries(vec![entry])
    }

    fn append_entries(&mut self, entries: Vec<Item>) -> StorageResult<Written> {
        Ok(self.0.borrow_mut().push(entries))
    }

    fn append_on_prefix(&mut self, from: Index, entries: Vec<Item>) -> StorageResult<Written> {
        let mut content = self.0.borrow_mut();
        content.log.truncate(from as usize);
        content.add(CUT, &(from as u64).to_le_bytes());
        Ok(content.push(entries))
    }

    fn set_promise(&mut self, ballot: Ballot) -> StorageResult<()> {
        let mut content = self.0.borrow_mut();
        content.promise = Some(ballot);
        content.add(PROMISE, &ballot_bytes(ballot));
        Ok(())
    }

    fn set_decided_idx(&mut self, index: Index) -> StorageResult<()> {
        let mut content = self.0.borrow_mut();
        content.decided = index;
        content.add(DECIDED, &(index as u64).to_le_bytes());
        Ok(())
    }

    fn get_decided_idx(&self) -> StorageResult<Index> {
        Ok(self.0.borrow().decided)
    }

    fn set_accepted_round(&mut self, ballot: Ballot) -> StorageResult<()> {
        let mut content = self.0.borrow_mut();
        content.accepted = Some(ballot);
        content.add(ACCEPTED, &ballot_bytes(ballot));
        Ok(())
    }

    fn get_accepted_round(&self) -> StorageResult<Option<Ballot>> {
        Ok(self.0.borrow().accepted)
    }

    fn get_entries(&self, from: Index, to: Index) -> StorageResult<Vec<Item>> {
        let range = from as usize..to as usize;
        Ok(self.0.borrow().log.get(range).unwrap_or_default().to_vec())
    }

    fn get_log_len(&self) -> StorageResult<Index> {
        Ok(self.0.borrow().log.len() as Index)
    }

    fn get_suffix(&self, from: Index) -> StorageResult<Vec<Item>> {
        Ok(self.0.borrow().log.get(from as usize..).unwrap_or_default().to_vec())
    }

    fn get_promise(&self) -> StorageResult<Option<Ballot>> {
        Ok(self.0.borrow().promise)
    }

    fn set_stopsign(&mut self, sign: Option<StopSign>) -> StorageResult<()> {
        self.0.borrow_mut().stop = sign;
        Ok(())
    }

    fn get_stopsign(&self) -> StorageResult<Option<StopSign>> {
        Ok(self.0.borrow().stop.clone())
    }

    fn trim(&mut self, _index: Index) -> StorageResult<()> {
        Ok(())
    }

    fn set_compacted_idx(&mut self, _index: Index) -> StorageResult<()> {
        Ok(())
    }

    fn get_compacted_idx(&self) -> StorageResult<Index> {
        Ok(0)
    }

    fn set_snapshot(&mut self, _snapshot: Option<NoSnapshot>) -> StorageResult<()> {
        Ok(())
    }

    fn get_snapshot(&self) -> StorageResult<Option<NoSnapshot>> {
        Ok(None)
    }
}
