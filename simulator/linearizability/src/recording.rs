//! A history in a file: of registers, or of a service with a model.

use std::fmt;
use std::str::FromStr;

use super::check::check;
use super::history::{Action, History, Operation, TimeUnit};
use super::model::keyed::{At, Keyed};
use super::model::{self, Model, Observation};
use super::model::{counter, key_value, log, mutex, queue, set};
use super::verdict::{Budget, Verdict};

/// An element of a queue, a set or a log, as it is written in a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element(pub(super) String);

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The model of a history in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelName {
    /// Registers: read, write, compare-and-set and delete.
    Register,
    /// A key-value store of texts: get, put, append and delete.
    KeyValue,
    /// Mutexes: acquire and release.
    Mutex,
    /// Counters: add and read.
    Counter,
    /// Sets: add and read.
    Set,
    /// Queues, first in, first out: enqueue and dequeue.
    Queue,
    /// Logs: append and read, as a list.
    Log,
}

impl ModelName {
    /// All models.
    pub const ALL: [ModelName; 7] = [
        ModelName::Register,
        ModelName::KeyValue,
        ModelName::Mutex,
        ModelName::Counter,
        ModelName::Set,
        ModelName::Queue,
        ModelName::Log,
    ];

    /// Returns the name of the model.
    pub fn name(self) -> &'static str {
        match self {
            ModelName::Register => "register",
            ModelName::KeyValue => "key-value",
            ModelName::Mutex => "mutex",
            ModelName::Counter => "counter",
            ModelName::Set => "set",
            ModelName::Queue => "queue",
            ModelName::Log => "log",
        }
    }
}

impl FromStr for ModelName {
    type Err = String;

    fn from_str(name: &str) -> Result<ModelName, String> {
        ModelName::ALL.into_iter().find(|model| model.name() == name).ok_or_else(|| {
            let names: Vec<_> = ModelName::ALL.iter().map(|model| model.name()).collect();
            format!("`{name}` is no model: expected one of {}", names.join(", "))
        })
    }
}

/// The calls of a service whose keys are independent.
type Calls<M> = Vec<Observation<At<<M as Model>::Op>, <M as Model>::Answer>>;

/// A history that was read from a file.
#[derive(Clone, Debug)]
pub struct Recording(pub(super) Content);

#[derive(Clone, Debug)]
pub(super) enum Content {
    Registers(Box<History>),
    KeyValue(key_value::KeyValue, Vec<Observation<key_value::Op, key_value::Answer>>),
    Mutex(Calls<mutex::Mutex>),
    Counter(counter::Counter, Calls<counter::Counter>),
    Set(Calls<set::Set<Element>>),
    Queue(Calls<queue::Queue<Element>>),
    Log(Calls<log::Log<Element>>),
}

impl Recording {
    /// Returns the model of the history.
    pub fn model(&self) -> ModelName {
        match &self.0 {
            Content::Registers(_) => ModelName::Register,
            Content::KeyValue(..) => ModelName::KeyValue,
            Content::Mutex(_) => ModelName::Mutex,
            Content::Counter(..) => ModelName::Counter,
            Content::Set(_) => ModelName::Set,
            Content::Queue(_) => ModelName::Queue,
            Content::Log(_) => ModelName::Log,
        }
    }

    /// Returns the history, if it is one of registers.
    pub fn registers(&self) -> Option<&History> {
        match &self.0 {
            Content::Registers(history) => Some(history),
            _ => None,
        }
    }

    /// Returns the history, if it is one of registers.
    pub fn into_registers(self) -> Option<History> {
        match self.0 {
            Content::Registers(history) => Some(*history),
            _ => None,
        }
    }

    /// Returns the calls as those of a key-value store, if the history is one of that or of registers.
    ///
    /// A value is its text, so that the number `7` and the string `"7"` are one value there.
    pub fn key_value_calls(self) -> Option<Vec<Observation<key_value::Op, key_value::Answer>>> {
        match self.0 {
            Content::KeyValue(_, calls) => Some(calls),
            Content::Registers(history) => Some(of_registers(&history)),
            _ => None,
        }
    }

