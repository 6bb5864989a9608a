//! The files next to the executable, which each process finds in its own folder.
//!
//! Under the course's simulator a replica runs in its author's folder, and may open files there by a relative path: a
//! jar, a configuration, a folder for its logs. Here each process has a folder of its own. So the files next to the
//! executable are put there, too: as copies, which the process may change, or as links if they are too large.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use crate::entries::{Entries, Entry};
use crate::folder::sorted;

/// The number of entries above which all of them become links.
///
/// A larger folder is hardly an author's.
const MOST_BESIDE: usize = 256;

/// The number of entries above which only the executable is there.
///
/// Each run would have to make the links again.
const MOST_LINKS: usize = 2_048;

/// Limits on the copy of one entry: files and folders, and bytes.
///
/// They are per entry, so that a new file cannot turn the copy of another one into a link.
const MOST_COPIES: usize = 256;
const MOST_BYTES: u64 = 1 << 20;

/// The longest path that is copied, in bytes.
///
/// The kernel might refuse a longer one below the process's folder.
const LONGEST_PATH: usize = 1_000;

/// The visible entries of a folder at the time it was read.
#[derive(Debug)]
pub(super) struct Companions {
    entries: Entries,
    /// The number of entries, if there are too many.
    left_out: Option<usize>,
}

/// The error that a file or a folder is too large to be copied.
struct TooLarge;

impl Companions {
    /// Reads the folder of an executable, and takes the executable in any case.
    ///
    /// Leaves out what cannot be read, or is neither a file nor a folder nor a link.
    pub(crate) fn of(executable: &Path) -> Companions {
        let folder = executable.parent().unwrap_or(executable);
        let beside = sorted(folder).unwrap_or_default();
        let are_few = beside.len() <= MOST_LINKS;
        let mut entries = Vec::new();
        for entry in beside.iter().filter(|_| are_few) {
            let name = PathBuf::from(entry.file_name());
            let copies = if beside.len() <= MOST_BESIDE { MOST_COPIES } else { 0 };
            let mut room = Room { folder, copies, bytes: MOST_BYTES, entries: Vec::new() };
            match room.take(&name) {
                Ok(()) => entries.append(&mut room.entries),
                // The whole folder becomes a link: half of its files would be confusing.
                Err(TooLarge) => entries.push((name, Entry::Link(entry.path()))),
            }
        }
        let own = PathBuf::from(executable.file_name().unwrap_or_default());
        if !entries.iter().any(|(name, _)| *name == own) {
            entries.push((own, Entry::Link(executable.to_owned())));
        }
        Companions { entries: Entries(entries), left_out: (!are_few).then_some(beside.len()) }
    }

    /// Returns the number of files next to the executable, if they are too many.
    pub(crate) fn left_out(&self) -> Option<usize> {
        self.left_out
    }

    /// Returns the targets of the links.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Path> {
        self.entries.0.iter().filter_map(|(_, entry)| match entry {
            Entry::Link(to) => Some(to.as_path()),
            _ => None,
        })
    }

    /// Returns the entries, to be put into the folder of a process.
    pub(crate) fn entries(&self) -> &Entries {
        &self.entries
    }
}

/// The copies made of one entry, and how much may still be copied.
struct Room<'a> {
    folder: &'a Path,
    copies: usize,
    bytes: u64,
    entries: Vec<(PathBuf, Entry)>,
}

impl Room<'_> {
    /// Takes the entry of this name, and everything in it.
    fn take(&mut self, name: &Path) -> Result<(), TooLarge> {
        self.copies = self.copies.checked_sub(1).ok_or(TooLarge)?;
        if name.as_os_str().len() > LONGEST_PATH {
            return Err(TooLarge);
        }
        let path = self.folder.join(name);
        let Ok(found) = fs::symlink_metadata(&path) else { return Ok(()) };
        if found.is_symlink() {
            if let Ok(to) = fs::read_link(&path) {
                let to = if stays_inside(name, &to) { to } else { path };
                self.entries.push((name.to_owned(), Entry::Link(to)));
            }
        } else if found.is_dir() {
            self.entries.push((name.to_owned(), Entry::Folder));
            for inner in sorted(&path).unwrap_or_default() {
                self.take(&name.join(inner.file_name()))?;
            }
        } else if found.is_file() {
            self.bytes = self.bytes.checked_sub(found.len()).ok_or(TooLarge)?;
            if let Ok(content) = fs::read(&path) {
                let (mode, changed) = (found.permissions().mode(), found.modified().ok());
                self.entries.push((name.to_owned(), Entry::Copy { content, mode, changed }));
            }
        }
        Ok(())
    }
}

