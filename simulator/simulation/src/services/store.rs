//! A store of keys and values.

use std::collections::BTreeMap;

use crate::api::{Draw, Service};
use linearizability::model::Model;
use linearizability::model::key_value::{self, Answer, Function, Op};

/// The number of keys that clients ask for.
const KEYS: u64 = 4;

/// A store of texts with more operations than the course's: get, put, delete, append,
/// compare-and-swap and get-and-set.
///
/// Each value that is written is another one. A compare-and-swap expects the value that the client knows of, if it got
/// one of that key last, and otherwise none.
#[derive(Clone, Copy, Debug)]
pub struct Store;

impl Service for Store {
    type Op = Op;
    type Answer = Answer;
    type State = BTreeMap<String, String>;

    fn draw(draw: &mut Draw<'_, Self>) -> Op {
        let key = format!("k{}", draw.below(KEYS));
        if draw.is_read() {
            return Op::get(key);
        }
        let value = format!("v{}", draw.number);
        match draw.below(8) {
            0 => Op::delete(key),
            1 => Op::get_and_set(key, value),
            2 => Op::append(key, format!("+{value}")),
            3..=4 => match draw.last {
                Some((got, Answer::Value(known))) => Op::swap(&*got.key, known.as_deref(), value),
                _ => Op::swap(key, None, value),
            },
            _ => Op::put(key, value),
        }
    }

    fn apply(store: &mut BTreeMap<String, String>, op: &Op) -> Answer {
        let key = || op.key.clone();
        match &op.function {
            Function::Get => return Answer::Value(store.get(&op.key).cloned()),
            Function::Put(value) => drop(store.insert(key(), value.clone())),
            Function::Delete => drop(store.remove(&op.key)),
            Function::Append(value) => store.entry(key()).or_default().push_str(value),
            Function::GetAndSet(value) => {
                return Answer::Value(store.insert(key(), value.clone()));
            }
            Function::Swap { from, to } => {
                let is_expected = store.get(&op.key) == from.as_ref();
                if is_expected {
                    store.insert(key(), to.clone());
                }
                return Answer::Swapped(is_expected);
            }
        }
        Answer::Done
    }

    fn model() -> impl Model<Op = Op, Answer = Answer> {
        key_value::KeyValue::default()
    }

    fn is_read(op: &Op) -> bool {
        op.function == Function::Get
    }

    fn key(op: &Op) -> Option<String> {
        Some(op.key.clone())
    }

    fn final_reads() -> Vec<Op> {
        (0..KEYS).map(|key| Op::get(format!("k{key}"))).collect()
    }

    fn describe(op: &Op) -> String {
        let Op { key, function } = op;
        match function {
            Function::Get => format!("get({key})"),
            Function::Put(value) => format!("put({key}, {value})"),
            Function::Delete => format!("delete({key})"),
            Function::Append(value) => format!("append({key}, {value})"),
            Function::GetAndSet(value) => format!("get_and_set({key}, {value})"),
            Function::Swap { from, to } => {
                format!("cas({key}, {} -> {to})", from.as_deref().unwrap_or("nothing"))
            }
        }
    }

    fn describe_answer(answer: &Answer) -> String {
        match answer {
            Answer::Done => "ok".to_owned(),
            Answer::Value(Some(value)) => value.clone(),
            Answer::Value(None) => "nothing".to_owned(),
            Answer::Swapped(true) => "swapped".to_owned(),
            Answer::Swapped(false) => "not swapped".to_owned(),
        }
    }
}