    /// Returns the number of operations.
    pub fn operations(&self) -> usize {
        match &self.0 {
            Content::Registers(history) => history.operations().len(),
            Content::KeyValue(_, calls) => calls.len(),
            Content::Mutex(calls) => calls.len(),
            Content::Counter(_, calls) => calls.len(),
            Content::Set(calls) => calls.len(),
            Content::Queue(calls) => calls.len(),
            Content::Log(calls) => calls.len(),
        }
    }

    /// Returns the number of keys.
    pub fn keys(&self) -> usize {
        fn distinct<'k>(keys: impl Iterator<Item = &'k str>) -> usize {
            keys.collect::<std::collections::HashSet<_>>().len()
        }
        fn keys_of<O, A>(calls: &[Observation<At<O>, A>]) -> usize {
            distinct(calls.iter().map(|call| call.op.key.as_str()))
        }
        match &self.0 {
            Content::Registers(history) => history.keys(),
            Content::KeyValue(_, calls) => distinct(calls.iter().map(|call| call.op.key.as_str())),
            Content::Mutex(calls) => keys_of(calls),
            Content::Counter(_, calls) => keys_of(calls),
            Content::Set(calls) => keys_of(calls),
            Content::Queue(calls) => keys_of(calls),
            Content::Log(calls) => keys_of(calls),
        }
    }

    /// Checks every key, and reports the earliest violation.
    pub fn check(&self, budget: Budget) -> Verdict {
        fn keyed<M: Model>(model: M, calls: &Calls<M>, budget: Budget) -> Verdict {
            model::check_in(&Keyed(model), calls, TimeUnit::Events, budget)
        }
        match &self.0 {
            Content::Registers(history) => check(history, budget),
            Content::KeyValue(model, calls) => {
                model::check_in(model, calls, TimeUnit::Events, budget)
            }
            Content::Mutex(calls) => keyed(mutex::Mutex, calls, budget),
            Content::Counter(model, calls) => keyed(*model, calls, budget),
            Content::Set(calls) => keyed(set::Set::default(), calls, budget),
            Content::Queue(calls) => keyed(queue::Queue::default(), calls, budget),
            Content::Log(calls) => keyed(log::Log::default(), calls, budget),
        }
    }

    /// Returns the value with which a violated key may have started, as a literal for [`Reading::initial`].
    ///
    /// There is one if the first read of the key found a value that no operation had written by then.
    ///
    /// [`Reading::initial`]: super::Reading::initial
    pub fn likely_initial(&self, verdict: &Verdict) -> Option<String> {
        let Verdict::NotLinearizable(violation) = verdict else { return None };
        match &self.0 {
            Content::Registers(history) => history.likely_initial(&violation.key),
            Content::KeyValue(_, calls) => {
                use key_value::{Answer, Function};
                let of_key = || calls.iter().filter(|call| call.op.key == violation.key);
                let reads = of_key().filter(|call| call.op.function == Function::Get);
                let first = reads
                    .filter(|call| call.answer.is_some())
                    .min_by_key(|call| call.returned())?;
                let is_write = |call: &&Observation<key_value::Op, Answer>| {
                    call.op.function != Function::Get && Some(call.invoke) <= first.returned()
                };
                match &first.answer.as_ref()?.answer {
                    Answer::Value(Some(value)) if !of_key().any(|call| is_write(&call)) => {
                        Some(format!("\"{value}\""))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Returns the calls of registers as those of a key-value store.
fn of_registers(history: &History) -> Vec<Observation<key_value::Op, key_value::Answer>> {
    use key_value::{Answer, Function, Op};
    let text = |value| history.value_text(value).map(str::to_owned);
    let call = |operation: &Operation| {
        let (function, answer) = match operation.action {
            Action::Get { value } => (Function::Get, Answer::Value(text(value))),
            Action::Put { value } => match text(value) {
                Some(value) => (Function::Put(value), Answer::Done),
                None => (Function::Delete, Answer::Done),
            },
            Action::Cas { from, to, ok } => {
                let (from, to) = (text(from), text(to).unwrap_or_default());
                (Function::Swap { from, to }, Answer::Swapped(ok.unwrap_or(false)))
            }
        };
        let op = Op { key: history.key_name(operation.key).to_owned(), function };
        match operation.returned() {
            Some(at) => Observation::answered(operation.client, op, operation.invoke, answer, at),
            None => Observation::pending(operation.client, op, operation.invoke),
        }
    };
    history.operations().iter().map(call).collect()
}
