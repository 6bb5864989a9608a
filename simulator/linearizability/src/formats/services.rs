//! Events of services that are no registers: all calls are collected, then the model follows from what they are.

use std::collections::HashMap;

use super::edn_form::{Form, Spot, Spotted};
use super::error::{ReadError, quoted};
use super::event::{Event, Function, Process, Type, at, unexpected};
use super::registers::{ONLY_KEY, Registers, not_open, still_open};
use crate::history::{Action, History, KeyId, OpId, ValueId};
use crate::model::keyed::At;
use crate::model::{Answered, Observation};
use crate::model::{counter, key_value, log, mutex, queue, set};
use crate::recording::{Content, Element, ModelName};

/// A call, as it was read.
struct Call {
    client: u32,
    function: Function,
    spot: Spot,
    key: Option<Spotted>,
    argument: Option<Spotted>,
    invoke: u64,
    /// The answer with its position.
    answer: Option<(Option<Spotted>, u64)>,
    /// True if the call certainly had no effect.
    is_void: bool,
}

/// The calls of a service.
#[derive(Default)]
pub(super) struct Services {
    calls: Vec<Call>,
    open: HashMap<Process, usize>,
}

impl Services {
    /// Returns the calls that were recorded as those of registers, before another function was seen.
    pub(super) fn of_registers(registers: Registers) -> Self {
        let open: Vec<(Process, OpId)> =
            registers.open_calls().map(|(process, id)| (process.clone(), id)).collect();
        let history = registers.recorder.finish();
        let calls = history.operations.iter().map(|operation| {
            let is_read = matches!(operation.action, Action::Get { .. });
            let (function, argument) = match operation.action {
                Action::Get { value } => (Function::Read, value_form(&history, value)),
                Action::Put { value: ValueId::MISSING } => (Function::Delete, None),
                Action::Put { value } => (Function::Write, value_form(&history, value)),
                Action::Cas { from, to, .. } => {
                    let pair = [from, to].map(|value| {
                        value_form(&history, value)
                            .unwrap_or_else(|| spotted(Form::Atom("nil".to_owned())))
                    });
                    (Function::Cas, Some(spotted(Form::List(pair.to_vec()))))
                }
            };
            let result = if is_read { argument.clone() } else { None };
            Call {
                client: operation.client,
                function,
                spot: NOWHERE,
                key: key_form(&history, operation.key),
                argument: argument.filter(|_| !is_read),
                invoke: operation.invoke,
                answer: operation.returned().map(|at| (result, at)),
                is_void: false,
            }
        });
        let calls = calls.collect();
        let open = open.into_iter().map(|(process, id)| (process, id.index())).collect();
        Services { calls, open }
    }

    /// Records an event of a client at a position.
    pub(super) fn event(
        &mut self,
        event: Event,
        client: u32,
        position: u64,
    ) -> Result<(), ReadError> {
        if event.kind == Type::Invoke {
            if self.open.contains_key(&event.process) {
                return Err(still_open(&event));
            }
            self.open.insert(event.process, self.calls.len());
            self.calls.push(Call {
                client,
                function: event.function,
                spot: event.spot,
                key: event.key,
                argument: event.value,
                invoke: position,
                answer: None,
                is_void: false,
            });
            return Ok(());
        }
        let Some(call) = self.open.remove(&event.process) else { return Err(not_open(&event)) };
        let call = &mut self.calls[call];
        match event.kind {
            Type::Ok => {
                // The key was taken out of the argument when the call was read as one of a register.
                let has_key = match (&call.key, event.value.as_ref().map(|value| &value.form)) {
                    (Some(key), Some(Form::List(pair))) => {
                        pair.len() == 2 && pair[0].form == key.form && event.key.is_none()
                    }
                    _ => false,
                };
                let value = if has_key { second(event.value) } else { event.value };
                call.answer = Some((value, position));
            }
            Type::Fail => call.is_void = true,
            Type::Info | Type::Invoke => {}
        }
        Ok(())
    }

