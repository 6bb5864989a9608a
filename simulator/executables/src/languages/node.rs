//! JavaScript under Node.

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &["node", "nodejs"],
    start_up: millis(100, 350),
    kept: &["NODE_PATH"],
    set: &[],
    set_in_virtual_time: &[],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    bypass: None,
    words,
};

/// Selects the error, its line of the program, and the first place of the stack.
///
/// Node writes the stack after the error.
fn words(lines: &[&str]) -> Option<Telling> {
    const NEAR: usize = 6;
    let is_frame = |line: &str| line.starts_with("    at ");
    let is_error = |place: usize| {
        let line = lines[place].strip_prefix("Uncaught ").unwrap_or(lines[place]);
        let after = words::next(lines, place + 1, is_frame);
        (words::names_an_exception(line) || line.starts_with("[UnhandledPromiseRejection"))
            && after.is_some_and(|frame| frame <= place + NEAR)
    };
    let error = (0..lines.len()).rev().find(|&place| is_error(place))?;
    // A place in the program itself says more than one in Node.
    let own = words::next(lines, error + 1, |line| is_frame(line) && !line.contains("(node:"));
    let frame = own.or_else(|| words::next(lines, error + 1, is_frame));
    // The order is: `file:line`, the source, a caret below it, an empty line.
    let caret =
        words::last(&lines[..error], |line| line.trim() == "^" || line.trim().starts_with("^^"));
    let source = caret.filter(|&caret| caret >= 2 && error - caret <= NEAR);
    let source = source.map(|caret| [caret - 2, caret - 1]);
    Some(Telling::new(source.into_iter().flatten().chain(frame), error))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn an_error_and_its_line_are_told() {
        let text = "kv:7\n  throw new Error('no');\n  ^\n\nError: no\n    at main (kv:7:9)\n    at \
                    Module._compile (node:internal/modules/cjs/loader:1521:14)\n\nNode.js v20.20.2";
        let expected = ["kv:7", "  throw new Error('no');", "> Error: no", "    at main (kv:7:9)"];
        assert_eq!(told(words, text), expected);
    }
}
