//! Events of registers, which are recorded one by one: memory holds no text but that of names.

use std::collections::HashMap;

use super::edn_form::{Form, Spotted};
use super::error::ReadError;
use super::event::{Event, Function, Process, Type, at, unexpected};
use crate::history::{KeyId, OpId, ValueId};
use crate::recorder::{Call, Recorder, Returned};

/// The name of the only key where there are no keys.
pub(super) const ONLY_KEY: &str = "register";

/// A recorder of events of registers.
pub(super) struct Registers {
    pub recorder: Recorder,
    open: HashMap<Process, (OpId, Function)>,
}

impl Registers {
    pub(super) fn new(recorder: Recorder) -> Self {
        Registers { recorder, open: HashMap::new() }
    }

    /// Returns the process with an open call, for each call without a return.
    pub(super) fn open_calls(&self) -> impl Iterator<Item = (&Process, OpId)> {
        self.open.iter().map(|(process, &(id, _))| (process, id))
    }

    /// Records an event of a client at a position.
    pub(super) fn event(
        &mut self,
        event: &Event,
        client: u32,
        position: u64,
    ) -> Result<(), ReadError> {
        if event.kind == Type::Invoke {
            if self.open.contains_key(&event.process) {
                return Err(still_open(event));
            }
            return self.invoke(event, client, position);
        }
        let Some((id, function)) = self.open.remove(&event.process) else {
            return Err(not_open(event));
        };
        match event.kind {
            Type::Ok => {
                let answer = match function {
                    Function::Read => {
                        let (_, value) = self.keyed(event)?;
                        let got = self.scalar(value.as_ref())?;
                        // A register that starts with a value never has none.
                        if got == ValueId::MISSING && self.recorder.initial() != ValueId::MISSING {
                            return Ok(());
                        }
                        Returned::Got(got)
                    }
                    Function::Cas => Returned::Cas(true),
                    _ => Returned::Put,
                };
                self.recorder.returned(id, answer, position);
            }
            Type::Fail if function == Function::Cas && event.found_another => {
                self.recorder.returned(id, Returned::Cas(false), position);
            }
            Type::Fail => {
                self.recorder.not_executed(id);
            }
            Type::Info | Type::Invoke => {}
        }
        Ok(())
    }

    fn invoke(&mut self, event: &Event, client: u32, position: u64) -> Result<(), ReadError> {
        let (key, value) = self.keyed(event)?;
        let call = match event.function {
            Function::Read => Call::Get { key },
            Function::Write => Call::Put { key, value: self.scalar(value.as_ref())? },
            Function::Delete => Call::Put { key, value: ValueId::MISSING },
            _ => {
                let (from, to) = match value.as_ref().map(|value| (&value.form, value)) {
                    Some((Form::List(pair), _)) if pair.len() == 2 => {
                        (self.scalar(Some(&pair[0]))?, self.scalar(Some(&pair[1]))?)
                    }
                    Some((_, form)) => return Err(unexpected(form, "a pair of values [from to]")),
                    None => {
                        return Err(at(
                            event.spot,
                            "a pair of values [from to]",
                            "none".to_owned(),
                        ));
                    }
                };
                Call::Cas { key, from, to }
            }
        };
        let id = self.recorder.invoke(client, call, position);
        self.open.insert(event.process.clone(), (id, event.function));
        Ok(())
    }

    /// Returns the key of an event, and the value without the key.
    fn keyed(&mut self, event: &Event) -> Result<(KeyId, Option<Spotted>), ReadError> {
        let (key, value) = split(event);
        let key = match &key {
            None => self.recorder.key(ONLY_KEY),
            Some(key) => match &key.form {
                Form::Text(text) => self.recorder.key(text),
                Form::Atom(text) => self.recorder.literal_key(text),
                _ => return Err(unexpected(key, "a key: a number, a keyword or a string")),
            },
        };
        Ok((key, value))
    }

    fn scalar(&mut self, form: Option<&Spotted>) -> Result<ValueId, ReadError> {
        let Some(form) = form else { return Ok(ValueId::MISSING) };
        match &form.form {
            Form::Atom(nil) if nil == "nil" => Ok(ValueId::MISSING),
            Form::Atom(text) => Ok(self.recorder.literal(text)),
            Form::Text(text) => Ok(self.recorder.value(text)),
            _ => Err(unexpected(form, "a value: nil, a number, a keyword or a string")),
        }
    }
}

/// Splits an event into its key and its value.
///
/// A key has a field of its own, or stands before the value: `[k v]`, or `[k [from to]]` or `[k from to]` for a
/// compare-and-set.
pub(super) fn split(event: &Event) -> (Option<Spotted>, Option<Spotted>) {
    if event.key.is_some() {
        return (event.key.clone(), event.value.clone());
    }
    let Some(value) = &event.value else { return (None, None) };
    let Form::List(items) = &value.form else {
        // A delete has no value, so what it has is the key.
        if event.function == Function::Delete && !value.form.is_atom("nil") {
            return (Some(value.clone()), None);
        }
        return (None, Some(value.clone()));
    };
    let is_pair = |form: &Spotted| matches!(&form.form, Form::List(items) if items.len() == 2);
    match &items[..] {
        [key, rest] if event.function != Function::Cas || is_pair(rest) => {
            (Some(key.clone()), Some(rest.clone()))
        }
        [key, from, to] if event.function == Function::Cas => {
            let pair = Form::List(vec![from.clone(), to.clone()]);
            (Some(key.clone()), Some(Spotted { spot: from.spot, form: pair }))
        }
        _ => (None, Some(value.clone())),
    }
}

pub(super) fn still_open(event: &Event) -> ReadError {
    let found = format!("another call of process {}", shown(&event.process));
    at(event.spot, "the return of its last call first", found)
}

pub(super) fn not_open(event: &Event) -> ReadError {
    let found = format!("a return without a call of process {}", shown(&event.process));
    at(event.spot, "an :invoke", found)
}

fn shown(process: &Process) -> String {
    match process {
        Process::Number(number) => number.to_string(),
        Process::Name(name) => name.clone(),
    }
}
