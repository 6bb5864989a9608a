//! What can be wrong with what the user gave us.

use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::files::journal::JournalError;
use executables::preflight::Unfit;
use linearizability::ReadError;
use simulation::failure::{FailureError, looks_like_failure};
use simulation::phrases::shell_word;
use simulation::scenario::ScenarioError;

use super::subject::program;

/// Bad usage or input.
pub(crate) const EXIT_STATUS: u8 = 2;

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) enum Problem {
    /// A scenario file is not one.
    Scenario(ScenarioError),
    /// A failure file is not one.
    Failure(FailureError),
    /// The progress of a long command cannot be kept.
    Progress(JournalError),
    /// The executable cannot be driven.
    Replica(Unfit),
    /// Arguments that do not fit together.
    Usage(String),
    /// A file could not be written or read.
    File { path: PathBuf, doing: &'static str, error: io::Error },
    /// A history file is not one.
    History { path: PathBuf, error: ReadError },
    /// A history without a single operation proves nothing.
    EmptyHistory(PathBuf),
    /// The standard output is gone.
    Output(io::Error),
}

impl Problem {
    /// For `map_err`: a file that could not be dealt with.
    pub fn file(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Problem {
        let path = path.to_owned();
        move |error| Problem::File { path, doing, error }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Scenario(error) => error.fmt(f),
            Problem::Failure(error) => error.fmt(f),
            Problem::Progress(error) => error.fmt(f),
            Problem::Replica(error) => error.fmt(f),
            Problem::Usage(message) => f.write_str(message),
            Problem::File { path, doing, error } => {
                write!(f, "{}: it could not be {doing}: {error}", path.display())
            }
            Problem::History { path, error } => write!(f, "{}: {error}", path.display()),
            Problem::EmptyHistory(path) => {
                write!(f, "{}: it holds no operation, so there is nothing to check", path.display())
            }
            Problem::Output(error) => write!(f, "the output could not be written: {error}"),
        }
    }
}

/// Whether a file is a failure, as `explore` and `shrink` write them.
pub(crate) fn is_failure(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| looks_like_failure(&text))
}

impl From<ScenarioError> for Problem {
    fn from(error: ScenarioError) -> Self {
        let path = &error.place.path;
        // Not of a pipe, which would be read to its end.
        if path.is_file() && is_failure(path) {
            let word = shell_word(path);
            return Problem::Usage(format!(
                "{}: this is a failure file, expected a scenario: `{} replay {word}` runs it again",
                path.display(),
                program()
            ));
        }
        misplaced(path).unwrap_or(Problem::Scenario(error))
    }
}

impl From<FailureError> for Problem {
    fn from(error: FailureError) -> Self {
        misplaced(&error.path).unwrap_or(Problem::Failure(error))
    }
}

/// What to say of a file that another command takes: of the JSON lines of a history or of a trace.
fn misplaced(path: &Path) -> Option<Problem> {
    const LONGEST: u64 = 1 << 20;
    let file = fs::File::open(path).ok().filter(|_| path.is_file())?;
    let mut line = String::new();
    BufReader::new(file.take(LONGEST)).read_line(&mut line).ok()?;
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).ok()?;
    let word = shell_word(path);
    let what = if fields.contains_key("invoke_ns") {
        format!("this is a history: `simulator check {word}` checks it")
    } else if fields.contains_key("at_ns") {
        format!("this is a trace: `simulator diff {word} OTHER` compares it with another")
    } else {
        return None;
    };
    Some(Problem::Usage(format!("{}: {what}", path.display())))
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        Problem::Progress(error)
    }
}

impl From<Unfit> for Problem {
    fn from(error: Unfit) -> Self {
        Problem::Replica(error)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem::Output(error)
    }
}
