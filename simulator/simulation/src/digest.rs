//! A 64-bit digest of all events of a run.
//!
//! Two runs of one plan must hash the same words in the same order, in every build and on every machine. A differing
//! digest is the first sign of lost determinism. The function distinguishes runs; it is not a cryptographic hash.

use std::fmt;

/// Odd constants without structure (the fractional digits of √2 and π), one for each use.
const MULTIPLIER: u64 = 0x6a09_e667_f3bc_c909;
const START: u64 = 0x243f_6a88_85a3_08d3;

/// An order-sensitive running digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// Returns the digest of nothing.
    pub const fn new() -> Self {
        Digest(START)
    }

    /// Adds one word.
    #[inline]
    pub fn word(&mut self, word: u64) {
        // The two halves of a 128-bit product are combined: every input bit reaches both halves. The rotation first
        // keeps a zero state from ignoring the words that follow.
        let product = u128::from(self.0.rotate_left(23) ^ word ^ START) * u128::from(MULTIPLIER);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    /// Adds bytes: eight at a time, then the rest one by one.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|word| self.word(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.word(u64::from(*byte)));
    }

    /// Adds a text and its length, so that `"ab", "c"` differs from `"a", "bc"`.
    #[inline]
    pub fn text(&mut self, text: &str) {
        let (chunks, rest) = text.as_bytes().as_chunks::<8>();
        for chunk in chunks {
            self.word(u64::from_le_bytes(*chunk));
        }
        // Byte by byte, because a copy of unknown length is a function call, and most texts have no rest.
        let last = rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
        self.word(last);
        self.word(text.len() as u64);
    }

    /// Returns the digest so far.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Digest {
    fn default() -> Self {
        Digest::new()
    }
}

/// Sixteen lower-case hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hex_digits(self.0).as_str())
    }
}

/// The two hexadecimal digits of every byte.
const HEX: [[u8; 2]; 256] = {
    let (digits, mut table, mut byte) = (b"0123456789abcdef", [[0; 2]; 256], 0);
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

/// Returns a number as sixteen lower-case hexadecimal digits, without the cost of formatting.
pub fn hex_digits(number: u64) -> HexDigits {
    let mut digits = [0; 16];
    for (digit, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(number.to_be_bytes()) {
        *digit = HEX[usize::from(byte)];
    }
    HexDigits(digits)
}

/// The sixteen hexadecimal digits of a number, as [`hex_digits`] returns them.
#[derive(Clone, Copy, Debug)]
pub struct HexDigits([u8; 16]);

impl HexDigits {
    /// Returns the digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the digits as a text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Returns the number for which [`hex_digits`] returns this text, if there is one.
pub fn from_hex_digits(text: &str) -> Option<u64> {
    let (halves, []) = text.as_bytes().as_chunks() else { return None };
    let [high, low] = halves else { return None };
    let number = eight_digits(*high) << 32 | eight_digits(*low);
    // Characters that are not digits were read as some number, whose digits differ from the text.
    (hex_digits(number).as_bytes() == text.as_bytes()).then_some(number)
}

/// Returns the value of eight hexadecimal digits.
fn eight_digits(text: [u8; 8]) -> u64 {
    let text = u64::from_be_bytes(text);
    // A letter has bit 6 set, and its value is nine more than its lower half.
    let letters = text >> 6 & 0x0101_0101_0101_0101;
    let digits = (text & 0x0f0f_0f0f_0f0f_0f0f) + letters * 9;
    // Combines pairs of digits, then pairs of pairs, then the two halves.
    let digits = (digits | digits >> 4) & 0x00ff_00ff_00ff_00ff;
    let digits = (digits | digits >> 8) & 0x0000_ffff_0000_ffff;
    (digits | digits >> 16) & 0xffff_ffff
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[u64]) -> u64 {
        let mut digest = Digest::new();
        words.iter().for_each(|&word| digest.word(word));
        digest.value()
    }

    /// Stored failures contain digests, so the function must never change by accident.
    #[test]
    fn known_answers() {
        let mut digest = Digest::new();
        digest.text("replica");
        assert_eq!(
            [of(&[]), of(&[0]), of(&[1, 2]), digest.value()].map(|value| format!("{value:016x}")),
            ["243f6a8885a308d3", "c8a31e84cbc3e8ef", "bc53050e2bc8bf68", "076d78dee24c3b2e"]
        );
    }

    #[test]
    fn digits_are_read_as_they_are_written() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, u64::MAX] {
            assert_eq!(from_hex_digits(hex_digits(number).as_str()), Some(number));
        }
        assert_eq!(from_hex_digits("000000000000000g"), None);
    }

    #[test]
    fn order_and_boundaries_matter() {
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[0]), of(&[0, 0]));
        let split = |a: &str, b: &str| {
            let mut digest = Digest::new();
            digest.text(a);
            digest.text(b);
            digest.value()
        };
        assert_ne!(split("ab", "c"), split("a", "bc"));
    }
}
