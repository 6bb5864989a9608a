//! Histories in EDN, as Jepsen and knossos store them: events as maps, in one outer vector or in sequence.
//!
//! ```text
//! [{:process 0, :type :invoke, :f :write, :value 3}
//!  {:process 0, :type :ok, :f :write, :value 3}
//!  {:process 1, :type :invoke, :f :cas, :value [3 4]}
//!  {:process 1, :type :fail, :f :cas, :value [3 4]}]
//! ```
//!
//! A `:fail` did not happen, and has no further meaning. Neither has a read of `nil` if registers start with another
//! value, as in knossos. A key is separated from a value by `:key`, or by Jepsen's independent tuples: `[k v]`, and `[k
//! [from to]]` for a compare-and-set. Events of a process without a number (`:nemesis`) are skipped. The order is that
//! of the events, whatever their `:time`.

use std::io::BufRead;

use super::edn_form::{Form, Forms, Spot, Spotted};
use super::error::{ReadError, quoted};
use super::events::{Events, Function, Type};
use crate::history::{History, KeyId, ValueId};
use crate::recorder::Recorder;

pub(super) fn read(input: impl BufRead, recorder: Recorder) -> Result<History, ReadError> {
    let mut events = Events::new(recorder);
    let mut forms = Forms::new(input);
    while let Some(form) = forms.next()? {
        event(&mut events, &form)?;
    }
    Ok(events.finish())
}

fn event(events: &mut Events, form: &Spotted) -> Result<(), ReadError> {
    let Form::Map(entries) = &form.form else {
        return Err(unexpected(form, "an event as a map {…}"));
    };
    let field =
        |name: &str| entries.iter().find(|(key, _)| key.form.is_atom(name)).map(|(_, value)| value);
    let required = |name: &str| {
        field(name).ok_or_else(|| {
            at(form.spot, format!("an event with a {name}"), "a map without one".to_string())
        })
    };
    let process = required(":process")?;
    let Form::Atom(number) = &process.form else {
        return Err(unexpected(process, "a process"));
    };
    let Ok(process_number) = number.parse::<u32>() else {
        return Ok(());
    };
    let kind = named(required(":type")?, ":invoke, :ok, :fail or :info", Type::named)?;
    let function = named(
        required(":f")?,
        ":read, :write or :cas (a register is all this checker knows)",
        Function::named,
    )?;
    let value = field(":value");
    match kind {
        Type::Invoke if events.is_open(process_number) => {
            let found = format!("another call of process {process_number}");
            return Err(at(form.spot, "the return of its last call first", found));
        }
        Type::Invoke => {
            let (key, value) = keyed(&mut events.recorder, field(":key"), value, function)?;
            let values = values(&mut events.recorder, value, function)?;
            events.invoke(process_number, key, function, values);
        }
        _ if !events.is_open(process_number) => {
            let found = format!("a return without a call of process {process_number}");
            return Err(at(form.spot, "an :invoke", found));
        }
        Type::Ok if function == Function::Read => {
            let (_, value) = keyed(&mut events.recorder, field(":key"), value, function)?;
            let got = scalar(&mut events.recorder, value)?;
            if got == ValueId::MISSING && events.recorder.initial() != ValueId::MISSING {
                events.give_up(process_number);
            } else {
                events.succeed(process_number, got);
            }
        }
        Type::Ok => events.succeed(process_number, ValueId::MISSING),
        Type::Fail => events.fail(process_number),
        Type::Info => events.give_up(process_number),
    }
    Ok(())
}

fn named<T>(
    form: &Spotted,
    expected: &str,
    named: impl Fn(&str) -> Option<T>,
) -> Result<T, ReadError> {
    let found = if let Form::Atom(name) = &form.form { named(name) } else { None };
    found.ok_or_else(|| unexpected(form, expected))
}

/// Returns the key of an event, and the value without the key.
fn keyed<'a>(
    recorder: &mut Recorder,
    key: Option<&Spotted>,
    value: Option<&'a Spotted>,
    function: Function,
) -> Result<(KeyId, Option<&'a Spotted>), ReadError> {
    if let Some(key) = key {
        return Ok((key_id(recorder, key)?, value));
    }
    let is_pair = |form: &Spotted| matches!(&form.form, Form::List(items) if items.len() == 2);
    match value.map(|value| &value.form) {
        Some(Form::List(items))
            if items.len() == 2 && (function != Function::Cas || is_pair(&items[1])) =>
        {
            Ok((key_id(recorder, &items[0])?, Some(&items[1])))
        }
        _ => Ok((recorder.key("register"), value)),
    }
}

fn key_id(recorder: &mut Recorder, form: &Spotted) -> Result<KeyId, ReadError> {
    match &form.form {
        Form::Text(text) => Ok(recorder.key(text)),
        Form::Atom(text) => Ok(recorder.literal_key(text)),
        _ => Err(unexpected(form, "a key: a number, a keyword or a string")),
    }
}

fn values(
    recorder: &mut Recorder,
    value: Option<&Spotted>,
    function: Function,
) -> Result<[ValueId; 2], ReadError> {
    match (function, value.map(|value| (&value.form, value))) {
        (Function::Read, _) => Ok([ValueId::MISSING; 2]),
        (Function::Write, _) => Ok([ValueId::MISSING, scalar(recorder, value)?]),
        (Function::Cas, Some((Form::List(pair), _))) if pair.len() == 2 => {
            Ok([scalar(recorder, Some(&pair[0]))?, scalar(recorder, Some(&pair[1]))?])
        }
        (Function::Cas, Some((_, form))) => Err(unexpected(form, "a pair of values [from to]")),
        (Function::Cas, None) => Ok([ValueId::MISSING; 2]),
    }
}

fn scalar(recorder: &mut Recorder, form: Option<&Spotted>) -> Result<ValueId, ReadError> {
    let Some(form) = form else {
        return Ok(ValueId::MISSING);
    };
    match &form.form {
        Form::Atom(nil) if nil == "nil" => Ok(ValueId::MISSING),
        Form::Atom(text) => Ok(recorder.literal(text)),
        Form::Text(text) => Ok(recorder.value(text)),
        _ => Err(unexpected(form, "a value: nil, a number, a keyword or a string")),
    }
}

fn unexpected(form: &Spotted, expected: &str) -> ReadError {
    let found = match &form.form {
        Form::Atom(text) | Form::Text(text) => quoted(text),
        Form::List(_) => "a collection".to_string(),
        Form::Map(_) => "a map".to_string(),
    };
    at(form.spot, expected, found)
}

fn at(spot: Spot, expected: impl Into<String>, found: String) -> ReadError {
    ReadError::new(spot.line, spot.column, expected, found)
}
