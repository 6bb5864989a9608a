//! The standard output and standard error of a process.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::preload::processes;

/// The bytes at the end of a stream that are examined when a process ends.
const LAST_BYTES: u64 = 1 << 16;

/// The most bytes that are read at a time.
const PIECE: usize = 1 << 12;

/// The longest line that is shown, in bytes.
const LONGEST_LINE: usize = 1 << 20;

/// The number of bytes from which memory is given back.
const MUCH: u64 = 1 << 22;

/// A stream that goes to a file in memory.
///
/// A full pipe would stop the process.
///
/// The memory of what was read is given back, except for the end.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    /// The bytes that were read, and those whose memory was given back.
    taken: u64,
    given_back: u64,
    /// The beginning of a line that is not complete.
    torn: Vec<u8>,
    /// The buffer to read into.
    buffer: Vec<u8>,
    /// The file in which the output is kept.
    kept: Option<File>,
}

impl Output {
    /// Makes a stream whose content, as it is read, is appended to `kept`.
    ///
    /// It is appended because a replica that was started again has written to the file before.
    pub(crate) fn new(kept: Option<&Path>) -> io::Result<Output> {
        let kept = kept.map(|path| File::options().append(true).create(true).open(path));
        Ok(Output {
            file: processes::anonymous_file()?,
            taken: 0,
            given_back: 0,
            torn: Vec::new(),
            buffer: vec![0; PIECE],
            kept: kept.transpose()?,
        })
    }

    /// Returns the file, for the process to write to.
    pub(crate) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Returns the number of bytes that were written.
    pub(crate) fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |found| found.len())
    }

    /// Passes on the lines that were completed since the last call.
    ///
    /// Each byte is examined once, no matter how long a line becomes.
    pub(crate) fn lines(&mut self, mut each: impl FnMut(String)) {
        while let Ok(count @ 1..) = self.file.read_at(&mut self.buffer, self.taken) {
            self.taken += count as u64;
            let piece = &self.buffer[..count];
            // A file that cannot be written does not stop the run.
            if self.kept.as_mut().is_some_and(|kept| kept.write_all(piece).is_err()) {
                self.kept = None;
            }
            let mut pieces = piece.split(|&byte| byte == b'\n');
            // The rest of a line that is too long is left out.
            let more = pieces.next().unwrap_or_default();
            let room = LONGEST_LINE.saturating_sub(self.torn.len());
            self.torn.extend_from_slice(&more[..more.len().min(room)]);
            for piece in pieces {
                each(readable(&self.torn));
                self.torn.clear();
                self.torn.extend_from_slice(piece);
            }
        }
        self.give_back();
    }

    /// Gives back the memory of what was read, if it is much.
    fn give_back(&mut self) {
        let end = self.taken.saturating_sub(LAST_BYTES);
        let length = end.saturating_sub(self.given_back);
        if length >= MUCH {
            // If the kernel cannot give it back, it stays.
            #[cfg(target_os = "linux")]
            let _ = rustix::fs::fallocate(
                &self.file,
                rustix::fs::FallocateFlags::PUNCH_HOLE | rustix::fs::FallocateFlags::KEEP_SIZE,
                self.given_back,
                length,
            );
            self.given_back = end;
        }
    }

    /// Returns the last lines, without empty ones at the beginning and the end.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        let length = self.length();
        let start = length.saturating_sub(LAST_BYTES);
        let mut bytes = vec![0; (length - start) as usize];
        if self.file.read_exact_at(&mut bytes, start).is_err() {
            return Vec::new();
        }
        let lines: Vec<String> = bytes.split(|&byte| byte == b'\n').map(readable).collect();
        let is_told = |line: &String| !line.trim().is_empty();
        let (first, last) = (lines.iter().position(is_told), lines.iter().rposition(is_told));
        first.zip(last).map_or_else(Vec::new, |(first, last)| lines[first..=last].to_vec())
    }
}

/// Returns a line in a form that can be shown.
fn readable(line: &[u8]) -> String {
    plain(&String::from_utf8_lossy(line)).trim_end().to_owned()
}

/// Returns a text without the characters that move a terminal's cursor or change its colours.
///
/// A program must not control the terminal through a report about it.
pub(super) fn plain(text: &str) -> String {
    let stripped = anstream::adapter::strip_str(text).to_string();
    stripped.chars().filter(|char| *char == '\t' || !char.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut output = Output::new(None).expect("a file in memory");
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
    fn the_last_lines_are_those_that_say_something() {
        let output = Output::new(None).expect("a file in memory");
        assert_eq!(output.last_lines(), [""; 0]);
        let mut file = output.file().expect("the same file");
        let text = "\n\n3\n4\n\n  6\n7\n\n";
        io::Write::write_all(&mut file, text.as_bytes()).expect("there is room");
        assert_eq!(output.last_lines(), ["3", "4", "", "  6", "7"]);
    }
}
