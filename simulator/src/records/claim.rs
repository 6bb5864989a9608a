//! The right to write a record, which one process has at a time.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// The right to write a record. It ends with the process at the latest.
///
/// It is a lock on the file, which is made if there is none. A file takes the place of another one only under the lock
/// of that one, and is locked before: at any time, the file at the path is locked by the process that writes it.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

impl Claim {
    /// Takes the right to write the record at a path.
    ///
    /// # Errors
    ///
    /// If another process has it, or if the file cannot be written.
    pub fn take(path: &Path) -> Result<Claim, WriteError> {
        let claimed = claim(path);
        claimed.map_err(|cause| WriteError { path: path.to_owned(), cause })
    }
}

/// The error that a record could not be written.
#[derive(Debug)]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    pub cause: io::Error,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the record could not be written: {}", self.path.display(), self.cause)
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

fn claim(path: &Path) -> io::Result<Claim> {
    loop {
        if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            let what = "this is no regular file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        lock(&file)?;
        let (ours, there) = (file.metadata()?, fs::metadata(path));
        // Another process may have put a new file there before this one was locked.
        if there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
            return Ok(Claim { _file: file });
        }
    }
}

/// Locks a file. Some network file systems have no locks: there, nothing keeps two processes apart.
pub(super) fn lock(file: &File) -> io::Result<()> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) | Err(Errno::NOLCK | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
        Err(Errno::WOULDBLOCK) => Err(io::Error::new(
            io::ErrorKind::WouldBlock,
            "another process is writing it: wait until that has ended, or name another place",
        )),
        Err(error) => Err(error.into()),
    }
}
