//! What GitHub shows of a step: annotations, and a summary in Markdown.

use std::io::{self, Write};

use super::{Failed, Results};
use simulation::text::{beginning, count, thousands};

/// The most annotations: GitHub shows no more of a step.
const MOST_ANNOTATIONS: usize = 10;

/// The size of the largest summary of a step, in bytes.
pub const LARGEST_SUMMARY: usize = 1 << 20;

/// The most characters of a reason.
const LONGEST_REASON: usize = 1_000;

/// Writes an annotation for each kind of failure, the worst first.
///
/// # Errors
///
/// If writing fails.
pub fn write_annotations(out: &mut dyn Write, results: &Results) -> io::Result<()> {
    for group in results.groups().into_iter().take(MOST_ANNOTATIONS) {
        let Failed { case, reason, command, .. } = group.first;
        let title = format!("{}: {}", group.first.kind(), count(group.count, "run"));
        let reason = beginning(reason, LONGEST_REASON);
        let message = format!("{}, {case}: {reason}\n{command}", group.suite);
        let (title, message) = (property(&title), data(message.trim_end()));
        writeln!(out, "::error title={title}::{message}")?;
    }
    Ok(())
}

/// Returns the summary, no longer than a number of bytes.
pub fn summary(results: &Results, most: usize) -> String {
    let (runs, failed) = (thousands(results.runs()), thousands(results.failed()));
    let mut text = format!("### {}: {failed} of {runs} runs failed\n\n", markdown(&results.title));
    let groups = results.groups();
    for group in &groups {
        let Failed { case, reason, command, .. } = group.first;
        let kind = group.first.kind();
        let title = format!("**{}**, {}: ", markdown(&kind), count(group.count, "run"));
        let first = format!("first in {}, {}\n\n", markdown(group.suite), markdown(case));
        let reason = beginning(reason, LONGEST_REASON);
        let shown = fenced(format!("{reason}\n{command}").trim_end());
        let part = format!("{title}{first}{shown}\n");
        if text.len() + part.len() > most {
            return cut(text, most);
        }
        text.push_str(&part);
    }
    text.push_str("| scenario | runs | failed |\n| --- | ---: | ---: |\n");
    for suite in &results.suites {
        let failed = suite.failures.len() as u64 + suite.more;
        let (runs, failed) = (thousands(suite.passed + failed), thousands(failed));
        let row = format!("| {} | {runs} | {failed} |\n", markdown(&suite.name));
        if text.len() + row.len() > most {
            return cut(text, most);
        }
        text.push_str(&row);
    }
    text.push('\n');
    cut_if_longer(text, most)
}

/// Adds that something is missing, if there is room.
fn cut(mut text: String, most: usize) -> String {
    let more = "\n… and more than fits\n";
    if text.len() + more.len() <= most {
        text.push_str(more);
    }
    cut_if_longer(text, most)
}

fn cut_if_longer(mut text: String, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or(0));
    text
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    plain(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Escapes a text so that it means nothing else in Markdown or HTML.
fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    for letter in plain(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' | '@' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Returns a text as a block of code, whose fence is longer than any in the text.
fn fenced(text: &str) -> String {
    let text = plain(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// Returns a text without control characters other than line breaks.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::some;
    use super::*;

    #[test]
    fn annotations_are_escaped_and_one_of_a_kind() {
        let mut written = Vec::new();
        write_annotations(&mut written, &some("50 %\r\n::error::mine, yours")).expect("memory");
        let text = String::from_utf8(written).expect("UTF-8");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!(
            lines[0],
            "::error title=correctness/linearizable%3A 2 runs::storm, seed 4: 50 %25%0A::error::mine, yours\
             %0Asimulator replay failures/storm-4.json"
        );
    }

    #[test]
    fn a_summary_shows_what_it_is_told_and_is_no_longer_than_allowed() {
        let results = some("a | <script> ```` b");
        let whole = summary(&results, LARGEST_SUMMARY);
        assert!(
            whole.starts_with("### explore: 4 of 16 runs failed\n\n**correctness/linearizable**")
        );
        assert!(whole.contains("`````text\na | <script> ```` b\nsimulator replay"), "{whole}");
        assert!(whole.ends_with("| calm | 12 | 0 |\n| storm | 4 | 4 |\n\n"), "{whole}");
        for most in 0..whole.len() {
            assert!(summary(&results, most).len() <= most);
        }
        assert_eq!(markdown("a_b|<i>\u{1b}"), "a\\_b\\|&lt;i&gt;");
    }
}
