//! This project's own format: one operation per line, as a JSON object.
//!
//! ```text
//! {"client":3,"kind":"put","key":"k","value":"v","invoke_ns":10,"return_ns":25}
//! {"client":4,"kind":"get","key":"k","value":"v","invoke_ns":12,"return_ns":20}
//! {"client":3,"kind":"cas","key":"k","from":"v","value":"w","ok":true,"invoke_ns":30,"return_ns":41}
//! {"client":4,"kind":"delete","key":"k","invoke_ns":50,"return_ns":52}
//! {"client":4,"kind":"get","key":"k","value":null,"invoke_ns":53,"return_ns":null}
//! ```
//!
//! The value of a get is the one that it returned, null for a missing key. Values are strings, numbers, true or false;
//! numbers that are equal are one value, however they are written. If `return_ns` is null, or the `ok` of a
//! `cas` is unknown, the operation never returned. Other fields are skipped.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::error::{ReadError, quoted};
use super::number::{Syntax, canonical};
use super::scan::{Lines, column};
use crate::history::{Action, History, KeyId, NEVER, ValueId};
use crate::recorder::{Call, Recorder, Returned};

const OPERATION: &str = "an operation as a JSON object";

/// The fields of a line, kept as text so that errors can give their columns.
#[derive(Deserialize)]
#[serde(expecting = "an operation as a JSON object")]
struct Line<'a> {
    #[serde(borrow, default)]
    client: Option<&'a RawValue>,
    #[serde(borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    from: Option<&'a RawValue>,
    #[serde(borrow, default)]
    ok: Option<&'a RawValue>,
    #[serde(borrow, default)]
    invoke_ns: Option<&'a RawValue>,
    #[serde(borrow, default)]
    return_ns: Option<&'a RawValue>,
}

pub(super) fn read(input: impl BufRead, mut recorder: Recorder) -> Result<History, ReadError> {
    let mut lines = Lines::new(input);
    while let Some((number, text)) = lines.next()? {
        if !text.is_empty() {
            Reader { number, text, recorder: &mut recorder }.operation()?;
        }
    }
    Ok(recorder.finish())
}

/// A reader of one line.
struct Reader<'a> {
    number: u64,
    text: &'a str,
    recorder: &'a mut Recorder,
}

impl<'a> Reader<'a> {
    fn operation(&mut self) -> Result<(), ReadError> {
        // Serde also reads an array as a struct.
        if !self.text.starts_with('{') {
            return Err(ReadError::new(self.number, 1, OPERATION, quoted(self.text)));
        }
        let line: Line<'a> =
            serde_json::from_str(self.text).map_err(|error| self.syntax(&error))?;
        let client = self.number(self.present(line.client, "client")?, "a client's number")?;
        let client_text = line.client.map_or("", RawValue::get);
        let client = u32::try_from(client)
            .map_err(|_| self.error(client_text, "a client's number below 2^32"))?;
        let key = self.key(self.present(line.key, "key")?)?;
        let invoke = self.stamp(self.present(line.invoke_ns, "invoke_ns")?)?;
        let end = line.return_ns.map(|raw| self.return_stamp(raw, invoke)).transpose()?;
        let kind = self.present(line.kind, "kind")?;
        let value = self.value(line.value)?;
        let (call, answer) = match kind.get() {
            "\"put\"" => (Call::Put { key, value }, Some(Returned::Put)),
            "\"get\"" => (Call::Get { key }, Some(Returned::Got(value))),
            "\"delete\"" => (Call::Put { key, value: ValueId::MISSING }, Some(Returned::Put)),
            "\"cas\"" => {
                let from = self.value(line.from)?;
                let ok = line.ok.map(|raw| self.boolean(raw)).transpose()?;
                (Call::Cas { key, from, to: value }, ok.map(Returned::Cas))
            }
            other => {
                return Err(
                    self.error(other, "a `kind` of \"get\", \"put\", \"delete\" or \"cas\"")
                );
            }
        };
        let id = self.recorder.invoke(client, call, invoke);
        if let (Some(answer), Some(end)) = (answer, end) {
            self.recorder.returned(id, answer, end);
        }
        Ok(())
    }

