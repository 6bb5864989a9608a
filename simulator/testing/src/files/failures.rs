//! Failure files.

use std::fs;
use std::io;
use std::path::Path;

use simulation::failure::{Failure, FailureError};
use simulation::text::unreadable;

/// Writes a failure to a file, completely or not at all.
///
/// This holds even if the program crashes.
///
/// # Errors
///
/// If the file cannot be written.
pub fn save_failure(failure: &Failure, path: &Path) -> io::Result<()> {
    let unfinished = path.with_extension("json.tmp");
    let written =
        fs::write(&unfinished, failure.to_json()?).and_then(|()| fs::rename(&unfinished, path));
    written.inspect_err(|_| {
        // On a full disk its beginning takes room from others.
        let _ = fs::remove_file(&unfinished);
    })
}

/// Reads a failure from a file.
///
/// # Errors
///
/// If the file cannot be read, or as [`Failure::parse`].
pub fn load_failure(path: &Path) -> Result<Failure, FailureError> {
    let error = |message| FailureError { path: path.to_owned(), position: None, message };
    let text = fs::read_to_string(path);
    let text = text.map_err(|cause| error(unreadable(&cause, "a failure file")))?;
    Failure::parse(path, &text)
}
