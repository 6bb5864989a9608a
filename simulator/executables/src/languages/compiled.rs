//! C, C++ and all other programs of machine code.

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &[],
    start_up: millis(1, 10),
    kept: &[],
    set: &[],
    // One heap for all threads: else which one a thread uses depends on who comes first.
    set_in_virtual_time: &[("MALLOC_ARENA_MAX", "1")],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    bypass: None,
    words,
};

/// Selects the lines that the C and C++ libraries write before they abort a program.
fn words(lines: &[&str]) -> Option<Telling> {
    if let Some(what) = words::last(lines, |line| line.trim_start().starts_with("what():")) {
        let thrown = words::last(&lines[..what], |line| line.starts_with("terminate called"));
        return Some(Telling::new(thrown, what));
    }
    let aborts =
        ["terminate called", "*** ", "free(): ", "double free", "malloc(): ", "corrupted "];
    let is_abort = |line: &str| {
        aborts.iter().any(|start| line.starts_with(start))
            || line.contains(": Assertion `")
            || line.contains("==ERROR: AddressSanitizer")
    };
    Some(Telling::new([], words::last(lines, is_abort)?))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn an_exception_and_an_assertion_are_told() {
        let thrown = "terminate called after throwing an instance of 'std::out_of_range'\n  what():  map::at\n";
        let expected = [
            "terminate called after throwing an instance of 'std::out_of_range'",
            ">   what():  map::at",
        ];
        assert_eq!(told(words, thrown), expected);
        let assertion = "x\nkv: kv.cpp:12: int main(): Assertion `leader' failed.";
        assert_eq!(
            told(words, assertion),
            ["> kv: kv.cpp:12: int main(): Assertion `leader' failed."]
        );
    }
}
