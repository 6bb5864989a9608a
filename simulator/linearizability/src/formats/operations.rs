//! This project's own operations as JSON objects in an array, or over several lines each.

use std::io::BufRead;

use super::edn_form::{Form, Forms, Spotted};
use super::error::ReadError;
use super::event::{at, field, unexpected};
use crate::history::{KeyId, NEVER, ValueId};
use crate::recorder::{Call, Recorder, Returned};
use crate::recording::Content;

/// Reads the operations that follow the first one, with it.
pub(super) fn read(
    first: Spotted,
    mut forms: Forms<impl BufRead>,
    mut recorder: Recorder,
) -> Result<Content, ReadError> {
    let mut next = Some(first);
    while let Some(form) = next {
        operation(&form, &mut recorder)?;
        next = forms.next()?;
    }
    Ok(Content::Registers(recorder.finish().into()))
}

fn operation(form: &Spotted, recorder: &mut Recorder) -> Result<(), ReadError> {
    let required = |name: &str| {
        let none = || at(form.spot, format!("a field `{name}`"), "none".to_owned());
        field(form, &[name]).ok_or_else(none)
    };
    let client = number(required("client")?, "a client's number below 2^32", u64::from(u32::MAX))?;
    let key = key(required("key")?, recorder)?;
    let stamp = "a stamp: a whole number of nanoseconds";
    let invoke = number(required("invoke_ns")?, stamp, NEVER - 1)?;
    let end = field(form, &["return_ns"]).filter(|end| !end.form.is_atom("nil"));
    let end = end.map(|end| {
        let expected = format!("a `return_ns` not before the `invoke_ns` of {invoke}");
        let at = number(end, stamp, NEVER - 1)?;
        if at < invoke { Err(unexpected(end, &expected)) } else { Ok(at) }
    });
    let end = end.transpose()?;
    let kind = required("kind")?;
    let to = value(field(form, &["value"]), recorder)?;
    let (call, answer) = match kind.form.name() {
        Some("put") => (Call::Put { key, value: to }, Some(Returned::Put)),
        Some("get") => (Call::Get { key }, Some(Returned::Got(to))),
        Some("delete") => (Call::Put { key, value: ValueId::MISSING }, Some(Returned::Put)),
        Some("cas") => {
            let from = value(field(form, &["from"]), recorder)?;
            let ok = field(form, &["ok"]).filter(|ok| !ok.form.is_atom("nil"));
            let ok = ok.map(|ok| match &ok.form {
                Form::Atom(text) => text.parse().map_err(|_| unexpected(ok, "true, false or null")),
                _ => Err(unexpected(ok, "true, false or null")),
            });
            (Call::Cas { key, from, to }, ok.transpose()?.map(Returned::Cas))
        }
        _ => {
            return Err(unexpected(kind, "a `kind` of \"get\", \"put\", \"delete\" or \"cas\""));
        }
    };
    let id = recorder.invoke(client as u32, call, invoke);
    if let (Some(answer), Some(end)) = (answer, end) {
        recorder.returned(id, answer, end);
    }
    Ok(())
}

fn number(form: &Spotted, expected: &str, most: u64) -> Result<u64, ReadError> {
    let Form::Atom(text) = &form.form else { return Err(unexpected(form, expected)) };
    let number = text.parse().ok().filter(|&number| number <= most);
    number.ok_or_else(|| unexpected(form, expected))
}

fn key(form: &Spotted, recorder: &mut Recorder) -> Result<KeyId, ReadError> {
    match &form.form {
        Form::Text(text) => Ok(recorder.key(text)),
        Form::Atom(text) if text != "nil" => Ok(recorder.literal_key(text)),
        _ => Err(unexpected(form, "a key: a string or a number")),
    }
}

fn value(form: Option<&Spotted>, recorder: &mut Recorder) -> Result<ValueId, ReadError> {
    match form.map(|form| (&form.form, form)) {
        None => Ok(ValueId::MISSING),
        Some((Form::Atom(nil), _)) if nil == "nil" => Ok(ValueId::MISSING),
        Some((Form::Atom(text), _)) => Ok(recorder.literal(text)),
        Some((Form::Text(text), _)) => Ok(recorder.value(text)),
        Some((_, form)) => {
            Err(unexpected(form, "a value: a string, a number, true, false or null"))
        }
    }
}
