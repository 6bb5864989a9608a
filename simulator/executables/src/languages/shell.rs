//! Shell scripts that start a program of an unknown language.

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &["sh", "bash", "dash", "zsh", "ksh", "busybox"],
    start_up: millis(5, 60),
    kept: &[],
    set: &[],
    set_in_virtual_time: &[],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    bypass: None,
    words,
};

/// Selects the last line that reports a failure; a shell needs one line for it.
fn words(lines: &[&str]) -> Option<Telling> {
    let is_message = |line: &str| {
        ["not found", "No such file or directory", "Permission denied", "cannot execute"]
            .iter()
            .any(|end| line.contains(end))
    };
    Some(Telling::new([], words::last(lines, is_message)?))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn a_missing_command_is_told() {
        assert_eq!(told(words, "./kv: 3: jave: not found"), ["> ./kv: 3: jave: not found"]);
    }
}
