//! The page on which a report is written: a stream whose lines have a width.

use std::io::{self, Write};

use super::terminal::{fill, of_stdout, without_colours};
use super::{DEFAULT_WIDTH, LEAST_WIDTH, columns, command};

/// The additional indentation of the rest of a broken line.
const HANG: usize = 2;

/// A stream that breaks lines which are too long, and takes colours away where they do not belong.
///
/// It is a [`Write`]: what is written is a text in lines, with the escape sequences of
/// [`style`](crate::report::style).
pub struct Page<'w> {
    out: &'w mut dyn Write,
    width: usize,
    breaks: bool,
    colour: bool,
    /// The line that is under way.
    line: Vec<u8>,
}

impl std::fmt::Debug for Page<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Page { width, breaks, colour, .. } = self;
        write!(f, "Page {{ width: {width}, breaks: {breaks}, colour: {colour} }}")
    }
}

impl<'w> Page<'w> {
    /// Returns a page without colours that leaves long lines whole.
    pub fn new(out: &'w mut dyn Write) -> Self {
        Page { out, width: DEFAULT_WIDTH, breaks: false, colour: false, line: Vec::new() }
    }

    /// Returns a page without colours whose lines have a width.
    pub fn of_width(out: &'w mut dyn Write, width: usize) -> Self {
        Page { width: width.max(LEAST_WIDTH), breaks: true, ..Page::new(out) }
    }

    /// Returns the same page with colours.
    #[must_use]
    pub fn with_colour(self) -> Self {
        Page { colour: true, ..self }
    }

    /// Returns a page that suits the standard output; `out` leads there.
    pub fn of_stdout(out: &'w mut dyn Write) -> Self {
        let (width, colour) = of_stdout();
        match width {
            Some(width) => Page { colour, ..Page::of_width(out, width) },
            None => Page { colour, ..Page::new(out) },
        }
    }

    /// The columns of a line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The columns of a line that must not be longer; `None` where lines may have any length.
    pub fn limit(&self) -> Option<usize> {
        self.breaks.then_some(self.width)
    }

    /// Returns what `report` writes on a page like this one, before its lines are broken.
    ///
    /// # Errors
    ///
    /// Whatever the report returns.
    pub fn draft(
        &self,
        report: impl FnOnce(&mut Page<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let mut page = Page { breaks: false, ..Page::new(&mut text) };
        (page.width, page.colour) = (self.width, self.colour);
        report(&mut page)?;
        page.flush()?;
        Ok(text)
    }

    /// The stream below, for what programs read: nothing is changed there.
    ///
    /// # Errors
    ///
    /// Whatever the stream reports.
    pub fn verbatim(&mut self) -> io::Result<&mut dyn Write> {
        self.end_line()?;
        Ok(self.out)
    }

    /// Writes a line that ends in a command to copy. Where it must be broken, a backslash at the end of a line tells
    /// a shell that it goes on.
    ///
    /// # Errors
    ///
    /// Whatever the stream reports.
    pub fn command(&mut self, before: &str, command: &str) -> io::Result<()> {
        self.end_line()?;
        match self.limit() {
            None => writeln!(self, "{before}{command}"),
            Some(width) => {
                let text = command::broken(before, command, width);
                if self.colour {
                    return writeln!(self.out, "{text}");
                }
                self.out.write_all(&without_colours(text.as_bytes()))?;
                writeln!(self.out)
            }
        }
    }

    /// Writes words with commas between them, after a title. No line is broken within one.
    ///
    /// # Errors
    ///
    /// Whatever the stream reports.
    pub fn list(&mut self, title: &str, words: &[&str]) -> io::Result<()> {
        let mut column = columns(title);
        write!(self, "{title}")?;
        for (number, word) in words.iter().enumerate() {
            let comma = if number + 1 < words.len() { "," } else { "" };
            let length = 1 + columns(word) + comma.len();
            if self.breaks && number > 0 && column + length > self.width {
                write!(self, "\n ")?;
                column = 1;
            }
            write!(self, " {word}{comma}")?;
            column += length;
        }
        writeln!(self)
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() { Ok(()) } else { self.write_line(&line) }
    }

    /// Writes a line, which may lack its end.
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let plain;
        let line = if self.colour || !line.contains(&b'\x1b') {
            line
        } else {
            plain = without_colours(line);
            &plain
        };
        // No character has more columns than bytes.
        let is_short = line.len() <= self.width;
        match std::str::from_utf8(line) {
            Ok(text) if self.breaks && !is_short => {
                let (text, end) = text.strip_suffix('\n').map_or((text, ""), |text| (text, "\n"));
                self.out.write_all((broken(text, self.width) + end).as_bytes())
            }
            _ => self.out.write_all(line),
        }
    }
}

