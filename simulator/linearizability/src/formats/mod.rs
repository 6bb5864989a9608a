//! Histories as files: this project's own JSON lines, and the formats of Jepsen and others.

mod edn;
mod edn_form;
mod error;
mod event;
mod events;
mod jsonl;
mod lines;
mod number;
mod operations;
mod registers;
mod scan;
mod services;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::str::FromStr;

use super::history::{History, ValueId};
use super::recorder::Recorder;
use super::recording::{Content, ModelName, Recording};
use lines::Text;
use number::{Syntax, canonical};

pub use error::ReadError;
pub use jsonl::write_jsonl;

/// The format of a stored history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON lines: one object per operation.
    ///
    /// Its fields are `client`, `kind`, `key`, `value`, `invoke_ns` and `return_ns`.
    Jsonl,
    /// JSON in an array or over several lines: events as objects, or the operations of [`Jsonl`](Format::Jsonl).
    Json,
    /// Events as maps or vectors in EDN, as Jepsen and knossos store them.
    Edn,
    /// Events as lines `3 :invoke :write 2`, as in Jepsen's `history.txt`.
    Lines,
    /// Lines `jepsen.util: 3 :invoke :write 2` among others, as in Jepsen's logs.
    Log,
}

impl Format {
    /// All formats, with their names.
    const NAMES: [(&str, Format); 6] = [
        ("jsonl", Format::Jsonl),
        ("json", Format::Json),
        ("edn", Format::Edn),
        ("lines", Format::Lines),
        ("log", Format::Log),
        // What the first logs were called here.
        ("etcd", Format::Log),
    ];

    /// Returns the format of a file by its extension, if the extension is known.
    pub fn of_path(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()? {
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "json" => Some(Format::Json),
            "edn" => Some(Format::Edn),
            "txt" => Some(Format::Lines),
            "log" => Some(Format::Log),
            _ => None,
        }
    }

    /// Returns the format that the first bytes of a text have, if they tell.
    fn of_text(text: &[u8]) -> Option<Format> {
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
        let mut symbols = text.iter().copied().filter(|byte| !is_blank(byte));
        match (symbols.next()?, symbols.next()) {
            (b'{', Some(b'"' | b'}')) => Some(Format::of_object(text)),
            (b'[', Some(b'{')) if symbols.next() == Some(b'"') => Some(Format::Json),
            (b'{' | b'[' | b'(' | b'#', _) => Some(Format::Edn),
            _ => Format::of_lines(text),
        }
    }

    /// Returns the format of JSON objects: operations in one line each, or anything else.
    fn of_object(text: &[u8]) -> Format {
        let text = text.trim_ascii_start();
        let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let has = |name: &[u8]| line.windows(name.len()).any(|part| part == name);
        let is_event = has(b"\"type\"") && !has(b"\"kind\"");
        if is_event || line.trim_ascii_end() == b"{" { Format::Json } else { Format::Jsonl }
    }

    fn of_lines(text: &[u8]) -> Option<Format> {
        let text = String::from_utf8_lossy(text);
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let is_event = |line: &str| {
            let mut words = line.split_whitespace();
            let process =
                words.next().is_some_and(|word| word == ":nemesis" || word.parse::<u32>().is_ok());
            process && words.next().is_some_and(|word| word.starts_with(':'))
        };
        let first = lines.find(|line| !line.starts_with(';'))?;
        if is_event(first) {
            Some(Format::Lines)
        } else if first.starts_with(['{', '[', '(', '#']) {
            Some(Format::Edn)
        } else if first.starts_with("INFO") || text.contains("jepsen.") {
            Some(Format::Log)
        } else {
            None
        }
    }

