//! A reader of the part of EDN that histories use, one form at a time.

use std::io::BufRead;

use super::error::{ReadError, quoted};

/// A place in the input; line and column count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub line: u64,
    pub column: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spotted {
    pub spot: Spot,
    pub form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A number, keyword, symbol, `nil` or `true`, as it is written.
    Atom(String),
    Text(String),
    /// A vector, list or set.
    List(Vec<Spotted>),
    Map(Vec<(Spotted, Spotted)>),
}

impl Form {
    pub(super) fn is_atom(&self, name: &str) -> bool {
        matches!(self, Form::Atom(text) if text == name)
    }
}

/// The deepest nesting, which is more than any history has. Deeper input is refused, because it could exhaust the
/// stack.
const DEEPEST: usize = 64;

/// The forms of an input. If one collection contains all of them, its items are read instead, so that a history of any
/// length is read event by event.
pub(super) struct Forms<R> {
    input: R,
    spot: Spot,
    /// The bracket that closes the outer collection, if there is one.
    outer: Option<u8>,
    started: bool,
}

impl<R: BufRead> Forms<R> {
    pub(super) fn new(input: R) -> Self {
        Forms { input, spot: Spot { line: 1, column: 1 }, outer: None, started: false }
    }

    /// Returns the next form, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Spotted>, ReadError> {
        loop {
            let symbol = self.skip_blank()?;
            match symbol {
                Some(open @ (b'[' | b'(')) if !self.started => {
                    self.outer = Some(if open == b'[' { b']' } else { b')' });
                    self.bump()?;
                    self.started = true;
                }
                Some(close) if self.outer == Some(close) => {
                    self.bump()?;
                    self.outer = None;
                }
                None => {
                    return match self.outer {
                        Some(close) => {
                            Err(self
                                .error(format!("`{}`", char::from(close)), "the end of the input"))
                        }
                        None => Ok(None),
                    };
                }
                Some(_) => {
                    self.started = true;
                    return self.form(0).map(Some);
                }
            }
        }
    }

    fn form(&mut self, depth: usize) -> Result<Spotted, ReadError> {
        if depth > DEEPEST {
            return Err(self.error(format!("at most {DEEPEST} levels of nesting"), "more"));
        }
        let start = self.skip_blank()?;
        let spot = self.spot;
        let form = match start {
            None => return Err(self.error("a value", "the end of the input")),
            Some(b'"') => Form::Text(self.text()?),
            Some(b'[') => Form::List(self.items(b']', depth)?),
            Some(b'(') => Form::List(self.items(b')', depth)?),
            Some(b'{') => self.map(spot, depth)?,
            Some(b'#') => {
                self.bump()?;
                match self.peek()? {
                    Some(b'{') => Form::List(self.items(b'}', depth)?),
                    Some(b'_') => {
                        self.bump()?;
                        self.form(depth + 1)?; // Discarded.
                        return self.form(depth + 1);
                    }
                    Some(_) => {
                        self.atom()?; // A tag, such as the name of a record: what it marks is enough.
                        return self.form(depth + 1);
                    }
                    None => return Err(self.error("a tag", "the end of the input")),
                }
            }
            Some(close @ (b']' | b')' | b'}')) => {
                return Err(self.error("a value", format!("`{}`", char::from(close))));
            }
            Some(_) => Form::Atom(self.atom()?),
        };
        Ok(Spotted { spot, form })
    }

    fn map(&mut self, spot: Spot, depth: usize) -> Result<Form, ReadError> {
        let items = self.items(b'}', depth)?;
        if items.len() % 2 == 1 {
            return Err(ReadError::new(
                spot.line,
                spot.column,
                "a map of keys with values",
                "a key without a value",
            ));
        }
        let mut entries = Vec::with_capacity(items.len() / 2);
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            entries.push((key, value));
        }
        Ok(Form::Map(entries))
    }

    fn items(&mut self, close: u8, depth: usize) -> Result<Vec<Spotted>, ReadError> {
        self.bump()?;
        let mut items = Vec::new();
        loop {
            match self.skip_blank()? {
                Some(symbol) if symbol == close => {
                    self.bump()?;
                    return Ok(items);
                }
                None => {
                    return Err(
                        self.error(format!("`{}`", char::from(close)), "the end of the input")
                    );
                }
                Some(_) => items.push(self.form(depth + 1)?),
            }
        }
    }

    fn text(&mut self) -> Result<String, ReadError> {
        self.bump()?;
        let mut bytes = Vec::new();
        loop {
            match self.bump()? {
                None => return Err(self.error("`\"`", "the end of the input")),
                Some(b'"') => return self.utf8(bytes),
                Some(b'\\') => match self.bump()? {
                    Some(b'n') => bytes.push(b'\n'),
                    Some(b't') => bytes.push(b'\t'),
                    Some(b'r') => bytes.push(b'\r'),
                    Some(other) => bytes.push(other),
                    None => return Err(self.error("`\"`", "the end of the input")),
                },
                Some(byte) => bytes.push(byte),
            }
        }
    }

    fn atom(&mut self) -> Result<String, ReadError> {
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek()? {
            let ends = byte.is_ascii_whitespace() || b",[](){}\";".contains(&byte);
            if ends && bytes != b"\\" {
                break;
            }
            bytes.push(byte);
            self.bump()?;
        }
        self.utf8(bytes)
    }

    fn utf8(&self, bytes: Vec<u8>) -> Result<String, ReadError> {
        String::from_utf8(bytes).map_err(|error| {
            self.error("text in UTF-8", quoted(&String::from_utf8_lossy(error.as_bytes())))
        })
    }

    /// Skips white space, commas and comments, and returns the next byte.
    fn skip_blank(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            match self.peek()? {
                Some(byte) if byte.is_ascii_whitespace() || byte == b',' => {
                    self.bump()?;
                }
                Some(b';') => while !matches!(self.bump()?, None | Some(b'\n')) {},
                other => return Ok(other),
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn bump(&mut self) -> Result<Option<u8>, ReadError> {
        let Some(byte) = self.peek()? else {
            return Ok(None);
        };
        self.input.consume(1);
        if byte == b'\n' {
            self.spot = Spot { line: self.spot.line + 1, column: 1 };
        } else if byte & 0xc0 != 0x80 {
            self.spot.column += 1; // Not a later byte of the same character.
        }
        Ok(Some(byte))
    }

    fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> ReadError {
        ReadError::new(self.spot.line, self.spot.column, expected, found)
    }
}