    fn present(&self, field: Option<&'a RawValue>, name: &str) -> Result<&'a RawValue, ReadError> {
        let end = self.text.chars().count() as u64;
        field.ok_or_else(|| ReadError::new(self.number, end, format!("a field `{name}`"), "none"))
    }

    fn key(&mut self, raw: &'a RawValue) -> Result<KeyId, ReadError> {
        match self.scalar(raw, "a key: a string or a number")? {
            Scalar::Text(text) => Ok(self.recorder.key(&text)),
            Scalar::Literal(text) => Ok(self.recorder.literal_key(&canonical(text, Syntax::Json))),
        }
    }

    /// Reads a value; null and an absent field are the missing value.
    fn value(&mut self, raw: Option<&'a RawValue>) -> Result<ValueId, ReadError> {
        let Some(raw) = raw else {
            return Ok(ValueId::MISSING);
        };
        match self.scalar(raw, "a value: a string, a number, true, false or null")? {
            Scalar::Text(text) => Ok(self.recorder.value(&text)),
            Scalar::Literal(text) => Ok(self.recorder.literal(&canonical(text, Syntax::Json))),
        }
    }

    fn scalar(&self, raw: &'a RawValue, expected: &str) -> Result<Scalar<'a>, ReadError> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') if text.contains('\\') => {
                let text = serde_json::from_str(text).map_err(|_| self.error(text, expected))?;
                Ok(Scalar::Text(Cow::Owned(text)))
            }
            Some(b'"') => Ok(Scalar::Text(Cow::Borrowed(text.trim_matches('"')))),
            Some(b'-' | b'0'..=b'9' | b't' | b'f') => Ok(Scalar::Literal(text)),
            _ => Err(self.error(text, expected)),
        }
    }

    fn stamp(&self, raw: &'a RawValue) -> Result<u64, ReadError> {
        let at = self.number(raw, "a stamp: a whole number of nanoseconds")?;
        if at == NEVER { Err(self.error(raw.get(), "a stamp below 2^64 - 1")) } else { Ok(at) }
    }

    fn return_stamp(&self, raw: &'a RawValue, invoke: u64) -> Result<u64, ReadError> {
        let at = self.stamp(raw)?;
        let expected = || format!("a `return_ns` not before the `invoke_ns` of {invoke}");
        if at < invoke { Err(self.error(raw.get(), &expected())) } else { Ok(at) }
    }

    fn number(&self, raw: &'a RawValue, expected: &str) -> Result<u64, ReadError> {
        raw.get().parse().map_err(|_| self.error(raw.get(), expected))
    }

    fn boolean(&self, raw: &'a RawValue) -> Result<bool, ReadError> {
        raw.get().parse().map_err(|_| self.error(raw.get(), "true, false or null"))
    }

    fn error(&self, part: &str, expected: &str) -> ReadError {
        ReadError::new(self.number, column(self.text, part), expected, quoted(part))
    }

    /// Returns the message of `serde_json` without the position at its end, whose line is always the first.
    fn syntax(&self, error: &serde_json::Error) -> ReadError {
        let message = error.to_string();
        let found = match error.classify() {
            Category::Eof => "a line that ends within it".to_owned(),
            _ => match message.split('`').nth(1).filter(|_| message.starts_with("duplicate field"))
            {
                Some(field) => format!("the field `{field}` twice"),
                None => "text that is not JSON".to_owned(),
            },
        };
        let column =
            self.text.char_indices().take_while(|&(at, _)| at < error.column()).count().max(1);
        ReadError::new(self.number, column as u64, OPERATION, found)
    }
}

enum Scalar<'a> {
    Text(Cow<'a, str>),
    Literal(&'a str),
}

/// Writes a history, one operation per line, in the order of recording.
///
/// # Errors
/// Returns an error if the output does.
pub fn write_jsonl(history: &History, mut out: impl Write) -> io::Result<()> {
    for operation in history.operations() {
        write!(out, "{{\"client\":{},\"kind\":", operation.client)?;
        let (kind, value) = match operation.action {
            Action::Put { value } => ("put", value),
            Action::Get { value } => ("get", value),
            Action::Cas { to, .. } => ("cas", to),
        };
        write!(out, "\"{kind}\",\"key\":")?;
        let key = history.keys.get(operation.key.0);
        write_scalar(&mut out, key.text, key.bare)?;
        if let Action::Cas { from, .. } = operation.action {
            write!(out, ",\"from\":")?;
            write_value(&mut out, history, from)?;
        }
        write!(out, ",\"value\":")?;
        write_value(&mut out, history, value)?;
        if let Action::Cas { ok, .. } = operation.action {
            write!(out, ",\"ok\":{}", ok.map_or("null".to_string(), |ok| ok.to_string()))?;
        }
        write!(out, ",\"invoke_ns\":{},\"return_ns\":", operation.invoke)?;
        match operation.returned() {
            Some(at) => writeln!(out, "{at}}}")?,
            None => writeln!(out, "null}}")?,
        }
    }
    out.flush()
}

fn write_value(out: &mut impl Write, history: &History, value: ValueId) -> io::Result<()> {
    match history.value_name(value) {
        Some(name) => write_scalar(out, name.text, name.bare),
        None => write!(out, "null"),
    }
}

/// Writes a number as a number, and any other literal, such as a keyword of EDN, as a string.
fn write_scalar(out: &mut impl Write, text: &str, bare: bool) -> io::Result<()> {
    if bare && serde_json::from_str::<serde_json::Number>(text).is_ok() {
        return write!(out, "{text}");
    }
    serde_json::to_writer(out, text).map_err(io::Error::from)
}
