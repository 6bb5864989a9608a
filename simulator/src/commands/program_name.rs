//! The name of this program in the commands that it prints.

use std::path::{Path, PathBuf};

use simulation::text::shell_word;

/// Returns the name of this program, `simulator` or a relative path to it.
///
/// It is the path by which the program was called, if that is relative to the current folder, such as
/// `target/release/simulator`.
pub(crate) fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    let path = called.filter(|path| path.is_relative() && path.components().count() > 1);
    path.map_or_else(|| "simulator".to_owned(), |path| shell_word(&path))
}

/// Returns the command that replays a failure file.
pub(crate) fn replay_file(file: &Path) -> String {
    format!("{} replay {}", program(), shell_word(file))
}
