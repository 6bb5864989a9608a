//! What a process writes to its standard output and standard error.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use preload::launch;

/// How much of what was written last is shown when a process dies: lines and bytes.
const LAST_LINES: usize = 6;
const LAST_BYTES: u64 = 1_000;

/// No more than this is taken at a time, in bytes.
const PIECE: usize = 1 << 12;

/// A stream that goes to a file in memory: a full pipe would stop the process.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    /// How much was taken already.
    taken: u64,
    /// The beginning of a line whose end is still to come.
    torn: Vec<u8>,
    /// Room to read into.
    buffer: Vec<u8>,
}

impl Output {
    pub fn new() -> io::Result<Output> {
        let (file, buffer) = (launch::anonymous_file()?, vec![0; PIECE]);
        Ok(Output { file, taken: 0, torn: Vec::new(), buffer })
    }

    /// The file, for the process to write to.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// The lines that were completed since it was asked last. Each byte is looked at once, however long
    /// a line becomes.
    pub fn lines(&mut self, mut each: impl FnMut(String)) {
        while let Ok(count @ 1..) = self.file.read_at(&mut self.buffer, self.taken) {
            self.taken += count as u64;
            let mut pieces = self.buffer[..count].split(|&byte| byte == b'\n');
            self.torn.extend_from_slice(pieces.next().unwrap_or_default());
            for piece in pieces {
                each(readable(&self.torn));
                self.torn.clear();
                self.torn.extend_from_slice(piece);
            }
        }
    }

    /// The last lines.
    pub fn last_words(&self) -> Option<String> {
        let length = self.file.metadata().ok()?.len();
        let start = length.saturating_sub(LAST_BYTES);
        let mut bytes = vec![0; (length - start) as usize];
        self.file.read_exact_at(&mut bytes, start).ok()?;
        let lines: Vec<String> = bytes.split(|&byte| byte == b'\n').map(readable).collect();
        let text = lines.join("\n");
        let lines: Vec<&str> = text.trim().lines().collect();
        let words = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        (!words.is_empty()).then_some(words)
    }

    /// Writes all of it to the end of a file: a replica that is started again has said something before.
    pub fn keep(&self, path: &std::path::Path) -> io::Result<()> {
        let mut kept = File::options().append(true).create(true).open(path)?;
        let (mut at, mut buffer) = (0, vec![0; PIECE]);
        while let Ok(count @ 1..) = self.file.read_at(&mut buffer, at) {
            io::Write::write_all(&mut kept, &buffer[..count])?;
            at += count as u64;
        }
        Ok(())
    }
}

/// A line as it can be shown.
fn readable(line: &[u8]) -> String {
    plain(&String::from_utf8_lossy(line)).trim_end().to_owned()
}

/// A text without what would move a terminal's cursor or change its colours, which is not the program's
/// to do in a report on it.
pub(super) fn plain(text: &str) -> String {
    let stripped = anstream::adapter::strip_str(text).to_string();
    stripped.chars().filter(|char| *char == '\t' || !char.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut output = Output::new().expect("a file in memory");
        let mut file = output.file().expect("the same file");
        let mut written = |text: &str| {
            io::Write::write_all(&mut file, text.as_bytes()).expect("there is room");
            let mut lines = Vec::new();
            output.lines(|line| lines.push(line));
            lines
        };
        assert_eq!(written("a"), [""; 0]);
        assert_eq!(written("b\n\nc \r\nd"), ["ab", "", "c"]);
        let long = "x".repeat(3 * PIECE);
        assert_eq!(written(&long), [""; 0]);
        assert_eq!(written("\n"), [format!("d{long}")]);
    }

    #[test]
    fn nobody_s_terminal_is_taken_over() {
        assert_eq!(
            readable("\u{1b}[2J\u{1b}]0;mine\u{7}\u{1b}[31mno\t way\r".as_bytes()),
            "no\t way"
        );
        assert_eq!(readable("50 %\r100 %\u{9b}2J".as_bytes()), "50 %100 %2J");
        assert_eq!(readable(b"\xff"), "\u{fffd}");
    }

    #[test]
    fn the_last_words_are_the_last_lines() {
        let output = Output::new().expect("a file in memory");
        assert_eq!(output.last_words(), None);
        let mut file = output.file().expect("the same file");
        let text = "0\n1\n2\n3\n4\n\n  6\n7\n\n";
        io::Write::write_all(&mut file, text.as_bytes()).expect("there is room");
        assert_eq!(output.last_words().as_deref(), Some("2\n3\n4\n\n  6\n7"));
    }
}
