//! Rust.
//!
//! A Rust program's file name does not show its language, so it starts as [`compiled`] ones do.

use super::words::Telling;
use super::{Language, compiled, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &[],
    start_up: compiled::LANGUAGE.start_up,
    kept: &[],
    set: &[],
    // The panic's message tells what happened; a backtrace would push it out of sight.
    set_in_virtual_time: &[("RUST_BACKTRACE", "0")],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    bypass: None,
    words,
};

/// Selects the panic's message, and its place.
fn words(lines: &[&str]) -> Option<Telling> {
    let place =
        words::last(lines, |line| line.starts_with("thread '") && line.contains(" panicked at "))?;
    let message =
        Some(place + 1).filter(|&next| lines.get(next).is_some_and(|line| !line.is_empty()));
    Some(Telling::new([place], message.unwrap_or(place)))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn a_panic_s_message_is_told() {
        let text =
            "thread 'main' (7) panicked at kv.rs:1:2:\nno\nnote: run with `RUST_BACKTRACE=1`";
        assert_eq!(told(words, text), ["thread 'main' (7) panicked at kv.rs:1:2:", "> no"]);
    }
}
