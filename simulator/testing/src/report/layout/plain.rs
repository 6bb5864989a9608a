//! The same functions for the output of a test, which has no colours and no width.

/// The columns that a text takes.
pub fn columns(text: &str) -> usize {
    text.chars().count()
}

/// A line whose escape sequences do nothing.
pub(super) fn without_colours(line: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(line).replace('\x1b', "\\x1b").into_bytes()
}

/// Leaves a line whole.
pub(super) fn fill(line: &str, _width: usize, _indent: &str) -> String {
    line.to_owned()
}

/// The output has neither a width nor colours.
pub(super) fn of_stdout() -> (Option<usize>, bool) {
    (None, false)
}