/// Returns true if a link leads to a file next to the executable.
///
/// The same link then leads to the copy of that file.
fn stays_inside(name: &Path, to: &Path) -> bool {
    let mut depth = name.components().count() as isize - 1;
    to.is_relative()
        && to.components().all(|part| {
            depth += match part {
                Component::Normal(_) => 1,
                Component::ParentDir => -1,
                _ => 0,
            };
            depth >= 0
        })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Makes a folder with files of these names, all of one size.
    fn folder(name: &str, files: &[&str], size: usize) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("companions-{}-{name}", std::process::id()));
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
            fs::write(path, vec![b'x'; size]).expect("a file");
        }
        folder
    }

    #[test]
    fn what_is_small_can_be_changed_without_harm_and_what_is_large_is_linked() {
        let own = folder("own", &["kv", "logs/old", ".git/HEAD"], 5);
        folder("own", &["data/large", "venv/deep/large"], MOST_BYTES as usize + 1);
        symlink("logs/old", own.join("alias")).expect("a link");
        symlink("../../elsewhere", own.join("logs/out")).expect("a link");
        let copy = folder("copy", &["unused"], 0);
        fs::remove_file(copy.join("unused")).expect("it can go");
        Companions::of(&own.join("kv")).entries().put_into(&copy).expect("there is room");

        fs::write(copy.join("alias"), "new").expect("it can be written");
        assert_eq!(fs::read(copy.join("logs/old")).expect("it is there"), b"new");
        assert_eq!(fs::read(own.join("logs/old")).expect("it is there"), b"xxxxx");
        let names = sorted(&copy).expect("a folder").into_iter().map(|it| it.file_name());
        assert!(names.eq(["alias", "data", "kv", "logs", "venv"]));
        let out = fs::read_link(copy.join("logs/out")).expect("a link");
        assert_eq!(out, own.join("logs/out"), "by way of the user's own, which leads there");
        for (name, is_link) in [("data", true), ("venv", true), ("logs", false), ("kv", false)] {
            assert_eq!(copy.join(name).is_symlink(), is_link, "{name}");
        }
        assert!(!copy.join(".git").exists());
        fs::remove_dir_all(&copy).expect("it can go");
        assert!(own.join("venv/deep/large").exists(), "links are not followed");
        fs::remove_dir_all(&own).expect("it can go");
    }

    /// Returns the companions of an executable among `count` other files.
    fn beside(count: usize) -> Companions {
        let names: Vec<String> = (0..count).map(|it| format!("{it}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let crowd = folder(&format!("crowd-{count}"), &names, 0);
        let found = Companions::of(&crowd.join("0"));
        fs::remove_dir_all(&crowd).expect("it can go");
        found
    }

    #[test]
    fn of_many_things_there_are_links_and_of_a_crowd_there_is_the_executable() {
        let is_link = |(_, entry): &(PathBuf, Entry)| matches!(entry, Entry::Link(_));
        let many = beside(MOST_BESIDE + 1);
        assert_eq!(many.entries.0.iter().filter(|entry| is_link(entry)).count(), MOST_BESIDE + 1);
        assert_eq!(many.left_out(), None);
        let crowd = beside(MOST_LINKS + 1);
        assert_eq!(crowd.entries.0.len(), 1);
        assert!(crowd.entries.0.iter().all(|entry| entry.0 == Path::new("0") && is_link(entry)));
        assert_eq!(crowd.left_out(), Some(MOST_LINKS + 1));
    }

    #[test]
    fn a_hidden_executable_is_there() {
        let own = folder("hidden", &[".kv", "kv.conf"], 1);
        let found = Companions::of(&own.join(".kv"));
        let names: Vec<&Path> = found.entries.0.iter().map(|(name, _)| name.as_path()).collect();
        assert_eq!(names, [Path::new("kv.conf"), Path::new(".kv")]);
        fs::remove_dir_all(&own).expect("it can go");
    }
}
