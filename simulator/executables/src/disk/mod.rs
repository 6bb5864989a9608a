//! The disk of a replica: the folder in which its processes run, one after another.
//!
//! While a process runs, its folder holds all that it wrote. What of that is durable is kept here: the content that
//! each file had at its last sync, and the names that each folder had at its last sync. A crash draws what survives of
//! the rest ([`crash`]), and the next process starts in a folder with the result.
//!
//! POSIX promises less than most people believe: `fsync` of a file does not make its name durable. Two rules are
//! milder than POSIX, since all file systems of Linux keep them: a file that was synced and had no durable name keeps
//! the name that it has at that moment, and a rename is atomic.

mod crash;
mod tree;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::entries::{Entries, Entry};
use crate::preload::protocol::Synced;
use simulation::Nanos;
use simulation::api::{DiskLoss, DiskService, DiskUse, NodeId, Unkept};
use simulation::rng::Dice;
use tree::{Id, Names, Node, Tree};

/// The disks of all replicas of a run, as the last crash of each left them.
#[derive(Debug)]
pub(super) struct Disks {
    /// The paths of the files next to the executable, which no replica has written.
    companions: Rc<BTreeSet<PathBuf>>,
    left: RefCell<BTreeMap<NodeId, Left>>,
}

/// A disk after a crash.
#[derive(Debug, Default)]
struct Left {
    entries: Option<Entries>,
    /// True if any process of the replica has written anything.
    has_written: bool,
    /// True if any process of the replica has synced anything.
    has_synced: bool,
    is_damaged: bool,
}

impl Disks {
    /// Returns the disks of replicas that have not started.
    pub(crate) fn new(companions: &Entries) -> Disks {
        let paths = companions.0.iter().map(|(path, _)| path.clone());
        Disks { companions: Rc::new(paths.collect()), left: RefCell::default() }
    }

    /// Returns the disk of a process that is about to start in a folder.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub(crate) fn disk(&self, folder: &Path) -> io::Result<Disk> {
        Disk::of(folder, self.companions.clone())
    }

    /// Calls a function with what a crash left on the disk of a replica, if it has crashed.
    pub(crate) fn with_left<R>(&self, id: NodeId, visit: impl FnOnce(Option<&Entries>) -> R) -> R {
        visit(self.left.borrow().get(&id).and_then(|left| left.entries.as_ref()))
    }

    /// Crashes the disk of a replica whose process is to be killed, and keeps the result for its next one.
    pub(crate) fn crash(&self, id: NodeId, disk: &mut Disk, dice: &mut Dice) -> DiskLoss {
        let mut disks = self.left.borrow_mut();
        let left = disks.entry(id).or_default();
        left.has_synced |= disk.has_synced;
        let (entries, mut loss, has_written) = disk.crash(dice);
        left.entries = Some(entries);
        left.has_written |= has_written;
        if disk.has_begun && !left.has_synced {
            let why = if left.has_written { Unkept::SyncedNothing } else { Unkept::WroteNothing };
            loss.unkept = Some(why);
        }
        loss
    }

    /// Flips a bit that a replica has made durable; returns false if there is none.
    pub(crate) fn flip_bit(&self, id: NodeId, disk: &mut Disk, dice: &mut Dice) -> bool {
        let is_damaged = disk.flip_bit(dice);
        self.left.borrow_mut().entry(id).or_default().is_damaged |= is_damaged;
        is_damaged
    }

    /// Returns true if a bit was flipped on the disk of a replica.
    pub(crate) fn is_damaged(&self, id: NodeId) -> bool {
        self.left.borrow().get(&id).is_some_and(|left| left.is_damaged)
    }
}

/// The disk of one process.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    durable: Tree,
    /// The files next to the executable, which the replica did not write.
    companions: Rc<BTreeSet<PathBuf>>,
    /// The syncs that are not finished, in their order: the time at which each will be, and its number.
    unfinished: Vec<(Nanos, u64, Sync)>,
    /// The number of syncs so far.
    syncs: u64,
    /// The shortest lengths to which files were cut since their last sync, by device and number, with the number of
    /// syncs before the last cut.
    cut: BTreeMap<(u64, u64), (u64, u64)>,
    /// The paths at which synced files were found, to look there first.
    paths: BTreeMap<(u64, u64), PathBuf>,
    service: DiskService,
    used: DiskUse,
    has_synced: bool,
    /// True once the process takes part, and what it does depends on the seed only.
    has_begun: bool,
    /// The number of nodes above which those without a name are looked for.
    prune_above: usize,
}

/// The state of something at the time of its sync, with the path that it had.
#[derive(Debug)]
enum Sync {
    File(PathBuf, Id, Entry),
    Folder(PathBuf, Id, Names),
    All(Tree),
}

