//! Columns of numbers, and texts, as bytes that a browser reads without parsing.

use std::fmt::Write as _;

use serde::Serialize;
use simulation::Nanos;

/// The bytes of all columns of a page, one after the other.
#[derive(Debug, Default)]
pub(super) struct Columns {
    bytes: Vec<u8>,
}

/// A column: its type, and the place of its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Column {
    column: Type,
    at: usize,
    /// The number of numbers, or of bytes of text.
    count: usize,
}

/// The type of a column's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    #[default]
    I8,
    I16,
    I32,
    F64,
    Utf8,
}

impl Columns {
    /// Adds a column of numbers, in the narrowest type that holds them all.
    pub(super) fn add<N: TryInto<i64>>(&mut self, numbers: impl IntoIterator<Item = N>) -> Column {
        // No number of a run comes near the bounds.
        let whole = |number: N| number.try_into().unwrap_or(i64::MAX);
        let numbers: Vec<i64> = numbers.into_iter().map(whole).collect();
        let least = numbers.iter().copied().min().unwrap_or(0);
        let most = numbers.iter().copied().max().unwrap_or(0);
        let fits = |low: i64, high: i64| least >= low && most <= high;
        let column = if fits(i8::MIN.into(), i8::MAX.into()) {
            Type::I8
        } else if fits(i16::MIN.into(), i16::MAX.into()) {
            Type::I16
        } else if fits(i32::MIN.into(), i32::MAX.into()) {
            Type::I32
        } else {
            Type::F64
        };
        let at = self.bytes.len();
        match column {
            Type::I8 => self.planes(&numbers, |number| (number as i8).to_le_bytes()),
            Type::I16 => self.planes(&numbers, |number| (number as i16).to_le_bytes()),
            Type::I32 => self.planes(&numbers, |number| (number as i32).to_le_bytes()),
            Type::F64 | Type::Utf8 => self.planes(&numbers, |number| (number as f64).to_le_bytes()),
        }
        Column { column, at, count: numbers.len() }
    }

    /// Adds moments as differences, each from the one before.
    pub(super) fn moments(&mut self, moments: impl Iterator<Item = Nanos>) -> Column {
        let mut before = 0;
        let step = |moment: Nanos| {
            let step = moment as i64 - before;
            before = moment as i64;
            step
        };
        let steps: Vec<i64> = moments.map(step).collect();
        self.add(steps)
    }

    /// Adds the first byte of each number, then the second ones, and so on: those are alike, and compress well.
    fn planes<const N: usize>(&mut self, numbers: &[i64], bytes: impl Fn(i64) -> [u8; N]) {
        for place in 0..N {
            self.bytes.extend(numbers.iter().map(|&number| bytes(number)[place]));
        }
    }

    /// Adds a text.
    pub(super) fn text<'t>(&mut self, parts: impl Iterator<Item = &'t str>) -> Column {
        let at = self.bytes.len();
        parts.for_each(|part| self.bytes.extend(part.as_bytes()));
        Column { column: Type::Utf8, at, count: self.bytes.len() - at }
    }

    /// Returns the bytes of a page's data: the length of the JSON in eight digits, a line feed, the JSON, the columns.
    pub(super) fn after(&self, json: &[u8]) -> Vec<u8> {
        let mut length = String::new();
        writeln!(length, "{:08x}", json.len()).expect("a string takes everything");
        [length.as_bytes(), json, &self.bytes].concat()
    }
}

#[cfg(test)]
impl Column {
    /// Returns the bytes of a column whose numbers, or letters, take one each.
    pub(super) fn bytes_in(self, columns: &Columns) -> &[u8] {
        &columns.bytes[self.at..self.at + self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_few_bytes_as_they_can() {
        let mut columns = Columns::default();
        let kinds = [vec![-1, 127], vec![128], vec![70_000, 0], vec![1 << 40]];
        let added = kinds.map(|numbers: Vec<i64>| columns.add(numbers));
        assert_eq!(added.map(|it| it.column), [Type::I8, Type::I16, Type::I32, Type::F64]);
        assert_eq!(added.map(|it| it.at), [0, 2, 4, 12]);
        assert_eq!(columns.bytes[..4], [0xff, 0x7f, 0x80, 0]);
        // The first bytes of both, then the second ones.
        assert_eq!(columns.bytes[4..12], [0x70, 0, 0x11, 0, 1, 0, 0, 0]);
    }

    #[test]
    fn moments_are_differences() {
        let mut columns = Columns::default();
        let column = columns.moments([5, 5, 9, 8].into_iter());
        assert_eq!((column.count, &*columns.bytes), (4, &[5, 0, 4, 0xff][..]));
        assert_eq!(columns.after(b"{}"), b"00000002\n{}\x05\x00\x04\xff");
    }
}
