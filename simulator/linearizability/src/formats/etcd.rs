//! The logs of Jepsen's first etcd tests, which porcupine has as test data.
//!
//! ```text
//! INFO  jepsen.util - 3   :invoke   :write   2
//! INFO  jepsen.util - 3   :ok   :write   2
//! INFO  jepsen.util - 1   :invoke   :cas   [2 4]
//! INFO  jepsen.util - 1   :fail   :cas   [2 4]
//! INFO  jepsen.util - 0   :info   :write   :timed-out
//! ```
//!
//! There is one register, which is missing at first. A `:fail` of a `:cas` means that it found another value, with
//! certainty; any other `:fail` means that the operation did not happen. Lines without `jepsen.util - ` are skipped.

use std::io::BufRead;

use super::error::{ReadError, quoted};
use super::events::{Events, Function, Type};
use super::scan::{Lines, column};
use crate::history::{History, ValueId};
use crate::recorder::Recorder;

const MARK: &str = "jepsen.util - ";

pub(super) fn read(input: impl BufRead, mut recorder: Recorder) -> Result<History, ReadError> {
    let key = recorder.key("register");
    let mut events = Events::new(recorder);
    let mut lines = Lines::new(input);
    while let Some((number, text)) = lines.next()? {
        let Some((_, event)) = text.split_once(MARK) else {
            continue;
        };
        let mut words = Words { number, text, rest: event };
        let process = words.process()?;
        let kind = words.word(":invoke, :ok, :fail or :info", Type::named)?;
        let function = words.word(":read, :write or :cas", Function::named)?;
        match kind {
            Type::Invoke => {
                let values = words.values(function, &mut events.recorder)?;
                events.invoke(process, key, function, values);
            }
            _ if !events.is_open(process) => {
                let column = column(text, event);
                let found = format!("a return without a call of process {process}");
                return Err(ReadError::new(number, column, "an :invoke", found));
            }
            Type::Ok => {
                let [_, value] = words.values(function, &mut events.recorder)?;
                events.succeed(process, value);
            }
            Type::Fail if words.rest.contains(":timed-out") => events.give_up(process),
            Type::Fail if function == Function::Cas => events.mismatch(process),
            Type::Fail => events.fail(process),
            Type::Info => events.give_up(process),
        }
    }
    Ok(events.finish())
}

/// The words of one event.
struct Words<'a> {
    number: u64,
    text: &'a str,
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> &'a str {
        let start = self.rest.trim_start();
        let end = start.find(char::is_whitespace).unwrap_or(start.len());
        self.rest = &start[end..];
        &start[..end]
    }

    fn word<T>(
        &mut self,
        expected: &str,
        named: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ReadError> {
        let word = self.next();
        named(word).ok_or_else(|| self.error(word, expected))
    }

    fn process(&mut self) -> Result<u32, ReadError> {
        self.word("the number of a process", |word| word.parse().ok())
    }

    /// Returns the value of a write, or the two values of a compare-and-set.
    fn values(
        &mut self,
        function: Function,
        recorder: &mut Recorder,
    ) -> Result<[ValueId; 2], ReadError> {
        if function != Function::Cas {
            return Ok([ValueId::MISSING, self.value(recorder, "a value")?]);
        }
        let start = self.rest.trim_start();
        let pair = start.strip_prefix('[').and_then(|inner| inner.split_once(']'));
        let Some((pair, rest)) = pair else {
            return Err(self.error(start, "a pair of values such as [1 2]"));
        };
        let mut pair = Words { number: self.number, text: self.text, rest: pair };
        self.rest = rest;
        Ok([
            pair.value(recorder, "the first value of a pair")?,
            pair.value(recorder, "the second value of a pair")?,
        ])
    }

    fn value(&mut self, recorder: &mut Recorder, expected: &str) -> Result<ValueId, ReadError> {
        match self.next() {
            "" => Err(self.error(self.rest, expected)),
            "nil" => Ok(ValueId::MISSING),
            literal => Ok(recorder.literal(literal)),
        }
    }

    fn error(&self, part: &str, expected: &str) -> ReadError {
        let found = if part.is_empty() { "the end of the line".to_string() } else { quoted(part) };
        ReadError::new(self.number, column(self.text, part), expected, found)
    }
}
