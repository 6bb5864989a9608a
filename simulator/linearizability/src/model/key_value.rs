//! A key-value store of texts: get, put, delete, append, compare-and-swap and get-and-set.

use std::borrow::Cow;

use serde::Serialize;

use super::definition::{Model, Observation};
use crate::chains;
use crate::history::{OpId, ValueId};
use crate::recorder::{Call, Recorder, Returned};
use crate::sweep::{KeyOps, Sweep, Swept};

/// A store that holds a text, or nothing, under each key.
///
/// ```
/// use linearizability::model::{Observation, check, key_value::{Answer, KeyValue, Op}};
/// use linearizability::{Budget, Verdict};
///
/// let calls = [
///     Observation::answered(0, Op::put("k", "a"), 0, Answer::Done, 5),
///     Observation::pending(1, Op::append("k", "b"), 6),
///     Observation::answered(2, Op::get("k"), 7, Answer::value("ab"), 8),
///     Observation::answered(2, Op::delete("k"), 9, Answer::Done, 10),
///     Observation::answered(2, Op::swap("k", None, "c"), 11, Answer::Swapped(true), 12),
/// ];
/// assert_eq!(check(&KeyValue::default(), &calls, Budget::default()), Verdict::Linearizable);
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyValue {
    /// The value of every key before the first write; `None` if it has none.
    pub initial: Option<String>,
}

/// An operation of a [`KeyValue`] store, on one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Op {
    /// The key.
    pub key: String,
    /// The function called.
    pub function: Function,
}

/// A function of a [`KeyValue`] store, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Reads the value.
    Get,
    /// Sets the value.
    Put(String),
    /// Removes the key.
    Delete,
    /// Adds to the end of the value; a key without a value gets this one.
    Append(String),
    /// Sets the value to `to` if it is `from`.
    Swap {
        /// The value to compare with; `None` for a key without a value.
        from: Option<String>,
        /// The value to write.
        to: String,
    },
    /// Sets the value, and returns the one before.
    GetAndSet(String),
}

impl Op {
    fn new(key: impl Into<String>, function: Function) -> Op {
        Op { key: key.into(), function }
    }

    /// Returns a `get`.
    pub fn get(key: impl Into<String>) -> Op {
        Op::new(key, Function::Get)
    }

    /// Returns a `put`.
    pub fn put(key: impl Into<String>, value: impl Into<String>) -> Op {
        Op::new(key, Function::Put(value.into()))
    }

    /// Returns a `delete`.
    pub fn delete(key: impl Into<String>) -> Op {
        Op::new(key, Function::Delete)
    }

    /// Returns an `append`.
    pub fn append(key: impl Into<String>, value: impl Into<String>) -> Op {
        Op::new(key, Function::Append(value.into()))
    }

    /// Returns a compare-and-swap.
    pub fn swap(key: impl Into<String>, from: Option<&str>, to: impl Into<String>) -> Op {
        Op::new(key, Function::Swap { from: from.map(str::to_owned), to: to.into() })
    }

    /// Returns a `get-and-set`.
    pub fn get_and_set(key: impl Into<String>, value: impl Into<String>) -> Op {
        Op::new(key, Function::GetAndSet(value.into()))
    }
}

/// An answer of a [`KeyValue`] store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Success of a put, a delete or an append.
    Done,
    /// The value read, or the one before that was set; `None` if the key has none.
    Value(Option<String>),
    /// True if the value was as expected and was replaced.
    Swapped(bool),
}

impl Answer {
    /// Returns the answer to a `get` that found a value.
    pub fn value(value: impl Into<String>) -> Answer {
        Answer::Value(Some(value.into()))
    }
}

type Calls<'a> = [&'a Observation<Op, Answer>];

impl Model for KeyValue {
    type Op = Op;
    type Answer = Answer;
    type State = Option<String>;

    fn initial(&self) -> Option<String> {
        self.initial.clone()
    }

    fn key<'a>(&'a self, op: &'a Op) -> Cow<'a, str> {
        Cow::Borrowed(&op.key)
    }

    fn step(
        &self,
        state: &Option<String>,
        op: &Op,
        answer: Option<&Answer>,
    ) -> impl IntoIterator<Item = Option<String>> {
        match (&op.function, answer) {
            (Function::Get, None) => Some(state.clone()),
            (Function::Get, Some(Answer::Value(value))) => (value == state).then(|| state.clone()),
            (Function::Put(value), None | Some(Answer::Done)) => Some(Some(value.clone())),
            (Function::Delete, None | Some(Answer::Done)) => Some(None),
            (Function::Append(value), None | Some(Answer::Done)) => {
                Some(Some(state.as_deref().unwrap_or_default().to_owned() + value))
            }
            (Function::Swap { from, to }, None) => {
                Some(if from == state { Some(to.clone()) } else { state.clone() })
            }
            (Function::Swap { from, to }, Some(Answer::Swapped(swapped))) => {
                let after = || if *swapped { Some(to.clone()) } else { state.clone() };
                ((from == state) == *swapped).then(after)
            }
            (Function::GetAndSet(value), None) => Some(Some(value.clone())),
            (Function::GetAndSet(value), Some(Answer::Value(before))) => {
                (before == state).then(|| Some(value.clone()))
            }
            _ => None,
        }
    }

    fn observes(&self, op: &Op, answer: &Answer) -> bool {
        op.function == Function::Get || *answer == Answer::Swapped(false)
    }

