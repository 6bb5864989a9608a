//! One event of a history: a process calls an operation, or gets an answer.

use super::edn_form::{Form, Spot, Spotted};
use super::error::{ReadError, quoted};

/// The function of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Read,
    Write,
    Cas,
    Delete,
    Append,
    GetAndSet,
    Add,
    Enqueue,
    Dequeue,
    Acquire,
    Release,
    Transaction,
}

/// The functions that can be read, for errors.
pub(super) const FUNCTIONS: &str = "a function of a register (read, write, cas, delete), key-value store (get, put, \
     append, delete, get-and-set), log (append, read), set or counter (add, read), queue (enqueue, dequeue) or mutex \
     (acquire, release)";

impl Function {
    pub(super) fn named(name: &str) -> Option<Function> {
        Some(match name.to_ascii_lowercase().as_str() {
            "read" | "get" | "r" => Function::Read,
            "write" | "put" | "w" => Function::Write,
            "cas" | "compare-and-set" | "compare-and-swap" => Function::Cas,
            "delete" | "del" => Function::Delete,
            "append" => Function::Append,
            "get-and-set" | "getset" => Function::GetAndSet,
            "add" => Function::Add,
            "enqueue" => Function::Enqueue,
            "dequeue" => Function::Dequeue,
            "acquire" | "lock" => Function::Acquire,
            "release" | "unlock" => Function::Release,
            "txn" => Function::Transaction,
            _ => return None,
        })
    }
}

/// The type of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Invoke,
    Ok,
    /// The operation did not happen.
    Fail,
    /// The operation may have happened, or may happen later.
    Info,
}

impl Type {
    pub(super) fn named(name: &str) -> Option<Type> {
        match name {
            "invoke" => Some(Type::Invoke),
            "ok" => Some(Type::Ok),
            "fail" => Some(Type::Fail),
            "info" => Some(Type::Info),
            _ => None,
        }
    }
}

/// A process that calls operations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Process {
    Number(u32),
    Name(String),
}

impl Process {
    /// Returns the process of a form; `None` for one that is no client, such as `:nemesis`.
    pub(super) fn of(form: &Spotted) -> Result<Option<Process>, ReadError> {
        match &form.form {
            Form::Atom(text) => Ok(text.parse().ok().map(Process::Number)),
            Form::Text(text) if text.trim_start_matches(':') == "nemesis" => Ok(None),
            Form::Text(text) => {
                let number = text.parse().map(Process::Number);
                Ok(Some(number.unwrap_or_else(|_| Process::Name(text.clone()))))
            }
            Form::List(_) | Form::Map(_) => Err(unexpected(form, "a process")),
        }
    }
}

/// An event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub spot: Spot,
    pub process: Process,
    pub kind: Type,
    pub function: Function,
    pub key: Option<Spotted>,
    pub value: Option<Spotted>,
    /// True if a failed compare-and-set is known to have found another value.
    pub found_another: bool,
}

impl Event {
    /// Returns the event of these parts; `None` if its process is no client.
    pub(super) fn new(
        spot: Spot,
        process: &Spotted,
        kind: &Spotted,
        function: &Spotted,
        key: Option<Spotted>,
        value: Option<Spotted>,
    ) -> Result<Option<Event>, ReadError> {
        let Some(process) = Process::of(process)? else { return Ok(None) };
        let kind = named(kind, ":invoke, :ok, :fail or :info", Type::named)?;
        let function = named(function, FUNCTIONS, Function::named)?;
        let mut event = Event { spot, process, kind, function, key, value, found_another: false };
        if event.function == Function::Transaction {
            event.unwrap_transaction()?;
        }
        Ok(Some(event))
    }

    /// Makes a transaction of one operation that operation.
    fn unwrap_transaction(&mut self) -> Result<(), ReadError> {
        const EXPECTED: &str = "a transaction of one operation, such as [[:w 9 2]]";
        let Some(value) = self.value.take() else {
            return Err(at(self.spot, EXPECTED, "one without a value".to_owned()));
        };
        let Form::List(operations) = &value.form else {
            return Err(unexpected(&value, EXPECTED));
        };
        let [operation] = &operations[..] else {
            let found = format!("one of {} (this checker has no model of those)", operations.len());
            return Err(at(value.spot, EXPECTED, found));
        };
        let Form::List(parts) = &operation.form else {
            return Err(unexpected(operation, EXPECTED));
        };
        let [function, key, argument] = &parts[..] else {
            return Err(at(
                operation.spot,
                "an operation as [:w KEY VALUE]",
                "another form".to_owned(),
            ));
        };
        self.function = match named(function, "the operation :r, :w or :append", Function::named)? {
            named @ (Function::Read | Function::Write | Function::Append) => named,
            _ => return Err(unexpected(function, "the operation :r, :w or :append")),
        };
        self.key = Some(key.clone());
        self.value = Some(argument.clone());
        Ok(())
    }
}

/// Returns the field of a map with one of these names.
pub(super) fn field<'f>(form: &'f Spotted, names: &[&str]) -> Option<&'f Spotted> {
    let Form::Map(entries) = &form.form else { return None };
    let is_named = |key: &Spotted| key.form.name().is_some_and(|key| names.contains(&key));
    entries.iter().find(|(key, _)| is_named(key)).map(|(_, value)| value)
}

fn named<T>(
    form: &Spotted,
    expected: &str,
    named: impl Fn(&str) -> Option<T>,
) -> Result<T, ReadError> {
    form.form.name().and_then(named).ok_or_else(|| unexpected(form, expected))
}

pub(super) fn unexpected(form: &Spotted, expected: &str) -> ReadError {
    let found = match &form.form {
        Form::Atom(text) | Form::Text(text) => quoted(text),
        Form::List(_) => "a collection".to_string(),
        Form::Map(_) => "a map".to_string(),
    };
    at(form.spot, expected, found)
}

pub(super) fn at(spot: Spot, expected: impl Into<String>, found: String) -> ReadError {
    ReadError::new(spot.line, spot.column, expected, found)
}
