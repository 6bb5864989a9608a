//! Events as lines of text: Jepsen's `history.txt`, and the lines of `jepsen.util` in its logs.
//!
//! ```text
//! 3   :invoke   :write   2
//! 3   :ok   :write   2
//! :nemesis   :info   :start   nil
//! INFO  jepsen.util - 1   :invoke   :cas   [2 4]
//! INFO  jepsen.util - 1   :fail   :cas   [2 4]
//! 2022-07-28 07:53:02,859{GMT} INFO [jepsen worker 2] jepsen.util: 0   :info   :write   :timed-out
//! ```
//!
//! In a log, lines of other parts of Jepsen are skipped. What follows the value is skipped too. In the logs of Jepsen's
//! first tests (`jepsen.util - `), which porcupine has as test data, a `:fail` of a `:cas` means that it found another
//! value, with certainty, unless it says `:timed-out`. Any other `:fail` means that the operation did not happen.

use std::io::BufRead;

use super::edn_form::{Form, Forms, Spot, Spotted};
use super::error::{ReadError, quoted};
use super::event::{Event, Type, at, unexpected};
use super::events::Events;
use super::number::Syntax;
use super::scan::{Lines, column};
use crate::recorder::Recorder;
use crate::recording::{Content, ModelName};

/// The mark of events in the first logs of Jepsen.
const OLD_MARK: &str = "jepsen.util - ";

/// The mark of events in its logs since 2015.
const NEW_MARK: &str = "jepsen.util: ";

/// The kind of text in which the events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// Each line is an event.
    Bare,
    /// Each event follows a mark.
    Log,
}

pub(super) fn read(
    input: impl BufRead,
    recorder: Recorder,
    text: Text,
    model: Option<ModelName>,
) -> Result<Content, ReadError> {
    let mut events = Events::new(recorder, model);
    let mut lines = Lines::new(input);
    while let Some((number, line)) = lines.next()? {
        let (is_old, words) = match text {
            Text::Bare if line.starts_with(';') => continue,
            Text::Bare => (false, line),
            Text::Log => match (line.split_once(OLD_MARK), line.split_once(NEW_MARK)) {
                (Some((_, words)), _) => (true, words),
                (None, Some((_, words))) => (false, without_time(words)),
                (None, None) => continue,
            },
        };
        if words.trim().is_empty() {
            continue;
        }
        let spot = Spot { line: number, column: column(line, words) };
        let Some(mut event) = event(words, spot, text)? else { continue };
        if event.kind == Type::Fail && words.contains(":timed-out") {
            event.kind = Type::Info;
        }
        event.found_another = is_old;
        events.event(event)?;
    }
    events.finish()
}

/// Returns the words of a line without the time in brackets at their beginning.
fn without_time(words: &str) -> &str {
    let rest = words.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    rest.map_or(words, |(_, rest)| rest.trim_start())
}

/// Returns the event of a line; `None` if its process is no client.
fn event(words: &str, spot: Spot, text: Text) -> Result<Option<Event>, ReadError> {
    let mut forms = Forms::at(words.as_bytes(), Syntax::Edn, spot);
    let mut next = |expected: &str| match forms.next() {
        Ok(Some(form)) => Ok(form),
        Ok(None) => {
            let end = Spot { column: spot.column + words.chars().count() as u64, ..spot };
            Err(at(end, expected, "the end of the line".to_owned()))
        }
        Err(error) => Err(error),
    };
    let process = next("the number of a process")?;
    if process.form.name().is_some_and(|name| name == "nemesis") {
        return Ok(None);
    }
    let kind = next(":invoke, :ok, :fail or :info")?;
    if text == Text::Log && !matches!(&kind.form, Form::Atom(word) if word.starts_with(':')) {
        return Ok(None); // Another message.
    }
    check_process(&process)?;
    let function = next("the function of an operation")?;
    let has_value = !kind.form.is_atom(":info") && !kind.form.is_atom(":fail");
    let value = if has_value { Some(next("a value")?) } else { None };
    Event::new(spot, &process, &kind, &function, None, value)
}

/// Refuses a process that is neither a number nor a keyword.
fn check_process(process: &Spotted) -> Result<(), ReadError> {
    match &process.form {
        Form::Atom(text) if text.starts_with(':') || text.parse::<i64>().is_ok() => Ok(()),
        Form::Atom(text) => Err(at(process.spot, "the number of a process", quoted(text))),
        _ => Err(unexpected(process, "the number of a process")),
    }
}
