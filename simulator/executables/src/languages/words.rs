//! The last words of a program: those of its lines that say what happened.

/// A selection of lines of a text, by their places in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Telling {
    /// The selected lines.
    pub lines: Vec<usize>,
    /// The line among these that says most.
    pub headline: usize,
}

impl Telling {
    /// Makes a selection of lines in any order, of which `headline` says most.
    pub(crate) fn new(lines: impl IntoIterator<Item = usize>, headline: usize) -> Self {
        let mut lines: Vec<usize> = lines.into_iter().collect();
        lines.push(headline);
        lines.sort_unstable();
        lines.dedup();
        Telling { lines, headline }
    }
}

/// Returns the place of the last line that meets a condition.
pub(super) fn last(lines: &[&str], is_it: impl Fn(&str) -> bool) -> Option<usize> {
    lines.iter().rposition(|line| is_it(line))
}

/// Returns the place of the first line from `start` on that meets a condition.
pub(super) fn next(lines: &[&str], start: usize, is_it: impl Fn(&str) -> bool) -> Option<usize> {
    let rest = lines.get(start..)?;
    rest.iter().position(|line| is_it(line)).map(|place| start + place)
}

/// Returns true for lines such as `java.lang.Error: no` and `KeyError: 'x'`.
///
/// They begin with the name of an exception.
///
/// The name may have dots and dollar signs. The line ends with it, or goes on with a colon.
pub(super) fn names_an_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '.' | '_' | '$');
    let kinds = ["Error", "Exception", "Interrupt", "Exit", "Warning", "Throwable"];
    !name.is_empty() && name.chars().all(is_name) && kinds.iter().any(|kind| name.ends_with(kind))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns the lines that a language selects from a text, with the headline marked.
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
