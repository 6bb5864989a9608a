//! The content of a folder: files, folders and links, to be put into another one.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The entries of a folder and of the folders in it, by their paths; each folder before what it holds.
#[derive(Debug, Default)]
pub(super) struct Entries(pub(super) Vec<(PathBuf, Entry)>);

/// An entry of a folder.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Folder,
    Copy {
        content: Vec<u8>,
        mode: u32,
        changed: Option<SystemTime>,
    },
    /// A link to this path.
    Link(PathBuf),
}

impl Entries {
    /// Puts all entries into an empty folder.
    ///
    /// # Errors
    ///
    /// If an entry cannot be made.
    pub(crate) fn put_into(&self, folder: &Path) -> io::Result<()> {
        for (name, entry) in &self.0 {
            let path = folder.join(name);
            match entry {
                Entry::Folder => fs::create_dir(path)?,
                Entry::Copy { content, mode, changed } => {
                    let mut options = OpenOptions::new();
                    options.write(true).create_new(true).mode(*mode);
                    let mut file = options.open(path)?;
                    file.write_all(content)?;
                    // By this time, a language that stores compiled files knows that they are up to date.
                    changed.map_or(Ok(()), |changed| file.set_modified(changed))?;
                }
                Entry::Link(to) => symlink(to, path)?,
            }
        }
        Ok(())
    }
}
