//! The last words of a program: of all that it wrote, the lines that say what happened.

/// Lines of a text by their places, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Telling {
    /// Those that tell.
    pub lines: Vec<usize>,
    /// The one that tells most.
    pub headline: usize,
}

impl Telling {
    /// Lines in any order, of which `headline` tells most.
    pub(crate) fn new(lines: impl IntoIterator<Item = usize>, headline: usize) -> Self {
        let mut lines: Vec<usize> = lines.into_iter().collect();
        lines.push(headline);
        lines.sort_unstable();
        lines.dedup();
        Telling { lines, headline }
    }
}

/// The place of the last line that fulfils a condition.
pub(super) fn last(lines: &[&str], is_it: impl Fn(&str) -> bool) -> Option<usize> {
    lines.iter().rposition(|line| is_it(line))
}

/// The place of the first line from `start` on that fulfils a condition.
pub(super) fn next(lines: &[&str], start: usize, is_it: impl Fn(&str) -> bool) -> Option<usize> {
    let rest = lines.get(start..)?;
    rest.iter().position(|line| is_it(line)).map(|place| start + place)
}

/// Whether a line begins with the name of an exception, dots and dollar signs included, and goes on with a
/// colon or not at all: `java.lang.Error: no`, `KeyError: 'x'`.
pub(super) fn names_an_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '.' | '_' | '$');
    let kinds = ["Error", "Exception", "Interrupt", "Exit", "Warning", "Throwable"];
    !name.is_empty() && name.chars().all(is_name) && kinds.iter().any(|kind| name.ends_with(kind))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a language tells of a text, the headline marked.
    pub(crate) fn told(words: fn(&[&str]) -> Option<Telling>, text: &str) -> Vec<String> {
        let lines: Vec<&str> = text.lines().collect();
        let telling = words(&lines).expect("it tells something");
        let mark = |place: usize| if place == telling.headline { "> " } else { "" };
        telling.lines.iter().map(|&place| format!("{}{}", mark(place), lines[place])).collect()
    }

    #[test]
    fn exceptions_are_known_by_their_names() {
        for line in ["KeyError: 'x'", "java.lang.NullPointerException", "a.B$CException: x: y"] {
            assert!(names_an_exception(line), "{line}");
        }
        for line in ["", "no Error here: x", "an Error", "    KeyError: x", "12:30: Errors"] {
            assert!(!names_an_exception(line), "{line}");
        }
    }
}
