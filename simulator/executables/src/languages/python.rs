//! Python.

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &["python", "pypy"],
    start_up: millis(20, 60),
    kept: &["VIRTUAL_ENV", "PYTHONPATH", "PYENV_ROOT"],
    // No files left beside the program's own, and each line is there as soon as it is printed.
    set: &[("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONUNBUFFERED", "1")],
    // The order of sets of texts.
    seeded: &["PYTHONHASHSEED"],
    words,
};

/// The exception, where it was raised, and what was raised before it: Python writes what called what first.
fn words(lines: &[&str]) -> Option<Telling> {
    let is_frame = |line: &str| line.trim_start().starts_with("File \"");
    let is_own = |line: &str| is_frame(line) && !is_library(line);
    let is_told = |line: &str| !line.is_empty() && !line.starts_with(char::is_whitespace);
    // The beginning may be cut off, and a syntax error has none.
    let frame = words::last(lines, is_frame)?;
    let exception = words::next(lines, frame + 1, is_told)?;
    // What the program itself did tells more than what the library made of it.
    let block = words::last(&lines[..=frame], |line| line.starts_with("Traceback")).unwrap_or(0);
    let frame = words::last(&lines[block..=frame], is_own).map_or(frame, |own| block + own);
    let is_source = |place: usize| lines.get(place).is_some_and(|line| line.starts_with(' '));
    let mut told = vec![frame];
    told.extend(Some(frame + 1).filter(|&place| is_source(place)));
    // A message of several lines.
    told.extend((exception..lines.len()).take(3).take_while(|&place| !lines[place].is_empty()));
    told.extend(raised_before(lines, frame));
    Some(Telling::new(told, exception))
}

/// Whether a place is in Python's own library, or in one that was installed.
fn is_library(line: &str) -> bool {
    line.contains("/lib/python") || line.contains("<frozen ") || line.contains("/site-packages/")
}

/// The exception that was being handled when another one was raised, and the line that says so.
fn raised_before(lines: &[&str], frame: usize) -> Vec<usize> {
    let is_joint = |line: &str| {
        line.starts_with("During handling of the above exception")
            || line.starts_with("The above exception was the direct cause")
    };
    let joint = words::last(&lines[..frame], is_joint);
    let before = joint.and_then(|joint| words::last(&lines[..joint], words::names_an_exception));
    before.into_iter().chain(joint.filter(|_| before.is_some())).collect()
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn of_a_traceback_the_exception_is_told() {
        let traceback = "noise\nTraceback (most recent call last):\n  File \"kv\", line 99, in <module>\n    \
                         main()\n  File \"kv\", line 9, in main\n    raise ValueError(\"no\")\n    ^^^^^\n\
                         ValueError: no\nnot at all";
        let expected = [
            "  File \"kv\", line 9, in main",
            "    raise ValueError(\"no\")",
            "> ValueError: no",
            "not at all",
        ];
        assert_eq!(told(words, traceback), expected);
    }

    #[test]
    fn the_program_s_own_line_is_told_rather_than_the_library_s() {
        let text = "Traceback (most recent call last):\n  File \"kv\", line 7, in main\n    json.loads(x)\n  File \
                    \"/usr/lib/python3.11/json/__init__.py\", line 339, in loads\n    raise TypeError\n\
                    TypeError: not set";
        let expected =
            ["  File \"kv\", line 7, in main", "    json.loads(x)", "> TypeError: not set"];
        assert_eq!(told(words, text), expected);
    }

    #[test]
    fn of_a_syntax_error_the_place_is_told() {
        let syntax =
            "  File \"kv\", line 9\n    print 1\n    ^^^\nSyntaxError: Missing parentheses";
        let expected =
            ["  File \"kv\", line 9", "    print 1", "> SyntaxError: Missing parentheses"];
        assert_eq!(told(words, syntax), expected);
    }

    #[test]
    fn an_exception_that_was_being_handled_is_told_too() {
        let chained = "Traceback (most recent call last):\n  File \"kv\", line 1, in a\n    x\nKeyError: 'k'\n\n\
                       During handling of the above exception, another exception occurred:\n\n\
                       Traceback (most recent call last):\n  File \"kv\", line 2, in b\n    y\nOSError: z";
        let expected = [
            "KeyError: 'k'",
            "During handling of the above exception, another exception occurred:",
            "  File \"kv\", line 2, in b",
            "    y",
            "> OSError: z",
        ];
        assert_eq!(told(words, chained), expected);
    }
}