    fn enables(&self, op: &Op, later: &Op, answer: Option<&Answer>) -> bool {
        let needed = match (&later.function, answer) {
            (Function::Get | Function::GetAndSet(_), Some(Answer::Value(value))) => value,
            (Function::Swap { from, .. }, None | Some(Answer::Swapped(true))) => from,
            // It needs any other value.
            (Function::Swap { .. }, _) => return op.function != Function::Get,
            _ => return false,
        };
        match (&op.function, needed) {
            (Function::Get, _) => false,
            // What is appended to nothing needs the nothing.
            (Function::Delete, _) => true,
            (_, None) => false,
            // The value may be the beginning of the one that is needed, to which others appended.
            (
                Function::Put(value)
                | Function::Swap { to: value, .. }
                | Function::GetAndSet(value),
                Some(needed),
            ) => needed.starts_with(value),
            (Function::Append(value), Some(needed)) => needed.contains(value),
        }
    }

    fn overwrites(&self, op: &Op, answer: &Answer) -> bool {
        matches!(op.function, Function::Put(_) | Function::Delete | Function::GetAndSet(_))
            || *answer == Answer::Swapped(true)
    }

    fn is_lost(&self, state: &Option<String>, op: &Op, answer: &Answer) -> bool {
        let needed = match (&op.function, answer) {
            (Function::Get | Function::GetAndSet(_), Answer::Value(value)) => value,
            (Function::Swap { from, .. }, Answer::Swapped(true)) => from,
            _ => return false,
        };
        // A value only grows by what is appended.
        let state_text = state.as_deref().unwrap_or_default();
        needed.as_ref().map_or(state.is_some(), |needed| !needed.starts_with(state_text))
    }

    fn escapes(&self, op: &Op, answer: Option<&Answer>) -> bool {
        let is_failed = answer == Some(&Answer::Swapped(false));
        !matches!(op.function, Function::Get | Function::Append(_)) && !is_failed
    }

    fn describe(&self, op: &Op, answer: Option<&Answer>) -> String {
        let shown = |value: &Option<String>| match value {
            Some(value) => value.clone(),
            None => "nothing".to_owned(),
        };
        match (&op.function, answer) {
            (Function::Get, Some(Answer::Value(value))) => format!("get -> {}", shown(value)),
            (Function::Get, _) => "get".to_owned(),
            (Function::Put(value), _) => format!("put({value})"),
            (Function::Delete, _) => "delete".to_owned(),
            (Function::Append(value), _) => format!("append({value})"),
            (Function::Swap { from, to }, answer) => {
                let failed =
                    if answer == Some(&Answer::Swapped(false)) { " -> failed" } else { "" };
                format!("cas({} -> {to}){failed}", shown(from))
            }
            (Function::GetAndSet(value), Some(Answer::Value(before))) => {
                format!("get-and-set({value}) -> {}", shown(before))
            }
            (Function::GetAndSet(value), _) => format!("get-and-set({value})"),
        }
    }

    /// Returns the verdict of the methods for registers whose written values are unique.
    fn shortcut(&self, calls: &Calls<'_>) -> Option<bool> {
        let mut recorder = Recorder::new();
        let key = recorder.new_key("");
        let id_of = |recorder: &mut Recorder, value: Option<&String>| match value {
            None => ValueId::MISSING,
            Some(value) => recorder.value(value),
        };
        let initial = id_of(&mut recorder, self.initial.as_ref());
        recorder.set_initial(initial);
        for call in calls {
            let made = match &call.op.function {
                Function::Get => Call::Get { key },
                Function::Put(value) => Call::Put { key, value: id_of(&mut recorder, Some(value)) },
                Function::Delete => Call::Put { key, value: ValueId::MISSING },
                Function::Append(_) => return None,
                Function::Swap { from, to } => Call::Cas {
                    key,
                    from: id_of(&mut recorder, from.as_ref()),
                    to: id_of(&mut recorder, Some(to)),
                },
                // With an outcome, it is a compare-and-swap that has found what it expects; without one, a put.
                Function::GetAndSet(value) => {
                    let to = id_of(&mut recorder, Some(value));
                    match call.answer.as_ref().map(|answered| &answered.answer) {
                        Some(Answer::Value(before)) => {
                            Call::Cas { key, from: id_of(&mut recorder, before.as_ref()), to }
                        }
                        None => Call::Put { key, value: to },
                        Some(_) => return None, // It does not fit the call.
                    }
                }
            };
            let id = recorder.invoke(call.client, made, call.invoke);
            if let Some(answered) = &call.answer {
                let answer = match &answered.answer {
                    Answer::Value(_) if matches!(call.op.function, Function::GetAndSet(_)) => {
                        Returned::Cas(true)
                    }
                    Answer::Done => Returned::Put,
                    Answer::Value(value) => Returned::Got(id_of(&mut recorder, value.as_ref())),
                    Answer::Swapped(swapped) => Returned::Cas(*swapped),
                };
                if !recorder.returned(id, answer, answered.at) {
                    return None; // It does not fit the call.
                }
            }
        }
        let history = recorder.finish();
        let all = (0..history.operations.len() as u32).map(OpId);
        let unreturned: Vec<OpId> =
            all.filter(|&id| history.operation(id).returned().is_none()).collect();
        let ops = KeyOps { completed: &history.completions, unreturned: &unreturned };
        let swept = match Sweep::new(&history).check(&history, ops) {
            Swept::NotUnique => chains::check(&history, ops, history.completions.len()),
            swept => swept,
        };
        match swept {
            Swept::Linearizable => Some(true),
            Swept::Violated => Some(false),
            Swept::NotUnique => None,
        }
    }
}
