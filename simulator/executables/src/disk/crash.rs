//! The state of a disk after a crash.
//!
//! Names and contents are drawn by themselves, as POSIX allows. Names that share a file are drawn together, so that a
//! rename has happened completely or not at all. Everything is drawn in the order of the paths.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::tree::{Id, Names, Node, Tree};
use crate::entries::Entry;
use simulation::api::DiskLoss;
use simulation::rng::Dice;

/// The bytes that a disk writes completely or not at all.
const SECTOR: usize = 512;

/// Returns what a crash leaves, and what it removed.
///
/// `cut` has the shortest lengths to which files were cut since their last sync.
pub(super) fn crash(
    durable: &Tree,
    current: &Tree,
    cut: &BTreeMap<(u64, u64), u64>,
    dice: &mut Dice,
) -> (Tree, DiskLoss) {
    let mut left = with_names(durable, current, dice);
    let mut loss = DiskLoss::default();
    for (_, id) in left.paths() {
        if left.nodes.contains_key(&id) {
            continue;
        }
        let (before, after) = (durable.nodes.get(&id), current.nodes.get(&id));
        let node = match (before, after) {
            (Some(Node::Leaf(before)), Some(Node::Leaf(after))) => {
                let cut = cut.get(&(id.device, id.inode)).copied();
                Node::Leaf(leaf(Some(before), after, cut, dice, &mut loss))
            }
            (None, Some(Node::Leaf(after))) => Node::Leaf(leaf(None, after, None, dice, &mut loss)),
            (Some(node), _) | (None, Some(node)) => node.clone(),
            (None, None) => continue,
        };
        left.nodes.insert(id, node);
    }
    (left, loss)
}

/// Returns true if anything differs between two trees.
pub(super) fn differ(one: &Tree, other: &Tree) -> bool {
    let content = |tree: &Tree, id: Id| match tree.nodes.get(&id) {
        Some(Node::Leaf(Entry::Copy { content, .. })) => content.clone(),
        _ => Vec::new(),
    };
    let paths = one.paths();
    paths != other.paths() || paths.iter().any(|&(_, id)| content(one, id) != content(other, id))
}

/// A name in a folder that is not the same as at the last sync.
struct Change {
    folder: Id,
    name: OsString,
    before: Option<Id>,
    after: Option<Id>,
}

/// Returns a tree of folders only, with the names that survive.
fn with_names(durable: &Tree, current: &Tree, dice: &mut Dice) -> Tree {
    let mut folders = vec![durable.root];
    for (_, id) in current.paths().into_iter().chain(durable.paths()) {
        let is_folder = durable.names_in(id).is_some() || current.names_in(id).is_some();
        if is_folder && !folders.contains(&id) {
            folders.push(id);
        }
    }
    let nothing = Names::new();
    let mut left = Tree { root: durable.root, nodes: BTreeMap::new() };
    let mut changes = Vec::new();
    for folder in folders {
        let before = durable.names_in(folder).unwrap_or(&nothing);
        // A folder that was removed had no names left, but whether they are gone is drawn with its own name.
        let after = current.names_in(folder).unwrap_or(before);
        let changed = |name: &&OsString| before.get(*name) != after.get(*name);
        let mut names: Vec<&OsString> = before.keys().chain(after.keys()).filter(changed).collect();
        names.sort();
        names.dedup();
        changes.extend(names.into_iter().map(|name| Change {
            folder,
            name: name.clone(),
            before: before.get(name).copied(),
            after: after.get(name).copied(),
        }));
        left.nodes.insert(folder, Node::Folder(before.clone()));
    }
    let groups = groups(&changes);
    let mut survives: BTreeMap<usize, bool> = BTreeMap::new();
    for (change, group) in changes.into_iter().zip(groups) {
        let survives = *survives.entry(group).or_insert_with(|| dice.below(2) == 0);
        if let (true, Some(Node::Folder(names))) = (survives, left.nodes.get_mut(&change.folder)) {
            match change.after {
                Some(id) => names.insert(change.name, id),
                None => names.remove(&change.name),
            };
        }
    }
    left
}

/// Returns a number for each change, the same for those that share a file: the first one's place.
fn groups(changes: &[Change]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..changes.len()).collect();
    let mut of_file: BTreeMap<Id, usize> = BTreeMap::new();
    for (place, change) in changes.iter().enumerate() {
        for id in change.before.iter().chain(&change.after) {
            let other = groups[*of_file.entry(*id).or_insert(place)];
            let (from, to) = (groups[place].max(other), groups[place].min(other));
            groups.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
        }
    }
    groups
}

/// Returns what is left of a file or a link. `before` is its state at its last sync, if it was ever synced.
fn leaf(
    before: Option<&Entry>,
    after: &Entry,
    cut: Option<u64>,
    dice: &mut Dice,
    loss: &mut DiskLoss,
) -> Entry {
    let Entry::Copy { content: written, mode, changed } = after else { return after.clone() };
    let synced = match before {
        Some(Entry::Copy { content, .. }) => content.as_slice(),
        _ => &[],
    };
    if synced == written {
        return after.clone();
    }
    let cut = cut.map_or(usize::MAX, |length| length as usize);
    let content = survivors(synced, written, cut, dice, loss);
    Entry::Copy { content, mode: *mode, changed: *changed }
}

/// Returns what is left of a file that was written to since its last sync.
///
/// Of the bytes that were added a prefix survives, which may be none or all of them; the file may have grown before its
/// bytes were written, so the missing ones may be zeros. Each sector that was changed in its place is the old one or
/// the new one. A file that was cut may be as it was before that.
fn survivors(
    synced: &[u8],
    written: &[u8],
    cut: usize,
    dice: &mut Dice,
    loss: &mut DiskLoss,
) -> Vec<u8> {
    let is_cut = cut < synced.len();
    if is_cut && dice.below(4) == 0 {
        loss.bytes += written.len();
        return synced.to_vec();
    }
    let stays = synced.len().min(cut).min(written.len());
    let mut left = Vec::with_capacity(written.len());
    let (mut old, mut new) = (0, 0);
    for (before, after) in synced[..stays].chunks(SECTOR).zip(written[..stays].chunks(SECTOR)) {
        let is_new = before == after || dice.below(2) == 0;
        left.extend_from_slice(if is_new { after } else { before });
        if before != after {
            *(if is_new { &mut new } else { &mut old }) += after.len();
        }
    }
    let added = &written[stays..];
    let kept = match dice.below(4) {
        0 => 0,
        1 => added.len(),
        _ => dice.below(added.len() + 1),
    };
    left.extend_from_slice(&added[..kept]);
    if dice.below(4) == 0 {
        left.resize(left.len() + added.len() - kept, 0);
    }
    let lost = old + added.len() - kept;
    loss.bytes += lost;
    loss.is_torn |= lost > 0 && new + kept > 0;
    left
}