    /// Returns the notation of values in the format.
    fn syntax(self) -> Syntax {
        match self {
            Format::Jsonl | Format::Json => Syntax::Json,
            Format::Edn | Format::Lines | Format::Log => Syntax::Edn,
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Format, String> {
        let found = Format::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|&(_, format)| format).ok_or_else(|| {
            format!("`{name}` is no format of histories: expected jsonl, json, edn, lines or log")
        })
    }
}

/// The properties of a history that are known before it is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'a> {
    /// The format; without one, the first bytes decide, and otherwise the extension.
    pub format: Option<Format>,
    /// The value of every key before the first write, as a literal such as `0`.
    ///
    /// Without one, keys are missing at first. `any` stands for a value that is not known, and may be another one for
    /// each key of a register.
    pub initial: Option<&'a str>,
    /// The model; without one, the operations decide.
    pub model: Option<ModelName>,
}

impl Reading<'_> {
    /// Reads the history in a file, or on standard input if the path is `-`.
    ///
    /// # Errors
    /// Returns an error if the input cannot be read or is not a history, as [`read`](Self::read) does.
    pub fn read_path(&self, path: &Path) -> Result<Recording, ReadError> {
        let input: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(BufReader::with_capacity(1 << 16, File::open(path)?))
        };
        let format = self.format;
        self.read_as(input, format, Format::of_path(path))
    }

    /// Reads a history. Memory holds the text of at most one operation, if it is a history of registers.
    ///
    /// # Errors
    /// Returns an error if the input cannot be read, or if it is not a history: then with the line, the column and the
    /// expected content.
    pub fn read(&self, input: impl BufRead) -> Result<Recording, ReadError> {
        self.read_as(input, self.format, None)
    }

    fn read_as(
        &self,
        mut input: impl BufRead,
        format: Option<Format>,
        otherwise: Option<Format>,
    ) -> Result<Recording, ReadError> {
        let format = match format {
            Some(format) => format,
            None => Format::of_text(input.fill_buf()?).or(otherwise).unwrap_or(Format::Jsonl),
        };
        let recorder = self.recorder(format.syntax());
        let content = match format {
            Format::Jsonl => Content::Registers(jsonl::read(input, recorder)?.into()),
            Format::Json | Format::Edn => edn::read(input, recorder, format.syntax(), self.model)?,
            Format::Lines => lines::read(input, recorder, Text::Bare, self.model)?,
            Format::Log => lines::read(input, recorder, Text::Log, self.model)?,
        };
        let recording = Recording(content);
        if self.initial == Some("any") && recording.registers().is_none() {
            let (wish, model) = ("an initial value of `any`", recording.model().name());
            return Err(ReadError::Unsuited { wish, model });
        }
        Ok(recording)
    }

    fn recorder(&self, syntax: Syntax) -> Recorder {
        let mut recorder = Recorder::new();
        let initial = match self.initial {
            None | Some("nil" | "null") => ValueId::MISSING,
            Some("any") => {
                recorder.set_any_initial();
                ValueId::MISSING
            }
            Some(literal) => {
                match literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                    Some(text) => recorder.value(text),
                    None => recorder.literal(&canonical(literal, syntax)),
                }
            }
        };
        recorder.set_initial(initial);
        recorder
    }
}

/// Reads the history of registers in a file, or on standard input if the path is `-`.
///
/// # Errors
/// Returns an error if the input cannot be read or is not a history of registers, as [`read`] does.
pub fn read_path(
    path: &Path,
    format: Option<Format>,
    initial: Option<&str>,
) -> Result<History, ReadError> {
    registers(Reading { format, initial, model: None }.read_path(path)?)
}

/// Reads a history of registers. [`Reading`] reads those of other services too.
///
/// # Errors
/// Returns an error if the input cannot be read, or if it is not a history of registers: then with the line, the column
/// and the expected content.
pub fn read(
    input: impl BufRead,
    format: Format,
    initial: Option<&str>,
) -> Result<History, ReadError> {
    registers(Reading { format: Some(format), initial, model: None }.read(input)?)
}

fn registers(recording: Recording) -> Result<History, ReadError> {
    let found = format!("one of the model {}", recording.model().name());
    recording.into_registers().ok_or_else(|| ReadError::new(1, 1, "a history of registers", found))
}
