//! The content of a replica's folder, in which each file keeps its identity when it is renamed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::entries::{Entries, Entry};

/// The identity of a file, as long as the file exists.
///
/// The number of a deleted file may be used again, so the time at which the file was made belongs to it. Identities
/// differ from run to run, so nothing may be drawn in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) device: u64,
    pub(super) inode: u64,
    made: Option<SystemTime>,
}

impl Id {
    pub(super) fn of(metadata: &Metadata) -> Id {
        Id { device: metadata.dev(), inode: metadata.ino(), made: metadata.created().ok() }
    }
}

/// The names in a folder.
pub(super) type Names = BTreeMap<OsString, Id>;

/// A file, a folder or a link.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Folder(Names),
    /// An entry that is no folder.
    Leaf(Entry),
}

/// A folder with all that is in it.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) root: Id,
    pub(super) nodes: BTreeMap<Id, Node>,
}

impl Tree {
    /// Reads a folder. Leaves out what cannot be read, and what is neither a file nor a folder nor a link.
    ///
    /// # Errors
    ///
    /// If the folder itself cannot be read.
    pub(super) fn read(folder: &Path) -> io::Result<Tree> {
        Tree::walk(folder, true)
    }

    /// Reads the names in a folder; all files are empty.
    ///
    /// # Errors
    ///
    /// If the folder itself cannot be read.
    pub(super) fn names(folder: &Path) -> io::Result<Tree> {
        Tree::walk(folder, false)
    }

    fn walk(folder: &Path, with_content: bool) -> io::Result<Tree> {
        let root = Id::of(&fs::symlink_metadata(folder)?);
        let mut tree = Tree { root, nodes: BTreeMap::new() };
        let mut waiting = vec![(root, folder.to_owned())];
        while let Some((id, path)) = waiting.pop() {
            let mut names = Names::new();
            for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
                let inner = entry.path();
                let Ok(metadata) = fs::symlink_metadata(&inner) else { continue };
                let inner_id = Id::of(&metadata);
                if metadata.is_dir() {
                    waiting.push((inner_id, inner));
                } else if let Some(leaf) = leaf(&inner, &metadata, with_content) {
                    tree.nodes.entry(inner_id).or_insert(Node::Leaf(leaf));
                } else {
                    continue;
                }
                names.insert(entry.file_name(), inner_id);
            }
            tree.nodes.insert(id, Node::Folder(names));
        }
        Ok(tree)
    }

    /// Returns the names in a folder; none if there is no such folder.
    pub(super) fn names_in(&self, folder: Id) -> Option<&Names> {
        match self.nodes.get(&folder) {
            Some(Node::Folder(names)) => Some(names),
            _ => None,
        }
    }

    /// Returns all paths with what is there, sorted: each folder before what it holds.
    pub(super) fn paths(&self) -> Vec<(PathBuf, Id)> {
        let mut paths = Vec::new();
        self.collect(PathBuf::new(), self.root, &mut BTreeSet::new(), &mut paths);
        paths
    }

    fn collect(
        &self,
        path: PathBuf,
        id: Id,
        above: &mut BTreeSet<Id>,
        paths: &mut Vec<(PathBuf, Id)>,
    ) {
        // A folder in itself would have no end.
        if !above.insert(id) {
            return;
        }
        for (name, &inner) in self.names_in(id).into_iter().flatten() {
            let inner_path = path.join(name);
            paths.push((inner_path.clone(), inner));
            self.collect(inner_path, inner, above, paths);
        }
        above.remove(&id);
    }

    /// Returns the file with this number, and its path.
    pub(super) fn find(&self, device: u64, inode: u64) -> Option<(PathBuf, Id)> {
        let is_it = |id: Id| (id.device, id.inode) == (device, inode);
        if is_it(self.root) {
            return Some((PathBuf::new(), self.root));
        }
        self.paths().into_iter().find(|&(_, id)| is_it(id))
    }

    /// Forgets what has no name, here or in another tree.
    pub(super) fn prune(&mut self, other: &Tree) {
        let named = self.paths().into_iter().chain(other.paths()).map(|(_, id)| id);
        let named: BTreeSet<Id> = named.chain([self.root]).collect();
        self.nodes.retain(|id, _| named.contains(id));
    }

    /// Returns the entries, to be put into another folder.
    pub(super) fn entries(&self) -> Entries {
        let entry = |(path, id): (PathBuf, Id)| match self.nodes.get(&id)? {
            Node::Folder(_) => Some((path, Entry::Folder)),
            Node::Leaf(leaf) => Some((path, leaf.clone())),
        };
        Entries(self.paths().into_iter().filter_map(entry).collect())
    }
}

/// Reads what is no folder. A file without its content is empty.
pub(super) fn leaf(path: &Path, metadata: &Metadata, with_content: bool) -> Option<Entry> {
    if metadata.is_symlink() {
        return fs::read_link(path).ok().map(Entry::Link);
    }
    if !metadata.is_file() {
        return None;
    }
    let content = if with_content { fs::read(path).ok()? } else { Vec::new() };
    let (mode, changed) = (metadata.permissions().mode(), metadata.modified().ok());
    Some(Entry::Copy { content, mode, changed })
}
