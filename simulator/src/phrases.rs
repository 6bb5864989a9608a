//! Small phrases that several reports and errors share.

use std::fmt;
use std::io;

/// A number and what is counted: `1 key`, `2 keys`.
pub fn count(number: impl fmt::Display, one: &str) -> String {
    let number = number.to_string();
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// Why a file cannot be read, where something was `expected`, such as `a trace`.
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
    use super::count;

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|number| count(number, "key")), ["0 keys", "1 key", "2 keys"]);
    }
}
