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
                each(String::from_utf8_lossy(&self.torn).trim_end().to_owned());
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
        let text = String::from_utf8_lossy(&bytes);
        let mut lines: Vec<&str> = text.lines().map(str::trim_end).rev().take(LAST_LINES).collect();
        lines.reverse();
        let words = lines.join("\n").trim().to_owned();
        (!words.is_empty()).then_some(words)
    }

    /// Writes all of it to a file.
    pub fn keep(&self, path: &std::path::Path) -> io::Result<()> {
        let mut kept = File::create(path)?;
        let (mut at, mut buffer) = (0, vec![0; PIECE]);
        while let Ok(count @ 1..) = self.file.read_at(&mut buffer, at) {
            io::Write::write_all(&mut kept, &buffer[..count])?;
            at += count as u64;
        }
        Ok(())
    }
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
}