impl Disk {
    /// Returns the disk of a process that is about to start in a folder, of which everything is durable.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    fn of(folder: &Path, companions: Rc<BTreeSet<PathBuf>>) -> io::Result<Disk> {
        let durable = Tree::read(folder)?;
        Ok(Disk {
            folder: folder.to_owned(),
            companions,
            prune_above: 2 * durable.nodes.len() + 64,
            durable,
            unfinished: Vec::new(),
            syncs: 0,
            cut: BTreeMap::new(),
            paths: BTreeMap::new(),
            service: DiskService::default(),
            used: DiskUse::default(),
            has_synced: false,
            has_begun: false,
        })
    }

    /// Sets the disk's behaviour during the next step.
    pub(crate) fn set_service(&mut self, service: DiskService) {
        (self.service, self.used) = (service, DiskUse::default());
    }

    /// Returns the use that the process made of the disk during the last step.
    pub(crate) fn used(&self) -> DiskUse {
        self.used
    }

    /// Returns the time that a sync takes.
    pub(crate) fn sync_time(&self) -> Nanos {
        self.service.sync_time
    }

    /// Begins a step: the syncs that are finished by now become durable.
    pub(crate) fn begin_step(&mut self, now: Nanos) {
        self.has_begun = true;
        let last = self.unfinished.iter().rposition(|&(until, ..)| until <= now);
        self.keep_first(last.map_or(0, |last| last + 1));
    }

    /// Makes the first of the unfinished syncs durable. Nothing is durable before what was synced before it.
    fn keep_first(&mut self, count: usize) {
        let first: Vec<_> = self.unfinished.drain(..count).collect();
        first.into_iter().for_each(|(_, number, sync)| self.keep(number, sync));
    }

    /// Takes note of a sync, which is finished at `until`, at once if syncs take no time.
    ///
    /// Returns false if the disk is full. `process` is the process that syncs.
    pub(crate) fn sync(&mut self, what: Synced, until: Nanos, process: u32) -> bool {
        if self.service.is_full {
            self.used.was_refused = true;
            return false;
        }
        let file = match what {
            Synced::All => None,
            Synced::File { device, inode } => Some((device, inode)),
            Synced::Memory { address } => match mapped_file(process, address) {
                Some(file) => Some(file),
                None => return true,
            },
        };
        // What is not in the folder is not simulated.
        let Some(sync) = self.state_of(file) else { return true };
        self.used.synced = true;
        self.has_synced = true;
        self.syncs += 1;
        if self.service.sync_time == 0 {
            self.keep_first(self.unfinished.len());
            self.keep(self.syncs, sync);
        } else {
            self.unfinished.push((until, self.syncs, sync));
        }
        true
    }

    /// Takes note that a file was cut to a length.
    pub(crate) fn cut(&mut self, device: u64, inode: u64, length: u64) {
        let (shortest, _) = self.cut.get(&(device, inode)).copied().unwrap_or((length, 0));
        self.cut.insert((device, inode), (length.min(shortest), self.syncs));
    }

    /// Returns the state of a file in the folder, or of the whole folder.
    fn state_of(&mut self, file: Option<(u64, u64)>) -> Option<Sync> {
        let Some((device, inode)) = file else {
            return Tree::read(&self.folder).ok().map(Sync::All);
        };
        let (path, id) = self.find(device, inode)?;
        let full = self.folder.join(&path);
        let metadata = fs::symlink_metadata(&full).ok()?;
        if !metadata.is_dir() {
            return Some(Sync::File(path, id, tree::leaf(&full, &metadata, true)?));
        }
        let names = Tree::names(&full).ok()?.names_in(id)?.clone();
        Some(Sync::Folder(path, id, names))
    }

    /// Returns the path of a file in the folder, and its identity.
    fn find(&mut self, device: u64, inode: u64) -> Option<(PathBuf, Id)> {
        if let Some(path) = self.paths.get(&(device, inode))
            && let Ok(metadata) = fs::symlink_metadata(self.folder.join(path))
            && (metadata.dev(), metadata.ino()) == (device, inode)
        {
            return Some((path.clone(), Id::of(&metadata)));
        }
        let (path, id) = Tree::names(&self.folder).ok()?.find(device, inode)?;
        self.paths.insert((device, inode), path.clone());
        Some((path, id))
    }

    /// Makes the state at a sync durable.
    fn keep(&mut self, number: u64, sync: Sync) {
        match sync {
            Sync::All(tree) => {
                self.durable = tree;
                self.cut.retain(|_, (_, before)| *before >= number);
            }
            Sync::File(path, id, entry) => {
                let file = (id.device, id.inode);
                if self.cut.get(&file).is_some_and(|&(_, before)| before < number) {
                    self.cut.remove(&file);
                }
                self.durable.nodes.insert(id, Node::Leaf(entry));
                self.name(&path, id);
            }
            Sync::Folder(path, id, names) => {
                let unknown: Vec<Id> = names
                    .values()
                    .copied()
                    .filter(|id| !self.durable.nodes.contains_key(id))
                    .collect();
                self.durable.nodes.insert(id, Node::Folder(names));
                self.name(&path, id);
                self.add_unsynced(&unknown);
            }
        }
        if self.durable.nodes.len() > self.prune_above
            && let Ok(current) = Tree::names(&self.folder)
        {
            self.durable.prune(&current);
            self.prune_above = 2 * self.durable.nodes.len() + 64;
        }
    }

    /// Adds files whose names are durable and whose contents are not: they are empty.
    fn add_unsynced(&mut self, unknown: &[Id]) {
        let Ok(current) = Tree::names(&self.folder) else { return };
        for id in unknown {
            let node = match current.nodes.get(id) {
                Some(Node::Leaf(leaf)) => Node::Leaf(leaf.clone()),
                Some(Node::Folder(_)) => Node::Folder(Names::new()),
                None => continue,
            };
            self.durable.nodes.insert(*id, node);
        }
    }

    /// Gives something the name that it has now, unless it has a durable one; also the folders that hold it.
    fn name(&mut self, path: &Path, id: Id) {
        let mut named = self.durable.paths().into_iter().map(|(_, named)| named);
        if id == self.durable.root || named.any(|named| named == id) {
            return;
        }
        let (mut here, mut at) = (self.durable.root, self.folder.clone());
        for name in path {
            at.push(name);
            let Ok(metadata) = fs::symlink_metadata(&at) else { return };
            let inner = Id::of(&metadata);
            if let Some(Node::Folder(names)) = self.durable.nodes.get_mut(&here) {
                names.insert(name.to_owned(), inner);
            }
            if metadata.is_dir() {
                self.durable.nodes.entry(inner).or_insert_with(|| Node::Folder(Names::new()));
            }
            here = inner;
        }
    }

    /// Flips a durable bit of a file that the replica wrote, in this process or an earlier one.
    fn flip_bit(&mut self, dice: &mut Dice) -> bool {
        let content = |tree: &Tree, id: Id| match tree.nodes.get(&id) {
            Some(Node::Leaf(Entry::Copy { content, .. })) => content.len(),
            _ => 0,
        };
        let paths = self.durable.paths().into_iter();
        let written: Vec<(PathBuf, Id, usize)> = paths
            .filter(|(path, _)| !self.companions.contains(path))
            .map(|(path, id)| (path, id, content(&self.durable, id)))
            .collect();
        let bytes: usize = written.iter().map(|(_, _, length)| length).sum();
        if bytes == 0 {
            return false;
        }
        let (mut at, bit) = (dice.below(bytes), 1 << dice.below(8));
        for (path, id, length) in written {
            if at < length {
                if let Some(Node::Leaf(Entry::Copy { content, .. })) =
                    self.durable.nodes.get_mut(&id)
                {
                    content[at] ^= bit;
                }
                self.flip_in_file(&path, id, at, bit);
                return true;
            }
            at -= length;
        }
        false
    }

    /// Flips a bit of a file in the folder, if the file is still at its path.
    fn flip_in_file(&self, path: &Path, id: Id, at: usize, bit: u8) {
        let path = self.folder.join(path);
        if fs::symlink_metadata(&path).is_ok_and(|metadata| Id::of(&metadata) == id)
            && let Ok(file) = fs::OpenOptions::new().read(true).write(true).open(path)
        {
            let mut byte = [0];
            // A file that has become shorter no longer has the bit.
            let read = file.read_exact_at(&mut byte, at as u64);
            let _ = read.and_then(|()| file.write_all_at(&[byte[0] ^ bit], at as u64));
        }
    }

    /// Returns what a crash leaves, what it lost, and whether the process has written anything.
    fn crash(&mut self, dice: &mut Dice) -> (Entries, DiskLoss, bool) {
        // Before its first step a process runs in real time, so what it has written by now depends on the machine.
        let current = if self.has_begun { Tree::read(&self.folder).ok() } else { None };
        match current {
            Some(current) => {
                let cut = self.cut.iter().map(|(file, (length, _))| (*file, *length)).collect();
                let has_written = crash::differ(&self.durable, &current);
                let (left, loss) = crash::crash(&self.durable, &current, &cut, dice);
                (left.entries(), loss, has_written)
            }
            None => (self.durable.entries(), DiskLoss::default(), false),
        }
    }
}

/// Returns the file of which a part is mapped at an address, by device and number.
fn mapped_file(process: u32, address: u64) -> Option<(u64, u64)> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let line = maps.lines().find(|line| {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        let range = range.and_then(|(from, to)| Some(number(from)?..number(to)?));
        range.is_some_and(|range| range.contains(&address))
    })?;
    // The range, the permissions, the place in the file, the device, and the number of the file.
    let mut columns = line.split_ascii_whitespace().skip(3);
    let (major, minor) = columns.next()?.split_once(':')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    Some((device(number(major)?, number(minor)?), columns.next()?.parse().ok()?))
}

/// Returns the number of a device, as `stat` has it on Linux (makedev(3)).
fn device(major: u64, minor: u64) -> u64 {
    (minor & 0xff) | (major & 0xfff) << 8 | (minor & !0xff) << 12 | (major & !0xfff) << 32
}
