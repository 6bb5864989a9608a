//! Times as text for people.

use crate::Nanos;

/// Formats nanoseconds as seconds, rounded down: to milliseconds from one second on, to four significant digits below.
pub fn seconds(nanos: Nanos) -> String {
    let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    let point = text.len() - 10;
    let first_digit = text.find(|c: char| c.is_ascii_digit() && c != '0').unwrap_or(0);
    let end = if nanos >= 1_000_000_000 { point + 4 } else { (first_digit + 4).min(text.len()) };
    format!("{} s", text[..end].trim_end_matches('0').trim_end_matches('.'))
}

/// Formats a time in nanoseconds as seconds with six decimal places, as timelines show it.
pub fn moment(nanos: Nanos) -> String {
    format!("{}.{:06} s", nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000)
}

#[cfg(test)]
mod tests {
    use super::{moment, seconds};

    #[test]
    fn moments_are_exact() {
        assert_eq!(moment(15_000_009_999), "15.000009 s");
    }

    #[test]
    fn seconds_are_short() {
        let shown =
            [0, 1, 100_000, 500_000, 32_190_347, 1_000_000_000, 37_345_678_901].map(seconds);
        let expected =
            ["0 s", "0.000000001 s", "0.0001 s", "0.0005 s", "0.03219 s", "1 s", "37.345 s"];
        assert_eq!(shown, expected);
    }
}