    /// Returns the calls for the model that fits them.
    pub(super) fn finish(
        mut self,
        model: Option<ModelName>,
        initial: Option<String>,
    ) -> Result<Content, ReadError> {
        self.calls.retain(|call| !call.is_void);
        self.split_keys();
        let model = match model {
            Some(model) => model,
            None => self.model()?,
        };
        Ok(match model {
            ModelName::Register | ModelName::KeyValue => {
                Content::KeyValue(key_value::KeyValue { initial }, self.observations(key_value)?)
            }
            ModelName::Mutex => Content::Mutex(self.observations(mutex)?),
            ModelName::Counter => {
                let initial = initial.as_deref().unwrap_or("0").parse().unwrap_or(0);
                Content::Counter(counter::Counter { initial }, self.observations(counter)?)
            }
            ModelName::Set => Content::Set(self.observations(set)?),
            ModelName::Queue => Content::Queue(self.observations(queue)?),
            ModelName::Log => Content::Log(self.observations(log)?),
        })
    }

    /// Returns the model whose functions were called.
    fn model(&self) -> Result<ModelName, ReadError> {
        let reads_lists = self.calls.iter().any(|call| {
            let result = call.answer.as_ref().and_then(|(result, _)| result.as_ref());
            call.function == Function::Read
                && result.is_some_and(|result| matches!(result.form, Form::List(_)))
        });
        let has_text = self.calls.iter().any(|call| {
            let argument = call.argument.as_ref();
            call.function == Function::Append
                && argument.is_some_and(|argument| matches!(argument.form, Form::Text(_)))
        });
        let has = |function| self.calls.iter().any(|call| call.function == function);
        let first = self.calls.iter().find(|call| {
            !matches!(call.function, Function::Read | Function::Write | Function::Delete)
        });
        Ok(match first.map(|call| call.function) {
            Some(Function::Append) if has_text && !reads_lists || has(Function::Write) => {
                ModelName::KeyValue
            }
            Some(Function::Append) => ModelName::Log,
            Some(Function::Add) if reads_lists => ModelName::Set,
            Some(Function::Add) => ModelName::Counter,
            Some(Function::Enqueue | Function::Dequeue) => ModelName::Queue,
            Some(Function::Acquire | Function::Release) => ModelName::Mutex,
            _ => ModelName::KeyValue,
        })
    }

    /// Takes the keys out of the values, if each call without a key has a pair of both as its value.
    fn split_keys(&mut self) {
        let is_pair = |form: &Option<Spotted>| {
            form.as_ref().is_some_and(|form| matches!(&form.form, Form::List(it) if it.len() == 2))
        };
        let mut unkeyed = self.calls.iter().filter(|call| call.key.is_none());
        if !unkeyed.all(|call| is_pair(&call.argument)) {
            return;
        }
        for call in self.calls.iter_mut().filter(|call| call.key.is_none()) {
            if let Some(Spotted { form: Form::List(pair), .. }) = &call.argument {
                call.key = pair.first().cloned();
            }
            call.argument = second(call.argument.take());
            if let Some((result, _)) = &mut call.answer {
                *result = second(result.take());
            }
        }
    }

    fn observations<O, A>(
        &self,
        read: impl Fn(&Call, String) -> Result<(O, Option<A>), ReadError>,
    ) -> Result<Vec<Observation<O, A>>, ReadError> {
        let observation = |call: &Call| {
            let key = call.key.as_ref().map(|key| text_of(&key.form)).unwrap_or_default();
            let (op, answer) = read(call, key)?;
            let at = call.answer.as_ref().map(|&(_, at)| at);
            let answer = at.zip(answer).map(|(at, answer)| Answered { at, answer });
            Ok(Observation { client: call.client, op, invoke: call.invoke, answer })
        };
        self.calls.iter().map(observation).collect()
    }
}

/// The place of what stands nowhere in the input.
const NOWHERE: Spot = Spot { line: 1, column: 1 };

fn spotted(form: Form) -> Spotted {
    Spotted { spot: NOWHERE, form }
}

fn value_form(history: &History, value: ValueId) -> Option<Spotted> {
    let name = history.value_name(value)?;
    let text = name.text.to_owned();
    Some(spotted(if name.bare { Form::Atom(text) } else { Form::Text(text) }))
}

fn key_form(history: &History, key: KeyId) -> Option<Spotted> {
    let name = history.keys.get(key.0);
    if name.text == ONLY_KEY && !name.bare {
        return None;
    }
    let text = name.text.to_owned();
    Some(spotted(if name.bare { Form::Atom(text) } else { Form::Text(text) }))
}

