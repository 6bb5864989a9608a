//! Perl.

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &["perl"],
    start_up: millis(5, 30),
    kept: &["PERL5LIB"],
    set: &[],
    set_in_virtual_time: &[],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    bypass: None,
    words,
};

/// Selects the message, which ends with the place.
fn words(lines: &[&str]) -> Option<Telling> {
    let is_message =
        |line: &str| line.ends_with('.') && line.contains(" at ") && line.contains(" line ");
    Some(Telling::new([], words::last(lines, is_message)?))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn the_message_is_told() {
        assert_eq!(told(words, "x\nno way at kv line 7.\n\ty"), ["> no way at kv line 7."]);
    }
}
