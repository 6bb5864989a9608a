//! A reader of the part of EDN that histories use, and of JSON, one form at a time.

use std::io::BufRead;

use super::error::{ReadError, quoted};
use super::number::{Syntax, canonical};

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
    /// A keyword, symbol, `nil` or `true` as it is written, or a number in the form of all numbers equal to it. The
    /// `null` of JSON is read as `nil`.
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

    /// Returns the name that a keyword, a symbol or a string is.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Form::Atom(text) | Form::Text(text) => Some(text.strip_prefix(':').unwrap_or(text)),
            Form::List(_) | Form::Map(_) => None,
        }
    }
}

/// The deepest nesting, which is more than any history has. Deeper input is refused, because it could exhaust the
/// stack.
const DEEPEST: usize = 64;

/// The forms of an input. If one collection contains all of them, its items are read instead, so that a history of any
/// length is read event by event.
pub(super) struct Forms<R> {
    input: R,
    syntax: Syntax,
    spot: Spot,
    /// The bracket that closes the outer collection, if there is one.
    outer: Option<u8>,
    started: bool,
}

impl<R: BufRead> Forms<R> {
    pub(super) fn new(input: R, syntax: Syntax) -> Self {
        let spot = Spot { line: 1, column: 1 };
        Forms { input, syntax, spot, outer: None, started: false }
    }

    /// Returns the forms of a part of an input that begins at this place, without an outer collection.
    pub(super) fn at(input: R, syntax: Syntax, spot: Spot) -> Self {
        Forms { input, syntax, spot, outer: None, started: true }
    }

    /// Returns the next form, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Spotted>, ReadError> {
        loop {
            let symbol = self.skip_blank()?;
            match symbol {
                Some(open @ (b'[' | b'(')) if !self.started => {
                    let spot = self.spot;
                    let close = if open == b'[' { b']' } else { b')' };
                    self.bump()?;
                    self.started = true;
                    let first = self.skip_blank()?;
                    // What holds no collections is the first of several events.
                    if first.is_none_or(|first| b"[({#])".contains(&first)) {
                        self.outer = Some(close);
                    } else {
                        let form = Form::List(self.items(close, 0)?);
                        return Ok(Some(Spotted { spot, form }));
                    }
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
            Some(open @ (b'[' | b'(')) => {
                self.bump()?;
                Form::List(self.items(if open == b'[' { b']' } else { b')' }, depth)?)
            }
            Some(b'{') => self.map(spot, depth)?,
            Some(b'#') => {
                self.bump()?;
                match self.peek()? {
                    Some(b'{') => {
                        self.bump()?;
                        Form::List(self.items(b'}', depth)?)
                    }
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
        self.bump()?;
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

    /// Reads the items of a collection after its opening bracket.
    fn items(&mut self, close: u8, depth: usize) -> Result<Vec<Spotted>, ReadError> {
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
                Some(b'\\') => {
                    let escaped = self.escaped()?;
                    bytes.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(byte) => bytes.push(byte),
            }
        }
    }

    /// Reads the rest of an escape sequence after its backslash.
    fn escaped(&mut self) -> Result<char, ReadError> {
        let spot = self.spot;
        let Some(byte) = self.bump()? else {
            return Err(self.error("`\"`", "the end of the input"));
        };
        Ok(match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' | b'\'' => char::from(byte),
            b'u' => self.unicode(spot)?,
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                while let Some(digit @ b'0'..=b'7') = self.peek()?
                    && code < 32
                {
                    self.bump()?;
                    code = 8 * code + u32::from(digit - b'0');
                }
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => {
                let found = quoted(&format!("\\{}", char::from(other)));
                return Err(ReadError::new(spot.line, spot.column, "an escape such as \\n", found));
            }
        })
    }

    /// Reads the digits of `\u0041`, and of the second half if they are the first half of a pair.
    fn unicode(&mut self, spot: Spot) -> Result<char, ReadError> {
        let malformed = || {
            let found = "something else".to_owned();
            ReadError::new(spot.line, spot.column, "a character as four hexadecimal digits", found)
        };
        let first = self.hexadecimal()?.ok_or_else(malformed)?;
        let code = if (0xd800..0xdc00).contains(&first) {
            let is_pair = self.bump()? == Some(b'\\') && self.bump()? == Some(b'u');
            let second = if is_pair { self.hexadecimal()? } else { None };
            let second = second.filter(|half| (0xdc00..0xe000).contains(half));
            0x10000 + ((first - 0xd800) << 10) + (second.ok_or_else(malformed)? - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(malformed)
    }

    fn hexadecimal(&mut self) -> Result<Option<u32>, ReadError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.bump()?.and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return Ok(None) };
            code = 16 * code + digit;
        }
        Ok(Some(code))
    }

    fn atom(&mut self) -> Result<String, ReadError> {
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek()? {
            let ends = byte.is_ascii_whitespace()
                || b",[](){}\";".contains(&byte)
                || self.syntax == Syntax::Json && byte == b':';
            if ends && bytes != b"\\" {
                break;
            }
            bytes.push(byte);
            self.bump()?;
        }
        if bytes.is_empty() {
            return Err(self.error("a value", "a symbol that begins none"));
        }
        let text = self.utf8(bytes)?;
        Ok(match canonical(&text, self.syntax) {
            _ if self.syntax == Syntax::Json && text == "null" => "nil".to_owned(),
            number if *number != text => number.into_owned(),
            _ => text,
        })
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
                Some(b':') if self.syntax == Syntax::Json => {
                    self.bump()?;
                }
                Some(b';') if self.syntax == Syntax::Edn => {
                    while !matches!(self.bump()?, None | Some(b'\n')) {}
                }
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
