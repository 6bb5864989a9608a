//! Listing a folder.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

/// Returns the entries of a folder in the order of their names, without hidden ones.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn sorted(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries: Vec<DirEntry> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.retain(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}
