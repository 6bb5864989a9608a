//! Java, and other languages of the Java virtual machine.

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &["java"],
    start_up: millis(100, 350),
    kept: &["JAVA_HOME"],
    set: &[],
    set_in_virtual_time: &[],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    bypass: None,
    words,
};

/// Selects the exception and its causes, each with the place at which it was thrown; Java writes the stack after
/// them.
fn words(lines: &[&str]) -> Option<Telling> {
    let is_frame = |line: &str| line.trim_start().starts_with("at ");
    let is_thrown = |place: usize| {
        let line = lines[place];
        let is_followed = lines.get(place + 1).is_some_and(|next| is_frame(next));
        line.starts_with("Exception in thread ")
            || line.starts_with("Error: ")
            || line.starts_with("Error occurred during initialization")
            || words::names_an_exception(line) && is_followed
    };
    let first = (0..lines.len()).rev().find(|&place| is_thrown(place))?;
    let is_cause = |place: &usize| lines[*place].starts_with("Caused by: ");
    let causes: Vec<usize> = (first..lines.len()).filter(is_cause).collect();
    let headline = causes.last().copied().unwrap_or(first);
    let mut told = Vec::new();
    for place in causes.into_iter().chain([first]) {
        let end = words::next(lines, place + 1, |line| !is_frame(line)).unwrap_or(lines.len());
        let first = Some(place + 1).filter(|&first| first < end);
        let own = (place + 1..end).find(|&frame| !is_library(lines[frame]));
        told.extend(own.or(first).into_iter().chain([place]));
    }
    Some(Telling::new(told, headline))
}

/// Returns true if a place is in Java's own library.
fn is_library(line: &str) -> bool {
    let place = line.trim_start().trim_start_matches("at ");
    ["java.", "javax.", "jdk.", "sun."]
        .iter()
        .any(|own| place.starts_with(own) || place.contains(&format!("/{own}")))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn an_exception_and_its_cause_are_told() {
        let text = "log\nException in thread \"main\" java.lang.RuntimeException: no\n\tat A.b(A.java:1)\n\tat \
                    A.main(A.java:9)\nCaused by: java.io.IOException: full\n\tat A.c(A.java:2)\n\t... 1 more";
        let expected = [
            "Exception in thread \"main\" java.lang.RuntimeException: no",
            "\tat A.b(A.java:1)",
            "> Caused by: java.io.IOException: full",
            "\tat A.c(A.java:2)",
        ];
        assert_eq!(told(words, text), expected);
    }

    #[test]
    fn a_class_that_is_not_there_is_told() {
        let text = "Error: Could not find or load main class Kv\nCaused by: java.lang.ClassNotFoundException: Kv";
        let expected = [
            "Error: Could not find or load main class Kv",
            "> Caused by: java.lang.ClassNotFoundException: Kv",
        ];
        assert_eq!(told(words, text), expected);
    }
}
