//! The errors of commands in usage and input.

use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::records::{LogError, ReadError as RecordError, WriteError};
use executables::preflight::Unfit;
use linearizability::ReadError;
use simulation::failure::{FailureError, looks_like_failure};
use simulation::json::ScenarioError;
use simulation::text::shell_word;

use super::program_name::program;

/// Bad usage or input.
pub(super) const BAD_INPUT: u8 = 2;

/// Something could not be written: the disk is full, or the output gone.
const NOT_WRITTEN: u8 = 7;

/// A signal ended the command, and runs are left.
pub(crate) const INTERRUPTED: u8 = 8;

/// The reason that a command could not run.
#[derive(Debug)]
pub(crate) enum CliError {
    /// A scenario file is invalid.
    Scenario(ScenarioError),
    /// A failure file is invalid.
    Failure(FailureError),
    /// A record cannot be read.
    Record(RecordError),
    /// A record cannot be written.
    RecordNotWritten(WriteError),
    /// The executable cannot be driven.
    Replica(Unfit),
    /// Arguments are invalid together.
    Usage(String),
    /// A file could not be written or read.
    File { path: PathBuf, doing: &'static str, error: io::Error },
    /// A history file is invalid.
    History { path: PathBuf, error: ReadError },
    /// A history has no operation, and so proves nothing.
    EmptyHistory(PathBuf),
    /// The standard output cannot be written.
    Output(io::Error),
}

impl CliError {
    /// Returns a function for `map_err`: the error that a file could not be processed.
    pub(super) fn file(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> CliError {
        let path = path.to_owned();
        move |error| CliError::File { path, doing, error }
    }
}

impl CliError {
    /// The exit status of a command that ends with it.
    pub(crate) fn exit_status(&self) -> u8 {
        let is_for_want_of_room = |error: &io::Error| {
            use io::ErrorKind::{
                FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull, WriteZero,
            };
            matches!(
                error.kind(),
                StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem | WriteZero
            )
        };
        let is_not_written = match self {
            CliError::Output(_) => true,
            CliError::File { doing, error, .. } => {
                let is_made = ["created", "created as a folder", "copied"].contains(doing);
                let is_denied = is_made && error.kind() == io::ErrorKind::PermissionDenied;
                *doing == "written" || is_denied || is_for_want_of_room(error)
            }
            // A path that cannot be a file is a slip of the user.
            CliError::RecordNotWritten(WriteError { cause, .. }) => {
                use io::ErrorKind::{InvalidInput, IsADirectory, NotADirectory, NotFound};
                !matches!(cause.kind(), NotFound | IsADirectory | NotADirectory | InvalidInput)
            }
            _ => false,
        };
        if is_not_written { NOT_WRITTEN } else { BAD_INPUT }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CliError::Scenario(error) => error.fmt(f),
            CliError::Failure(error) => error.fmt(f),
            CliError::Record(error) => error.fmt(f),
            CliError::RecordNotWritten(error) => error.fmt(f),
            CliError::Replica(error) => error.fmt(f),
            CliError::Usage(message) => f.write_str(message),
            CliError::File { path, doing, error } => {
                write!(f, "{}: it could not be {doing}: {error}", path.display())
            }
            CliError::History { path, error } => write!(f, "{}: {error}", path.display()),
            CliError::EmptyHistory(path) => {
                write!(f, "{}: it holds no operation, so there is nothing to check", path.display())
            }
            CliError::Output(error) => write!(f, "the output could not be written: {error}"),
        }
    }
}

/// Returns true if a file is a failure, as `explore` and `shrink` write them.
pub(crate) fn is_failure(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| looks_like_failure(&text))
}

impl From<ScenarioError> for CliError {
    fn from(error: ScenarioError) -> Self {
        let path = &error.place.path;
        // A pipe is left alone, because this would read it to its end.
        if path.is_file() && is_failure(path) {
            let word = shell_word(path);
            return CliError::Usage(format!(
                "{}: this is a failure file, expected a scenario: `{} replay {word}` runs it again",
                path.display(),
                program()
            ));
        }
        misplaced(path).unwrap_or(CliError::Scenario(error))
    }
}

impl From<FailureError> for CliError {
    fn from(error: FailureError) -> Self {
        misplaced(&error.path).unwrap_or(CliError::Failure(error))
    }
}

/// Returns the error for a file that belongs to another command.
///
/// Such files have the JSON lines of a history or of a trace.
fn misplaced(path: &Path) -> Option<CliError> {
    const LONGEST: u64 = 1 << 20;
    let file = fs::File::open(path).ok().filter(|_| path.is_file())?;
    let mut line = String::new();
    BufReader::new(file.take(LONGEST)).read_line(&mut line).ok()?;
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).ok()?;
    let word = shell_word(path);
    let what = if fields.contains_key("invoke_ns") {
        format!("this is a history: `simulator check {word}` checks it")
    } else if ["line", "record"].iter().all(|field| fields.contains_key(*field)) {
        format!("this is a record: `simulator merge {word}` shows what is in it")
    } else if fields.contains_key("at_ns") {
        format!("this is a trace: `simulator diff {word} OTHER` compares it with another")
    } else {
        return None;
    };
    Some(CliError::Usage(format!("{}: {what}", path.display())))
}

impl From<RecordError> for CliError {
    fn from(error: RecordError) -> Self {
        CliError::Record(error)
    }
}

impl From<WriteError> for CliError {
    fn from(error: WriteError) -> Self {
        CliError::RecordNotWritten(error)
    }
}

impl From<LogError> for CliError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Read(error) => CliError::Record(error),
            LogError::Write(error) => CliError::RecordNotWritten(error),
        }
    }
}

impl From<Unfit> for CliError {
    fn from(error: Unfit) -> Self {
        CliError::Replica(error)
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        CliError::Output(error)
    }
}
