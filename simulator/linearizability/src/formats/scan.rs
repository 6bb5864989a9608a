//! A reader of lines, one at a time in one buffer, and the columns of their parts.

use std::io::BufRead;

use super::error::ReadError;

/// The lines of an input, numbered from 1.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Lines { input, buffer: Vec::new(), number: 0 }
    }

    /// Returns the next line without its end, and its number.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &str)>, ReadError> {
        self.buffer.clear();
        if self.input.read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let line = self.buffer.trim_ascii_end();
        match std::str::from_utf8(line) {
            Ok(text) => Ok(Some((self.number, text))),
            Err(error) => {
                let good = String::from_utf8_lossy(&line[..error.valid_up_to()]);
                let column = good.chars().count() as u64 + 1;
                let byte = format!("the byte 0x{:02x}", line[error.valid_up_to()]);
                Err(ReadError::new(self.number, column, "text in UTF-8", byte))
            }
        }
    }
}

/// Returns the column of a part of a line, which must be a slice of it.
pub(super) fn column(line: &str, part: &str) -> u64 {
    let offset = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize).min(line.len());
    line.char_indices().take_while(|&(at, _)| at < offset).count() as u64 + 1
}
