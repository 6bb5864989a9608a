//! Histories as files: this project's own JSON lines, and two formats that are in use elsewhere.

mod edn;
mod edn_form;
mod error;
mod etcd;
mod events;
mod jsonl;
mod scan;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::str::FromStr;

use super::history::{History, ValueId};
use super::recorder::Recorder;

pub use error::ReadError;
pub use jsonl::write_jsonl;

/// The format of a stored history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON lines: one object per operation.
    ///
    /// Its fields are `client`, `kind`, `key`, `value`, `invoke_ns` and `return_ns`.
    Jsonl,
    /// Events as maps in EDN, as Jepsen and knossos store them.
    Edn,
    /// Lines `INFO  jepsen.util - 3 :invoke :write 2`, as Jepsen logged its etcd tests.
    Etcd,
}

impl Format {
    /// Returns the format of a file by its extension, if the extension is known.
    pub fn of_path(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()? {
            "jsonl" | "ndjson" | "json" => Some(Format::Jsonl),
            "edn" => Some(Format::Edn),
            "log" => Some(Format::Etcd),
            _ => None,
        }
    }

    /// Returns the format that the first bytes of a text look like; JSON lines by default.
    fn of_text(text: &[u8]) -> Format {
        let mut symbols = text.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != b',');
        match (symbols.next(), symbols.next()) {
            (Some(b'{'), Some(b':')) | (Some(b'[' | b'(' | b';' | b'#'), _) => Format::Edn,
            (Some(b'I'), Some(b'N')) => Format::Etcd,
            _ => Format::Jsonl,
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Format, String> {
        match name {
            "jsonl" => Ok(Format::Jsonl),
            "edn" => Ok(Format::Edn),
            "etcd" => Ok(Format::Etcd),
            other => {
                Err(format!("`{other}` is no format of histories: expected jsonl, edn or etcd"))
            }
        }
    }
}

/// Reads the history in a file, or on standard input if the path is `-`.
///
/// Without a `format` the extension decides, and otherwise the first bytes. `initial` is the value of every key before
/// the first write, as a literal such as `0`; without one, keys are missing at first.
///
/// # Errors
/// Returns an error if the input cannot be read or is not a history, as [`read`] does.
pub fn read_path(
    path: &Path,
    format: Option<Format>,
    initial: Option<&str>,
) -> Result<History, ReadError> {
    let mut input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::with_capacity(1 << 16, File::open(path)?))
    };
    let format = match format.or_else(|| Format::of_path(path)) {
        Some(format) => format,
        None => Format::of_text(input.fill_buf()?),
    };
    read(input, format, initial)
}

/// Reads a history as a stream: memory holds the text of at most one operation.
///
/// # Errors
/// Returns an error if the input cannot be read, or if it is not a history: then with the line, the column and the
/// expected content.
pub fn read(
    input: impl BufRead,
    format: Format,
    initial: Option<&str>,
) -> Result<History, ReadError> {
    let mut recorder = Recorder::new();
    let initial = match initial {
        None | Some("nil" | "null") => ValueId::MISSING,
        Some(literal) => match literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(text) => recorder.value(text),
            None => recorder.literal(literal),
        },
    };
    recorder.set_initial(initial);
    match format {
        Format::Jsonl => jsonl::read(input, recorder),
        Format::Edn => edn::read(input, recorder),
        Format::Etcd => etcd::read(input, recorder),
    }
}
