//! JSON in which every value knows its place in the file.
//!
//! A [`Field`] is a slice of the document's text. So its line and column follow from the start of the slice, a number
//! keeps its original digits, and a value is decoded only when it is read.

use std::fmt;
use std::path::Path;

use serde_json::value::RawValue;

use super::{Place, ScenarioError, Warning, explain, line_and_column};
use crate::units::{Decimal, Nanos, Ratio, Scaled, show};

use crate::text::beginning;

/// A document: its text, and its name in messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) path: &'a Path,
    pub(crate) text: &'a str,
}

impl<'a> Source<'a> {
    /// Returns the document's root value.
    pub(crate) fn root(self) -> Result<Field<'a>, ScenarioError> {
        let value: &RawValue =
            serde_json::from_str(self.text).map_err(|error| self.syntax_error(&error))?;
        Ok(Field::new(self, String::new(), value.get()))
    }

    /// Returns the place `offset` bytes into the text.
    pub(crate) fn place(self, offset: usize, field: Option<String>) -> Place {
        let is_boundary = |end: &usize| self.text.is_char_boundary(*end);
        let end = (0..=offset.min(self.text.len())).rev().find(is_boundary);
        let before = &self.text[..end.unwrap_or_default()];
        let (line, column) = line_and_column(before);
        Place { path: self.path.to_owned(), line: Some(line), column: Some(column), field }
    }

    fn syntax_error(self, error: &serde_json::Error) -> ScenarioError {
        let lines = self.text.split_inclusive('\n');
        let line_start: usize = lines.take(error.line().saturating_sub(1)).map(str::len).sum();
        let offset = line_start + error.column().saturating_sub(1);
        let reason = explain(error);
        let hint = match self.text.as_bytes().get(offset) {
            Some(b'N' | b'I') => "; JSON has no NaN and no Infinity, write a number",
            Some(b'/' | b'#') => "; JSON has no comments, remove it",
            Some(b'\'') => "; JSON has no single quotes",
            Some(b'.' | b'+') => "; a JSON number begins with a digit, as in 0.5",
            Some(b']') => "; JSON has no comma after the last value",
            _ => "",
        };
        ScenarioError {
            place: self.place(offset, None),
            message: format!("this is not JSON: {reason}{hint}"),
        }
    }
}

/// A value in the document.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    source: Source<'a>,
    /// The path from the root, such as `events[2].time`; empty for the root.
    path: String,
    /// The key; empty in a list and for the root.
    pub(crate) name: String,
    /// The text of the key; in a list and for the root, the text of the value.
    key: &'a str,
    /// The text of the value.
    pub(crate) text: &'a str,
}

impl<'a> Field<'a> {
    /// Returns a value without a key.
    fn new(source: Source<'a>, path: String, text: &'a str) -> Self {
        let name = String::new();
        Self { source, path, name, key: text, text }
    }

    /// Returns a field of this object, from the texts of its key and value.
    pub(crate) fn child(&self, key: &'a str, text: &'a str) -> Result<Self, ScenarioError> {
        let name = Self::new(self.source, self.path.clone(), key).string()?;
        let path = self.path_of(&name);
        let source = self.source;
        Ok(Self { source, path, name, key, text })
    }

