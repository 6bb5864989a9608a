//! A JSON object whose fields are taken out one by one; the remaining fields are unknown ones.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Field, ScenarioError, explain};
use crate::text::nearest;

impl<'a> Field<'a> {
    /// Returns the value as an object, whose keys must differ.
    pub(crate) fn object(&self) -> Result<Object<'a>, ScenarioError> {
        if !self.text.starts_with('{') {
            return Err(self.wrong_type("an object"));
        }
        Object::parse(self)
    }
}

/// An object, and the names of the fields taken so far.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a> {
    itself: Field<'a>,
    fields: Vec<Field<'a>>,
    asked: Vec<&'static str>,
}

impl<'a> Object<'a> {
    /// Reads the keys of an object; a key must not occur twice.
    pub(crate) fn parse(itself: &Field<'a>) -> Result<Self, ScenarioError> {
        let Entries(entries) =
            serde_json::from_str(itself.text).map_err(|error| itself.error(explain(&error)))?;
        let mut fields: Vec<Field<'a>> = Vec::new();
        for (key, value) in entries {
            let field = itself.child(key, value)?;
            if let Some(first) = fields.iter().find(|first| first.name == field.name) {
                let line = first.key_place().line.unwrap_or_default();
                return Err(ScenarioError {
                    place: field.key_place(),
                    message: format!("written twice, first on line {line}; keep one of them"),
                });
            }
            fields.push(field);
        }
        Ok(Self { itself: itself.clone(), fields, asked: Vec::new() })
    }

    /// Takes a field out of the object, if it exists.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.asked.push(name);
        let index = self.fields.iter().position(|field| field.name == name)?;
        Some(self.fields.remove(index))
    }

    /// Returns true if all fields have been taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes a required field; `expected` describes its content in errors.
    pub(crate) fn require(
        &mut self,
        name: &'static str,
        expected: &str,
    ) -> Result<Field<'a>, ScenarioError> {
        if let Some(field) = self.take(name) {
            return Ok(field);
        }
        let written = self.fields.iter().map(|field| field.name.as_str());
        let hint = match nearest(name, written) {
            Some(written) => format!("; did you write it as `{written}`?"),
            None => String::new(),
        };
        let mut place = self.itself.place();
        place.field = Some(self.itself.path_of(name));
        let message = format!("missing, expected {expected}{hint}");
        Err(ScenarioError { place, message })
    }

    /// Takes a field and reads it, or returns the default.
    pub(crate) fn or_default<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Field<'a>) -> Result<T, ScenarioError>,
        default: T,
    ) -> Result<T, ScenarioError> {
        match self.take(name) {
            Some(field) => read(&field),
            None => Ok(default),
        }
    }

    /// Returns the fields that were not taken, each with the known name that it resembles.
    pub(crate) fn unknown(self) -> impl Iterator<Item = (Field<'a>, Option<&'static str>)> {
        self.fields.into_iter().map(move |field| {
            let suggestion = nearest(&field.name, self.asked.iter().copied());
            (field, suggestion)
        })
    }

    /// Returns an error if there is an unknown field.
    pub(crate) fn no_more(self) -> Result<(), ScenarioError> {
        let known = self.asked.clone();
        match self.unknown().next() {
            None => Ok(()),
            Some((field, suggestion)) => Err(ScenarioError {
                place: field.key_place(),
                message: format!("unknown field{}", instead(suggestion, &known)),
            }),
        }
    }
}

/// Returns an error about a text that should be one of the `known` names of a `what`.
pub(crate) fn unknown_name(
    field: &Field<'_>,
    what: &str,
    name: &str,
    known: &[&str],
) -> ScenarioError {
    let instead = instead(nearest(name, known.iter().copied()), known);
    field.error(format!("unknown {what} {}{instead}", field.shown()))
}

/// Returns the end of a message about an unknown name: the likely and all known names.
fn instead(suggestion: Option<&str>, known: &[&str]) -> String {
    let hint = did_you_mean(suggestion);
    format!("{hint} Known here: `{}`", known.join("`, `"))
}

/// Returns `, did you mean …?`, or the end of the sentence.
pub(crate) fn did_you_mean(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!(", did you mean `{name}`?"),
        None => ".".to_owned(),
    }
}

/// The texts of an object's keys and values, in the order of the file and with duplicates.
struct Entries<'a>(Vec<(&'a str, &'a str)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            entries.push((key.get(), value.get()));
        }
        Ok(Entries(entries))
    }
}
