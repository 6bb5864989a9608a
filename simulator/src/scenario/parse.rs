//! From a file, or its text, to a [`Scenario`].

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::json::Source;
use super::{Place, Scenario, ScenarioError, Warning, parse_course};

/// Far beyond any scenario; keeps a path such as `/dev/zero` from filling the memory.
const MAX_BYTES: u64 = 1 << 20;

impl Scenario {
    /// Loads a scenario file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not UTF-8 or JSON, or breaks a rule of the format. A field
    /// the course's simulator would ignore is only worth a warning.
    pub fn load(path: impl AsRef<Path>) -> Result<(Self, Vec<Warning>), ScenarioError> {
        let path = path.as_ref();
        let bytes = read(path).map_err(|message| about_file(path, message))?;
        let text = decode(path, &bytes)?;
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        let (mut scenario, warnings) = parse(&name, Source { path, text })?;
        scenario.path = Some(path.to_owned());
        Ok((scenario, warnings))
    }

    /// Reads a scenario from the text of a file; `name` stands for the file in messages.
    ///
    /// # Errors
    ///
    /// As [`Scenario::load`], but for reading the file.
    pub fn parse(name: &str, text: &str) -> Result<(Self, Vec<Warning>), ScenarioError> {
        parse(name, Source { path: Path::new(name), text })
    }
}

fn parse(name: &str, source: Source<'_>) -> Result<(Scenario, Vec<Warning>), ScenarioError> {
    if source.text.trim().is_empty() {
        let message = "the file is empty, expected a scenario: a JSON object";
        return Err(about_file(source.path, message.to_owned()));
    }
    if source.text.starts_with('\u{feff}') {
        let message = "the file begins with a byte order mark, save it as UTF-8 without one";
        return Err(about_file(source.path, message.to_owned()));
    }
    parse_course::scenario(name, &source.root()?)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    if path.is_dir() {
        return Err("this is a folder, expected a scenario file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(
        |error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file, check the path".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        },
    )?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("the file is larger than 1 MiB, expected a scenario".to_owned());
    }
    Ok(bytes)
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

pub(super) fn about_file(path: &Path, message: String) -> ScenarioError {
    let place = Place { path: path.to_owned(), line: None, column: None, field: None };
    ScenarioError { place, message }
}