/// Returns the second form of a pair.
fn second(form: Option<Spotted>) -> Option<Spotted> {
    match form.map(|form| form.form) {
        Some(Form::List(mut pair)) if pair.len() == 2 => pair.pop(),
        _ => None,
    }
}

/// Returns a form as text: a string without its quotes.
fn text_of(form: &Form) -> String {
    match form {
        Form::Text(text) => text.clone(),
        other => element_of(other).0,
    }
}

/// Returns a form as an element of a collection, as it is written.
fn element_of(form: &Form) -> Element {
    fn write(form: &Form, out: &mut String) {
        match form {
            Form::Atom(text) => out.push_str(text),
            Form::Text(text) => {
                out.push('"');
                out.push_str(text);
                out.push('"');
            }
            Form::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place > 0 { " " } else { "" });
                    write(&item.form, out);
                }
                out.push(']');
            }
            Form::Map(entries) => {
                out.push('{');
                for (key, value) in entries {
                    write(&key.form, out);
                    out.push(' ');
                    write(&value.form, out);
                    out.push(' ');
                }
                out.push('}');
            }
        }
    }
    let mut text = String::new();
    write(form, &mut text);
    Element(text)
}

/// Returns the form that a call must have as its argument, or as its result.
fn required<'f>(
    form: Option<&'f Spotted>,
    call: &Call,
    expected: &str,
) -> Result<&'f Spotted, ReadError> {
    let form = form.filter(|form| !form.form.is_atom("nil"));
    form.ok_or_else(|| at(call.spot, expected, "none".to_owned()))
}

/// Returns the result of a call that was answered.
fn result(call: &Call) -> Option<Option<&Spotted>> {
    call.answer.as_ref().map(|(result, _)| result.as_ref())
}

/// Returns the error that a call is not one of the model.
fn foreign(call: &Call, model: &str, functions: &str) -> ReadError {
    let found = quoted(&format!("{:?}", call.function).to_lowercase());
    at(call.spot, format!("a call of a {model} ({functions})"), found)
}

fn key_value(
    call: &Call,
    key: String,
) -> Result<(key_value::Op, Option<key_value::Answer>), ReadError> {
    use key_value::{Answer, Function as Called, Op};
    let text = |form: Option<&Spotted>| match form.map(|form| (&form.form, form)) {
        None => Ok(None),
        Some((Form::Atom(nil), _)) if nil == "nil" => Ok(None),
        Some((Form::Atom(text) | Form::Text(text), _)) => Ok(Some(text.clone())),
        Some((_, form)) => Err(unexpected(form, "a value: a string, a number or nil")),
    };
    let argument = || required(call.argument.as_ref(), call, "a value");
    let given = || Ok::<_, ReadError>(text(Some(argument()?))?.unwrap_or_default());
    let done = result(call).map(|_| Answer::Done);
    let (function, answer) = match call.function {
        Function::Read => {
            let value = result(call).map(text).transpose()?;
            (Called::Get, value.map(Answer::Value))
        }
        Function::Write if text(call.argument.as_ref())?.is_none() => (Called::Delete, done),
        Function::Write => (Called::Put(given()?), done),
        Function::Delete => (Called::Delete, done),
        Function::Append => (Called::Append(given()?), done),
        Function::GetAndSet => {
            let before = result(call).map(text).transpose()?;
            (Called::GetAndSet(given()?), before.map(Answer::Value))
        }
        Function::Cas => {
            let pair = argument()?;
            let Form::List(values) = &pair.form else {
                return Err(unexpected(pair, "a pair of values [from to]"));
            };
            let [from, to] = &values[..] else {
                return Err(unexpected(pair, "a pair of values [from to]"));
            };
            let to = text(Some(to))?.unwrap_or_default();
            let swapped = result(call).map(|_| Answer::Swapped(true));
            (Called::Swap { from: text(Some(from))?, to }, swapped)
        }
        _ => {
            return Err(foreign(
                call,
                "key-value store",
                "get, put, append, delete, cas, get-and-set",
            ));
        }
    };
    Ok((Op { key, function }, answer))
}

