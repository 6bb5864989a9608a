//! Commands in lines of a width that can still be copied into a shell.

use super::columns;

/// The indentation of the lines after the first.
const INDENT: &str = "    ";

/// A command after what stands before it, in lines of a width.
pub(super) fn broken(before: &str, command: &str, width: usize) -> String {
    let mut lines = Vec::new();
    let mut line = before.to_owned();
    let words = words(command);
    for (number, word) in words.iter().enumerate() {
        // All but the last word need room for a space and the backslash behind them.
        let room = width - if number + 1 < words.len() { 2 } else { 0 };
        let space = if number > 0 { " " } else { "" };
        if columns(&line) + columns(space) + columns(word) <= room {
            line += space;
            line += word;
            continue;
        }
        if !line.trim().is_empty() {
            let end = if number > 0 { " \\" } else { "" };
            lines.push(line.trim_end().to_owned() + end);
            INDENT.clone_into(&mut line);
        }
        let mut rest = *word;
        // A shell joins what a backslash at the end of a line parts, unless it is quoted.
        while columns(&line) + columns(rest) > room && !word.contains(['\'', '\\']) {
            let (piece, after) = split(rest, width - 1 - columns(&line));
            lines.push(line + piece + "\\");
            line = String::new();
            rest = after;
        }
        line += rest;
    }
    lines.push(line);
    lines.join("\n")
}

/// The words of a command, those in single quotes whole.
fn words(command: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let is_between = |character| {
        is_quoted ^= character == '\'';
        character == ' ' && !is_quoted
    };
    command.split(is_between).collect()
}

/// The beginning of a text that takes this many columns at most, and at least a character, and the rest.
fn split(text: &str, most: usize) -> (&str, &str) {
    let mut column = 0;
    let fits = |&(_, character): &(usize, char)| {
        column += columns(character.encode_utf8(&mut [0; 4]));
        column <= most
    };
    let end = text.char_indices().skip_while(fits).map(|(place, _)| place).find(|&place| place > 0);
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_broken_between_words() {
        let command = "simulator replay scenarios/course/crash-3.json --seed 2 --replica './my kv'";
        let expected = "
  See it happen: simulator replay \\
    scenarios/course/crash-3.json \\
    --seed 2 --replica './my kv'";
        assert_eq!(broken("\n  See it happen: ", command, 40), expected);
        assert_eq!(broken("  ", command, 100), ["  ", command].concat());
    }

    /// What a shell makes of it.
    fn joined(text: &str) -> String {
        let text = text.replace("\\\n", "");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_long_path_stays_one_word() {
        let command = format!("simulator replay /{} --seed 2", "long/".repeat(30));
        for width in 40..200 {
            let text = broken("  ", &command, width);
            assert!(text.lines().all(|line| columns(line) <= width), "{text}");
            assert_eq!(joined(&text), command);
        }
    }
}
