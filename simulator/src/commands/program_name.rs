//! The name of this program in the commands that it prints.

use std::path::{Path, PathBuf};

use simulation::text::shell_word;

/// The name that users type.
pub(super) const NAME: &str = "simulator";

/// Returns the name of this program: `simulator`, or a path to it.
///
/// It is the path by which the program was called, if that is relative to the current folder, such as
/// `target/release/simulator`, or if it is the program of a system of one's own.
pub(crate) fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let name = called.file_name().unwrap_or(NAME.as_ref());
    let is_told = called.is_relative() || name != NAME;
    shell_word(if is_told && called.components().count() > 1 { &called } else { Path::new(name) })
}

/// Returns the command that replays a failure file.
pub(crate) fn replay_file(file: &Path) -> String {
    format!("{} replay {}", program(), shell_word(file))
}
