//! Ruby.

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &["ruby"],
    start_up: millis(50, 150),
    kept: &["RUBYLIB"],
    set: &[],
    set_in_virtual_time: &[],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    bypass: None,
    words,
};

/// Selects the message, which begins with the place; Ruby writes the stack after it.
fn words(lines: &[&str]) -> Option<Telling> {
    let is_message =
        |line: &str| line.contains(":in ") && line.ends_with(')') && line.contains(" (");
    Some(Telling::new([], words::last(lines, is_message)?))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn the_message_is_told() {
        let text = "kv:7:in `main': no (RuntimeError)\n\tfrom kv:9:in `<main>'";
        assert_eq!(told(words, text), ["> kv:7:in `main': no (RuntimeError)"]);
    }
}