fn mutex(call: &Call, key: String) -> Result<(At<mutex::Op>, Option<mutex::Done>), ReadError> {
    let op = match call.function {
        Function::Acquire => mutex::Op::Acquire,
        Function::Release => mutex::Op::Release,
        _ => return Err(foreign(call, "mutex", "acquire, release")),
    };
    Ok((At { key, op }, result(call).map(|_| mutex::Done)))
}

fn counter(
    call: &Call,
    key: String,
) -> Result<(At<counter::Op>, Option<counter::Answer>), ReadError> {
    let number = |form: &Spotted| match &form.form {
        Form::Atom(text) => text.parse().map_err(|_| unexpected(form, "a whole number below 2^63")),
        _ => Err(unexpected(form, "a whole number")),
    };
    let done = result(call).map(|_| counter::Answer::Done);
    let (op, answer) = match call.function {
        Function::Add => {
            let added = required(call.argument.as_ref(), call, "a number to add")?;
            (counter::Op::Add(number(added)?), done)
        }
        Function::Read => {
            let value = match result(call) {
                Some(value) => {
                    let value = required(value, call, "the number that was read")?;
                    Some(counter::Answer::Value(number(value)?))
                }
                None => None,
            };
            (counter::Op::Read, value)
        }
        _ => return Err(foreign(call, "counter", "add, read")),
    };
    Ok((At { key, op }, answer))
}

/// Returns the elements that a call read.
fn elements(call: &Call) -> Result<Option<Vec<Element>>, ReadError> {
    let Some(read) = result(call) else { return Ok(None) };
    match read.map(|read| (&read.form, read)) {
        None => Ok(Some(Vec::new())),
        Some((Form::List(items), _)) => {
            Ok(Some(items.iter().map(|item| element_of(&item.form)).collect()))
        }
        Some((Form::Atom(nil), _)) if nil == "nil" => Ok(Some(Vec::new())),
        Some((_, read)) => Err(unexpected(read, "a collection")),
    }
}

type SetCall = (At<set::Op<Element>>, Option<set::Answer<Element>>);

fn set(call: &Call, key: String) -> Result<SetCall, ReadError> {
    let element =
        || required(call.argument.as_ref(), call, "an element").map(|it| element_of(&it.form));
    let done = result(call).map(|_| set::Answer::Done);
    let (op, answer) = match call.function {
        Function::Add => (set::Op::Add(element()?), done),
        Function::Delete => (set::Op::Remove(element()?), done),
        Function::Read => {
            let read = elements(call)?.map(|mut read| {
                read.sort_unstable();
                read.dedup();
                set::Answer::Elements(read)
            });
            (set::Op::Read, read)
        }
        _ => return Err(foreign(call, "set", "add, delete, read")),
    };
    Ok((At { key, op }, answer))
}

type QueueCall = (At<queue::Op<Element>>, Option<queue::Answer<Element>>);

fn queue(call: &Call, key: String) -> Result<QueueCall, ReadError> {
    let (op, answer) = match call.function {
        Function::Enqueue => {
            let element = required(call.argument.as_ref(), call, "an element")?;
            let done = result(call).map(|_| queue::Answer::Done);
            (queue::Op::Enqueue(element_of(&element.form)), done)
        }
        Function::Dequeue => {
            let taken = result(call).map(|taken| {
                let taken = taken.filter(|taken| !taken.form.is_atom("nil"));
                queue::Answer::Taken(taken.map(|taken| element_of(&taken.form)))
            });
            (queue::Op::Dequeue, taken)
        }
        _ => return Err(foreign(call, "queue", "enqueue, dequeue")),
    };
    Ok((At { key, op }, answer))
}

type LogCall = (At<log::Op<Element>>, Option<log::Answer<Element>>);

fn log(call: &Call, key: String) -> Result<LogCall, ReadError> {
    let (op, answer) = match call.function {
        Function::Append => {
            let element = required(call.argument.as_ref(), call, "an element")?;
            let done = result(call).map(|_| log::Answer::Done);
            (log::Op::Append(element_of(&element.form)), done)
        }
        Function::Read => (log::Op::Read, elements(call)?.map(log::Answer::Elements)),
        _ => return Err(foreign(call, "log", "append, read")),
    };
    Ok((At { key, op }, answer))
}