impl Write for Page<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line()?;
            }
        }
        Ok(bytes.len())
    }

    /// Ends the line that is under way, too: what follows is taken for a new one.
    fn flush(&mut self) -> io::Result<()> {
        self.end_line()?;
        self.out.flush()
    }
}

/// A line in lines of a width.
fn broken(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let indent = " ".repeat(hang(line, width));
    fill(line, width, &indent)
}

/// The greatest column at which the rest of a line may go on.
fn widest(width: usize) -> usize {
    width * 2 / 3
}

/// The column at which the rest of a line goes on: where its last cell begins, cells being two spaces or more apart;
/// in a line without cells, a little further in than its text.
fn hang(line: &str, width: usize) -> usize {
    let plain = String::from_utf8_lossy(&without_colours(line.as_bytes())).into_owned();
    let margin = columns(&plain) - columns(plain.trim_start());
    let mut cell = None;
    let (mut column, mut spaces) = (0, 0);
    for character in plain.chars() {
        if character != ' ' && spaces > 1 && column > margin && column <= widest(width) {
            cell = Some(column);
        }
        spaces = if character == ' ' { spaces + 1 } else { 0 };
        column += columns(character.encode_utf8(&mut [0; 4]));
    }
    cell.unwrap_or(margin + HANG).min(widest(width))
}

#[cfg(all(test, feature = "terminal"))]
mod tests {
    use super::*;
    use crate::report::style::BAD;

    fn at(width: usize, text: &str) -> String {
        let mut out = Vec::new();
        let mut page = Page::of_width(&mut out, width);
        page.write_all(text.as_bytes()).and_then(|()| page.flush()).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_long_line_goes_on_below_its_last_cell() {
        let line = "  ok    budget   all four metrics of the run earn credit in it\n";
        let expected = "\
\u{20} ok    budget   all four metrics of the
                 run earn credit in it\n";
        assert_eq!(at(40, line), expected);
        let line = "  a sentence that is a little longer than the line\n";
        let expected = "  a sentence that is a little longer than\n    the line\n";
        assert_eq!(at(41, line), expected);
    }

    #[test]
    fn nothing_is_lost_and_no_line_is_too_long() {
        let texts =
            ["x".repeat(500), "ü 字 ".repeat(100), "  a  bc   ".repeat(30), "no end".to_owned()];
        for text in texts {
            let shown = at(44, &text);
            assert!(shown.lines().all(|line| columns(line) <= 44), "{shown}");
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&shown), letters(&text));
        }
    }

    #[test]
    fn escape_sequences_have_no_columns_and_go_to_terminals_only() {
        let text = format!("{BAD}{}{BAD:#}\n", "x".repeat(40));
        assert_eq!(at(40, &text), "x".repeat(40) + "\n");
        let mut out = Vec::new();
        let mut page = Page { colour: true, ..Page::of_width(&mut out, 40) };
        page.write_all(text.as_bytes()).expect("memory");
        assert_eq!(String::from_utf8(out).expect("UTF-8"), text);
    }

    #[test]
    fn bytes_that_are_no_text_pass() {
        let mut out = Vec::new();
        let mut page = Page::of_width(&mut out, 40);
        page.write_all(&[0xff; 90]).and_then(|()| page.flush()).expect("memory");
        assert_eq!(out, [0xff; 90]);
    }
}
