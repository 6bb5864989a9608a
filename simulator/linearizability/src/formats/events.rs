//! Histories as events (a process invokes an operation, later it returns), as Jepsen stores them.

use std::collections::HashMap;

use crate::history::{History, KeyId, OpId, TimeUnit, ValueId};
use crate::recorder::{Call, Recorder, Returned};

/// The function of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Read,
    Write,
    Cas,
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Function> {
        match name {
            ":read" | ":get" => Some(Function::Read),
            ":write" | ":put" => Some(Function::Write),
            ":cas" => Some(Function::Cas),
            _ => None,
        }
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
            ":invoke" => Some(Type::Invoke),
            ":ok" => Some(Type::Ok),
            ":fail" => Some(Type::Fail),
            ":info" => Some(Type::Info),
            _ => None,
        }
    }
}

/// A recorder of events, which pairs returns with their calls. The position of an event is its time.
pub(super) struct Events {
    pub recorder: Recorder,
    open: HashMap<u32, (OpId, Function)>,
    position: u64,
}

impl Events {
    pub(super) fn new(mut recorder: Recorder) -> Self {
        recorder.set_unit(TimeUnit::Events);
        Events { recorder, open: HashMap::new(), position: 0 }
    }

    /// Records a call of a process without an open call.
    pub(super) fn invoke(
        &mut self,
        process: u32,
        key: KeyId,
        function: Function,
        values: [ValueId; 2],
    ) {
        let [from, to] = values;
        let call = match function {
            Function::Read => Call::Get { key },
            Function::Write => Call::Put { key, value: to },
            Function::Cas => Call::Cas { key, from, to },
        };
        let id = self.recorder.invoke(process, call, self.position);
        self.position += 1;
        self.open.insert(process, (id, function));
    }

    /// Returns true if a process has an open call.
    pub(super) fn is_open(&self, process: u32) -> bool {
        self.open.contains_key(&process)
    }

    /// Records that the open call of a process succeeded; a read returned `value`.
    pub(super) fn succeed(&mut self, process: u32, value: ValueId) {
        self.answer(process, |function| match function {
            Function::Read => Returned::Got(value),
            Function::Write => Returned::Put,
            Function::Cas => Returned::Cas(true),
        });
    }

    /// Records that the open compare-and-set of a process found another value.
    pub(super) fn mismatch(&mut self, process: u32) {
        self.answer(process, |_| Returned::Cas(false));
    }

    fn answer(&mut self, process: u32, answer: impl Fn(Function) -> Returned) {
        if let Some((id, function)) = self.open.remove(&process) {
            self.recorder.returned(id, answer(function), self.position);
        }
        self.position += 1;
    }

    /// Records that the open call of a process did not happen.
    pub(super) fn fail(&mut self, process: u32) {
        if let Some((id, _)) = self.open.remove(&process) {
            self.recorder.not_executed(id);
        }
        self.position += 1;
    }

    /// Records that the result of a process's open call stays unknown.
    pub(super) fn give_up(&mut self, process: u32) {
        self.open.remove(&process);
        self.position += 1;
    }

    pub(super) fn finish(self) -> History {
        self.recorder.finish()
    }
}
