//! Fingerprints of builds, scenarios and programs, which show if something has changed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use simulation::digest::Digest;
use simulation::scenario::Scenario;

use executables::{is_generated, sorted};

/// The most files that are examined to see if a program has changed.
const MOST_FILES: usize = 10_000;

/// Returns the fingerprint of everything that gives a scenario's seeds their meaning.
///
/// The place of the file does not matter.
pub fn content_of(scenario: &Scenario) -> String {
    let mut digest = Digest::new();
    digest.text(&serde_json::to_string(scenario).unwrap_or_default());
    digest.to_string()
}

/// Returns the fingerprint of a build: the digest of its program.
///
/// A change in the code makes another build.
///
/// # Errors
///
/// If the program cannot be read.
pub fn build_of(program: &Path) -> io::Result<String> {
    let bytes = std::fs::read(program)?;
    let mut digest = Digest::new();
    digest.bytes(&bytes);
    Ok(digest.to_string())
}

/// Returns the fingerprint of an executable and of all that it may import.
///
/// It changes with the content of the executable, and with the size or time of any file in the `folder` that holds
/// it. Hidden files, the files that a language itself writes, and those in `except`, such as reports, do not count.
///
/// Only the first 10,000 files count, in case the folder has no end.
///
/// # Errors
///
/// If the executable cannot be read.
pub fn program_of(executable: &Path, folder: &Path, except: &[PathBuf]) -> io::Result<String> {
    let mut digest = Digest::new();
    digest.text(&build_of(executable)?);
    let except: Vec<PathBuf> = except.iter().filter_map(|it| it.canonicalize().ok()).collect();
    // The names are the same for all ways to write the path.
    let mut folders = vec![folder.canonicalize()?];
    let mut left = MOST_FILES;
    while let Some(folder) = folders.pop() {
        // A folder that cannot be read cannot be imported either.
        for entry in sorted(&folder).unwrap_or_default() {
            let Some(fewer) = left.checked_sub(1) else { return Ok(digest.to_string()) };
            left = fewer;
            let path = entry.path();
            if is_generated(&entry.file_name()) || except.contains(&path) {
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
    use std::fs;

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
        for ours in ["lib/__pycache__/raft.pyc", ".git/HEAD", "failures/record.jsonl"] {
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
