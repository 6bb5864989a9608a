//! Text formatting that several reports and errors share.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;

/// Formats a number with a noun, in the plural if needed: `1 key`, `2 keys`.
pub fn count(number: impl fmt::Display, one: &str) -> String {
    let number = number.to_string();
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// Formats a number with thousands separators: `10,000`.
pub fn thousands(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns the first `most` characters of a text, with `…` if the text is longer.
pub fn beginning(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Formats a path as one word of a shell's command line, quoted if necessary.
pub fn shell_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%=".contains(&byte) || byte >= 0x80;
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Returns the candidate that differs from `name` by a slip or two; the first, when several are as near.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // The distance takes memory of the product of the lengths, and a file may hold any name.
    if name.len() > 100 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Describes the reason for which a file cannot be read; `expected` names its content, such as `a trace`.
pub fn unreadable(error: &io::Error, expected: &str) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => format!("this is a folder, expected {expected}"),
        io::ErrorKind::InvalidData => "it is not UTF-8, so it is not ".to_owned() + expected,
        _ => format!("the file cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{count, shell_word, thousands};
    use std::path::Path;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            [7_u32, 999, 1_000, 1_234_567].map(thousands),
            ["7", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|number| count(number, "key")), ["0 keys", "1 key", "2 keys"]);
    }

    #[test]
    fn words_for_a_shell_are_quoted_where_they_must_be() {
        for (path, word) in [
            ("/a/b-c.d", "/a/b-c.d"),
            ("/Ann Lee/kv", "'/Ann Lee/kv'"),
            ("it's", r"'it'\''s'"),
            ("$x", "'$x'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(Path::new(path)), word);
        }
    }
}