    /// Returns the path of a field of this object.
    pub(crate) fn path_of(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    /// Returns the place at which the value begins.
    pub(crate) fn place(&self) -> Place {
        self.place_of(self.text)
    }

    /// Returns the place at which the key begins.
    pub(crate) fn key_place(&self) -> Place {
        self.place_of(self.key)
    }

    fn place_of(&self, part: &str) -> Place {
        let offset = part.as_ptr().addr() - self.source.text.as_ptr().addr();
        let field = Some(self.path.clone()).filter(|path| !path.is_empty());
        self.source.place(offset, field)
    }

    /// Returns an error about the value.
    pub(crate) fn error(&self, message: impl Into<String>) -> ScenarioError {
        ScenarioError { place: self.place(), message: message.into() }
    }

    /// Returns a warning about the value.
    pub(crate) fn warning(&self, message: impl Into<String>) -> Warning {
        Warning { place: self.place(), message: message.into() }
    }

    /// Returns an error about a value of the wrong type.
    pub(crate) fn wrong_type(&self, expected: &str) -> ScenarioError {
        let found = match self.text.as_bytes().first() {
            Some(b'{') => "an object".to_owned(),
            Some(b'[') => "a list".to_owned(),
            Some(b'"') => format!("the text {}", self.shown()),
            _ => self.shown(),
        };
        let unquoted = self.text.trim_matches('"');
        let hint = if expected == "a number" && Decimal::parse(unquoted).is_some() {
            format!("; write {unquoted} without the quotes")
        } else {
            String::new()
        };
        self.error(format!("found {found}, expected {expected}{hint}"))
    }

    /// Returns an error about a number that is outside of `range`.
    pub(crate) fn out_of_range(&self, range: Range) -> ScenarioError {
        self.error(format!("{} is out of range, expected {range}", self.shown()))
    }

    /// Returns the value's text, shortened for a message.
    pub(crate) fn shown(&self) -> String {
        beginning(self.text, 40).into_owned()
    }

    /// Returns the value as a list; `expected` describes it in errors.
    pub(crate) fn list(&self, expected: &str) -> Result<Vec<Self>, ScenarioError> {
        if !self.text.starts_with('[') {
            return Err(self.wrong_type(expected));
        }
        let items: Vec<&RawValue> =
            serde_json::from_str(self.text).map_err(|error| self.error(explain(&error)))?;
        let path = |index| format!("{}[{index}]", self.path);
        let items = items.iter().enumerate();
        Ok(items.map(|(index, item)| Self::new(self.source, path(index), item.get())).collect())
    }

    /// Returns the value as a text.
    pub(crate) fn string(&self) -> Result<String, ScenarioError> {
        if !self.text.starts_with('"') {
            return Err(self.wrong_type("a text"));
        }
        serde_json::from_str(self.text)
            .map_err(|_| self.error(format!("{} is not Unicode text", self.shown())))
    }

    /// Returns the value as `true` or `false`.
    pub(crate) fn boolean(&self) -> Result<bool, ScenarioError> {
        serde_json::from_str(self.text).map_err(|_| self.wrong_type("true or false"))
    }

    /// Returns the value as a number in units of `10^-places`.
    pub(crate) fn number(&self, places: u32) -> Result<Scaled, ScenarioError> {
        let decimal = Decimal::parse(self.text).ok_or_else(|| self.wrong_type("a number"))?;
        Ok(decimal.scaled(places))
    }

    /// Returns the value as a number within `range`, rounded down to its unit.
    pub(crate) fn number_in(&self, range: Range) -> Result<u64, ScenarioError> {
        let scaled = self.number(range.places)?;
        u64::try_from(scaled.floor)
            .ok()
            .filter(|_| scaled.lies_within(range.low.into(), range.high.into()))
            .ok_or_else(|| self.out_of_range(range))
    }

    /// Returns the value as a whole number within `range`.
    pub(crate) fn whole_in(&self, range: Range) -> Result<u64, ScenarioError> {
        let value = self.number_in(range)?;
        let Scaled { floor, ceil } = self.number(range.places)?;
        if floor == ceil {
            return Ok(value);
        }
        Err(self.error(format!("{} is not whole, expected {range}", self.shown())))
    }

    /// Returns the value as a whole number within bounds, which may be negative.
    pub(crate) fn signed_in(&self, low: i32, high: i32) -> Result<i32, ScenarioError> {
        let scaled = self.number(0)?;
        i32::try_from(scaled.floor)
            .ok()
            .filter(|_| scaled.floor == scaled.ceil)
            .filter(|_| scaled.lies_within(low.into(), high.into()))
            .ok_or_else(|| {
                let found = self.shown();
                self.error(format!(
                    "{found} is out of range, expected a whole number, {low} to {high}"
                ))
            })
    }

    /// Returns the value as a fraction from 0 to 1.
    pub(crate) fn ratio(&self) -> Result<Ratio, ScenarioError> {
        let range = Range { places: 9, ..Range::count(0, Ratio::BILLION.into()) };
        let ppb = self.number_in(range)?;
        Ok(Ratio::from_ppb(ppb as u32))
    }
}

/// The numbers that a field accepts, in units of `10^-places` of the unit in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) places: u32,
    pub(crate) low: u64,
    pub(crate) high: u64,
    /// The text that follows the bounds in messages, such as ` s`.
    pub(crate) unit: &'static str,
}

impl Range {
    pub(crate) const fn count(low: u64, high: u64) -> Self {
        let (places, unit) = (0, "");
        Self { places, low, high, unit }
    }

    /// Returns a range of nanoseconds that the file gives in seconds.
    pub(crate) const fn seconds(low: Nanos, high: Nanos) -> Self {
        let (places, unit) = (9, " s");
        Self { places, low, high, unit }
    }

    /// Returns a range of nanoseconds that the file gives in microseconds.
    pub(crate) const fn microseconds(low: Nanos, high: Nanos) -> Self {
        let (places, unit) = (3, " µs");
        Self { places, low, high, unit }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = [self.low, self.high].map(|bound| show(bound, self.places));
        write!(f, "{low} to {high}{}", self.unit)
    }
}
