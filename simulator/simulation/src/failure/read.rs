//! The reader of failure files, with precise errors for files that were edited by hand: the position, the expected
//! content, and the name that was probably meant.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::compatibility::subject_from_old_reason;
use super::locate::{self, Position};
use super::{FORMAT, Failure, FailureError};
use crate::check::{CheckName, UnknownCheck};
use crate::json::explain;
use crate::text::nearest;

/// The fields that identify the type of a file.
#[derive(Deserialize)]
pub(super) struct Head {
    pub format: Option<u32>,
    pub plan: Option<IgnoredAny>,
    lifetime: Option<IgnoredAny>,
    check: Option<Value>,
    version: Option<Value>,
}

impl Head {
    /// Returns the error message for a file without a format.
    fn expected(&self) -> &'static str {
        match self.lifetime {
            Some(_) => {
                "this is a scenario, expected a failure file: `simulator explore` makes them"
            }
            None => {
                "`format` is missing, expected a failure file as `simulator explore` makes them"
            }
        }
    }
}

impl Head {
    /// Returns the error message for an unknown check, if the file names one.
    fn unknown_check(&self) -> Option<String> {
        let unknown = self.check.as_ref()?.as_str()?.parse::<CheckName>().err()?;
        let version = self.version.as_ref().and_then(Value::as_str).unwrap_or("not named");
        let other = format!("replay the file with the version that wrote it ({version})");
        Some(match nearest(&unknown.name, UnknownCheck::known()) {
            Some(meant) => format!("`check`: {unknown}; did you mean `{meant}`? Otherwise {other}"),
            None => format!("`check`: {unknown}; correct the name, or {other}"),
        })
    }
}

/// Reads a failure from the text of a file; `path` stands for the file in messages.
pub(super) fn parse(path: &Path, text: &str) -> Result<Failure, FailureError> {
    let error = |position, message| FailureError { path: path.to_owned(), position, message };
    let at = |field: &str| locate::of_field(text, field);
    let invalid = |cause: serde_json::Error| {
        let (position, message) = explained(text, &cause);
        error(position, message)
    };
    let head: Head = serde_json::from_str(text).map_err(invalid)?;
    match head.format {
        Some(FORMAT) => {}
        Some(other) => {
            let message = format!("`format` is {other}, this version reads format {FORMAT}");
            return Err(error(at("format"), message));
        }
        None => return Err(error(None, head.expected().to_owned())),
    }
    if let Some(message) = head.unknown_check() {
        return Err(error(at("check"), message));
    }
    let mut failure: Failure = serde_json::from_str(text).map_err(invalid)?;
    if failure.subject.is_none() {
        failure.subject = subject_from_old_reason(failure.check, &failure.reason);
    }
    if let Some(field) = ignored(text, &failure).map_err(invalid)? {
        let message = format!("`{field}`: unknown field, which changes nothing; remove it");
        return Err(error(at(&field), message));
    }
    failure.plan.check().map_err(|cause| {
        let field = format!("plan.{}", cause.field);
        error(at(&field), format!("`{field}`: {}", cause.message))
    })?;
    if failure.digest.len() == 16 && failure.digest.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(failure)
    } else {
        Err(error(at("digest"), "`digest`: expected 16 hexadecimal digits".to_owned()))
    }
}

/// Returns an error of `serde_json` with its position and the name that was probably meant.
fn explained(text: &str, cause: &serde_json::Error) -> (Option<Position>, String) {
    let mut position = (cause.line() > 0).then_some((cause.line(), cause.column().max(1)));
    let mut suggestion = String::new();
    if let Some((name, known)) = unknown(&cause.to_string()) {
        position = position.map(|position| locate::of_name(text, position, name));
        if let Some(meant) = nearest(name, known) {
            suggestion = format!("; did you mean `{meant}`?");
        }
    }
    (position, format!("not a failure file: {}{suggestion}", explain(cause)))
}

/// Returns the unknown name in an error message of serde, and the known names.
fn unknown(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let is_about_a_name =
        ["unknown field `", "unknown variant `"].iter().any(|start| message.starts_with(start));
    let name = quoted.next().filter(|_| is_about_a_name)?;
    Some((name, quoted.collect()))
}

/// Returns the path of a field in the file that was skipped. A value without fields of its own, such as the fault
/// `heal`, accepts any.
fn ignored(text: &str, failure: &Failure) -> serde_json::Result<Option<String>> {
    let (found, kept) = (serde_json::from_str(text)?, serde_json::to_value(failure)?);
    Ok(first_ignored(&found, &kept).map(|path| path.trim_start_matches('.').to_owned()))
}

fn first_ignored(found: &Value, kept: &Value) -> Option<String> {
    match (found, kept) {
        (Value::Object(found), Value::Object(kept)) => found.iter().find_map(|(name, value)| {
            let path = match kept.get(name) {
                Some(kept) => first_ignored(value, kept)?,
                // A default that is written out: it means the same as a missing field.
                None if value.is_null() || *value == Value::Array(Vec::new()) => return None,
                None => String::new(),
            };
            Some(format!(".{name}{path}"))
        }),
        (Value::Array(found), Value::Array(kept)) => {
            let mut pairs = found.iter().zip(kept).enumerate();
            pairs.find_map(|(number, (found, kept))| {
                Some(format!("[{number}]{}", first_ignored(found, kept)?))
            })
        }
        _ => None,
    }
}
