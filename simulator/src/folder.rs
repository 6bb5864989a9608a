//! What lies in a folder, and whether it has changed.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::digest::Digest;
use crate::journal::build_of;

/// Files that are looked at to see whether a program has changed, at most.
const MOST_FILES: usize = 10_000;

/// What is in a folder, by name, hidden things aside.
///
/// # Errors
///
/// When the folder cannot be read.
pub(crate) fn sorted(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries: Vec<DirEntry> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.retain(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

/// Names an executable with all that it may import: it changes when the content of the executable
/// does, or the size or time of anything in the `folder` that holds it, hidden things and what Python
/// writes by itself aside. `except` names what else does not count, such as our own reports.
///
/// Of a folder without bounds, the first 10,000 files count.
///
/// # Errors
///
/// When the executable cannot be read.
pub fn program_of(executable: &Path, folder: &Path, except: &[PathBuf]) -> io::Result<String> {
    let mut digest = Digest::new();
    digest.text(&build_of(executable)?);
    let except: Vec<PathBuf> = except.iter().filter_map(|it| it.canonicalize().ok()).collect();
    // The same names for all ways to write the path.
    let mut folders = vec![folder.canonicalize()?];
    let mut left = MOST_FILES;
    while let Some(folder) = folders.pop() {
        // What cannot be read cannot be imported.
        for entry in sorted(&folder).unwrap_or_default() {
            let Some(fewer) = left.checked_sub(1) else { return Ok(digest.to_string()) };
            left = fewer;
            let path = entry.path();
            if entry.file_name() == "__pycache__" || except.contains(&path) {
                continue;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(path);
                continue;
            }
            digest.text(&path.to_string_lossy());
            digest.word(metadata.len());
            let changed =
                metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            digest.word(changed.map_or(0, |since| since.as_nanos() as u64));
        }
    }
    Ok(digest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_imported_counts_and_what_is_written_on_the_way_does_not() {
        let root = std::env::temp_dir().join(format!("simulator-folder-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for folder in ["lib/__pycache__", ".git", "failures"] {
            fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        let write = |name: &str, text: &str| fs::write(root.join(name), text).expect("a file");
        write("kv", "#!/bin/sh");
        write("lib/raft.py", "one");
        let except = [root.join("failures")];
        let now = || program_of(&root.join("kv"), &root, &except).expect("it can be read");
        let before = now();
        for ours in ["lib/__pycache__/raft.pyc", ".git/HEAD", "failures/progress.jsonl"] {
            write(ours, "written on the way");
        }
        assert_eq!(now(), before);
        write("lib/raft.py", "another");
        let changed = now();
        assert_ne!(changed, before);
        write("lib/new.py", "");
        assert_ne!(now(), changed);
        fs::remove_dir_all(&root).expect("removed");
    }
}
