//! Parsing of a scenario file, or of its text, into a [`Scenario`].

use std::path::Path;

use super::{Scenario, parse_course};
use crate::json::{ScenarioError, Source, Warning};

impl Scenario {
    /// Reads a scenario from the bytes of a file; it is named after the file.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are not UTF-8 or not JSON, or if they violate the format. A field that the
    /// course's simulator would ignore only causes a warning.
    pub fn of_file(path: &Path, bytes: &[u8]) -> Result<(Self, Vec<Warning>), ScenarioError> {
        let text = decode(path, bytes)?;
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        let (mut scenario, warnings) = parse(&name, Source { path, text })?;
        scenario.path = Some(path.to_owned());
        Ok((scenario, warnings))
    }

    /// Reads a scenario from the text of a file; `name` stands for the file in messages.
    ///
    /// # Errors
    ///
    /// The same as for [`Scenario::of_file`].
    pub fn parse(name: &str, text: &str) -> Result<(Self, Vec<Warning>), ScenarioError> {
        parse(name, Source { path: Path::new(name), text })
    }
}

fn parse(name: &str, source: Source<'_>) -> Result<(Scenario, Vec<Warning>), ScenarioError> {
    if source.text.trim().is_empty() {
        let message = "the file is empty, expected a scenario: a JSON object";
        return Err(ScenarioError::about(source.path, message));
    }
    if source.text.starts_with('\u{feff}') {
        let message = "the file begins with a byte order mark, save it as UTF-8 without one";
        return Err(ScenarioError::about(source.path, message));
    }
    parse_course::scenario(name, &source.root()?)
}

fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, ScenarioError> {
    str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let text = str::from_utf8(valid).unwrap_or_default();
        let byte = rest.first().copied().unwrap_or_default();
        ScenarioError {
            place: Source { path, text }.place(valid.len(), None),
            message: format!("the byte 0x{byte:02X} is not UTF-8, save the file as UTF-8"),
        }
    })
}
