//! A history as events in order: calls and returns of processes, each of which has one call at a time.

use std::collections::{BTreeMap, BTreeSet};

use linearizability::{History, Operation};

/// A call, a return, or the end of the history before a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Call,
    Return,
    Never,
}

/// An event of a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'h> {
    pub at: u64,
    pub kind: Kind,
    pub process: u32,
    pub operation: &'h Operation,
}

/// Returns the events of a history in order.
///
/// A client whose operation never returned goes on as another process. At one time calls come before returns: then
/// neither of two operations precedes the other, as in the history.
pub(super) fn events(history: &History) -> Vec<Event<'_>> {
    let operations = history.operations();
    let last = operations.iter().map(|it| it.returned().unwrap_or(it.invoke)).max().unwrap_or(0);
    let mut order: Vec<(u64, Kind, usize)> = Vec::new();
    for (place, operation) in operations.iter().enumerate() {
        order.push((operation.invoke, Kind::Call, place));
        match operation.returned() {
            Some(at) => order.push((at, Kind::Return, place)),
            None => order.push((last, Kind::Never, place)),
        }
    }
    order.sort_unstable();
    let mut processes = Processes::new(operations);
    let mut taken = vec![0; operations.len()];
    let event = |(at, kind, place): (u64, Kind, usize)| {
        let operation = &operations[place];
        if kind == Kind::Call {
            taken[place] = processes.begin(operation.client);
        } else {
            processes.end(operation.client, taken[place], kind);
        }
        Event { at, kind, process: taken[place], operation }
    };
    order.into_iter().map(event).collect()
}

/// The processes that stand for clients.
struct Processes {
    /// The process that a client would use next, and those that are free again.
    free: BTreeMap<u32, BTreeSet<u32>>,
    next: u32,
}

impl Processes {
    fn new(operations: &[Operation]) -> Processes {
        let clients: BTreeSet<u32> = operations.iter().map(|it| it.client).collect();
        let next = clients.last().map_or(0, |last| last.saturating_add(1));
        let free = clients.into_iter().map(|client| (client, BTreeSet::from([client]))).collect();
        Processes { free, next }
    }

    fn begin(&mut self, client: u32) -> u32 {
        let free = self.free.get_mut(&client).and_then(BTreeSet::pop_first);
        free.unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }

    fn end(&mut self, client: u32, process: u32, kind: Kind) {
        if kind == Kind::Return {
            self.free.entry(client).or_default().insert(process);
        }
    }
}

/// Returns the part of a history that is about one key.
pub(super) fn of_key<'h>(
    history: &'h History,
    key: &str,
) -> impl Iterator<Item = Event<'h>> + use<'h> {
    let key = key.to_owned();
    events(history).into_iter().filter(move |it| history.key_name(it.operation.key) == key)
}

/// Returns the names of all keys, in the order of their first appearance.
pub(super) fn keys(history: &History) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let keys = history.operations().iter().map(|it| history.key_name(it.key));
    keys.filter(|key| seen.insert(*key)).collect()
}

/// Writes a text as a string of EDN.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
pub(super) mod tests {
    use linearizability::{Format, History, read};

    use super::*;

    /// A history with a client whose first put never returned, a stale read, and texts that need escapes.
    pub(crate) const STALE: &str = r#"
{"client":0,"kind":"put","key":"a \"b\"","value":"x\\y\n","invoke_ns":0,"return_ns":null}
{"client":0,"kind":"put","key":"k","value":"1","invoke_ns":5,"return_ns":10}
{"client":1,"kind":"get","key":"k","value":"1","invoke_ns":10,"return_ns":20}
{"client":0,"kind":"get","key":"k","value":null,"invoke_ns":30,"return_ns":40}
{"client":1,"kind":"get","key":"a \"b\"","value":"x\\y\n","invoke_ns":40,"return_ns":null}
"#;

    pub(crate) fn history(lines: &str) -> History {
        read(lines.trim().as_bytes(), Format::Jsonl, None).expect("a history")
    }

    #[test]
    fn each_process_has_one_call_at_a_time() {
        let history = history(STALE);
        let told: Vec<_> = events(&history).iter().map(|it| (it.at, it.kind, it.process)).collect();
        assert_eq!(
            told,
            [
                (0, Kind::Call, 0),
                (5, Kind::Call, 2),
                (10, Kind::Call, 1),
                (10, Kind::Return, 2),
                (20, Kind::Return, 1),
                (30, Kind::Call, 2),
                (40, Kind::Call, 1),
                (40, Kind::Return, 2),
                (40, Kind::Never, 0),
                (40, Kind::Never, 1),
            ]
        );
    }
}
