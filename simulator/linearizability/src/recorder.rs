//! The recorder of a history, which takes tens of nanoseconds per operation during a run.

use std::sync::Arc;

use super::history::{Action, History, KeyId, NEVER, OpId, Operation, TimeUnit, ValueId};

/// A call of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A write of a value.
    Put {
        /// The key to write.
        key: KeyId,
        /// The value to write; [`ValueId::MISSING`] deletes the key.
        value: ValueId,
    },
    /// A read of the value.
    Get {
        /// The key to read.
        key: KeyId,
    },
    /// A write of `to` if the value is `from`.
    Cas {
        /// The key to compare and set.
        key: KeyId,
        /// The value to compare with.
        from: ValueId,
        /// The value to write.
        to: ValueId,
    },
}

/// An answer to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Success of a put.
    Put,
    /// The value read; [`ValueId::MISSING`] if the key does not exist.
    Got(ValueId),
    /// True if the compare-and-set found `from` and wrote.
    Cas(bool),
}

/// A collector of calls and returns, which makes a [`History`].
///
/// An operation whose return is never recorded counts as one that may take effect at any time after its call, or never.
/// So an answer that leaves the result open, such as a `fail`, should not be recorded.
///
/// ```
/// use linearizability::{Call, Recorder, Returned};
/// let mut recorder = Recorder::new();
/// let (key, value) = (recorder.key("k0"), recorder.value("abc"));
/// let put = recorder.invoke(3, Call::Put { key, value }, 10);
/// assert!(recorder.returned(put, Returned::Put, 25));
/// assert_eq!(recorder.finish().operation(put).returned(), Some(25));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    history: History,
    /// True if completions arrived out of the order of their stamps, so that they must be sorted at the end.
    unsorted: bool,
    /// The stamp of the completion recorded last.
    last_return: u64,
}

impl Recorder {
    /// Returns an empty recorder: every key is missing at first, and stamps are in nanoseconds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reserves room for `calls` more calls.
    pub fn reserve(&mut self, calls: usize) {
        self.history.operations.reserve(calls);
        self.history.completions.reserve(calls);
    }

    /// Returns the id of the key with a name.
    pub fn key(&mut self, name: &str) -> KeyId {
        KeyId(self.history.keys.intern(name, false))
    }

    /// Returns the id of a key written as a bare literal.
    ///
    /// The number `7` and the string `"7"` are different keys.
    pub fn literal_key(&mut self, name: &str) -> KeyId {
        KeyId(self.history.keys.intern(name, true))
    }

    /// Returns the id of the value with a text.
    pub fn value(&mut self, text: &str) -> ValueId {
        ValueId(self.history.values.intern(text, false) + 1)
    }

    /// Returns the id of a value written as a bare literal.
    ///
    /// The number `7` and the string `"7"` are different values.
    pub fn literal(&mut self, text: &str) -> ValueId {
        ValueId(self.history.values.intern(text, true) + 1)
    }

    /// Adds a key without a look-up, for a caller that knows it to be new.
    pub fn new_key(&mut self, name: impl Into<Arc<str>>) -> KeyId {
        KeyId(self.history.keys.mint(name.into()))
    }

    /// Adds a value without a look-up, for a caller that knows it to be new.
    pub fn new_value(&mut self, text: impl Into<Arc<str>>) -> ValueId {
        ValueId(self.history.values.mint(text.into()) + 1)
    }

    /// Sets the value of every key before the first write; the default is [`ValueId::MISSING`].
    pub fn set_initial(&mut self, value: ValueId) {
        self.history.initial = value;
    }

    /// Lets every key have any value before the first write, which may be another one for each key.
    pub fn set_any_initial(&mut self) {
        self.history.any_initial = true;
    }

    pub(super) fn initial(&self) -> ValueId {
        self.history.initial
    }

    /// Returns the text of the initial value, `None` for [`ValueId::MISSING`].
    pub(super) fn initial_text(&self) -> Option<String> {
        self.history.value_text(self.history.initial).map(str::to_owned)
    }

    /// Sets the unit of the stamps; the default is nanoseconds.
    pub fn set_unit(&mut self, unit: TimeUnit) {
        self.history.unit = unit;
    }

    /// Records a call. `at` is any stamp below `u64::MAX`; calls may be recorded in any order.
    pub fn invoke(&mut self, client: u32, call: Call, at: u64) -> OpId {
        let (key, action) = match call {
            Call::Put { key, value } => (key, Action::Put { value }),
            Call::Get { key } => (key, Action::Get { value: ValueId::MISSING }),
            Call::Cas { key, from, to } => (key, Action::Cas { from, to, ok: None }),
        };
        let id = OpId(self.history.operations.len() as u32);
        let invoke = at.min(NEVER - 1);
        self.history.operations.push(Operation { client, key, action, invoke, end: NEVER });
        id
    }

    /// Records an answer; returns false if it was not accepted.
    ///
    /// Not accepted are an answer that does not fit the call, a second answer, and one with a stamp before the call.
    pub fn returned(&mut self, id: OpId, answer: Returned, at: u64) -> bool {
        let Some(operation) = self.history.operations.get_mut(id.index()) else {
            return false;
        };
        if operation.end != NEVER || at < operation.invoke || at == NEVER {
            return false;
        }
        match (&mut operation.action, answer) {
            (Action::Put { .. }, Returned::Put) => {}
            (Action::Get { value }, Returned::Got(got)) => *value = got,
            (Action::Cas { ok, .. }, Returned::Cas(success)) => *ok = Some(success),
            _ => return false,
        }
        operation.end = at;
        self.unsorted |= at < self.last_return;
        self.last_return = at;
        self.history.completions.push(id);
        true
    }

    /// Withdraws a call that was refused and had no effect; returns false if it has returned already.
    ///
    /// It stays in the history as a get without an answer, which has no effect on the verdict.
    pub fn not_executed(&mut self, id: OpId) -> bool {
        match self.history.operations.get_mut(id.index()) {
            Some(operation) if operation.end == NEVER => {
                operation.action = Action::Get { value: ValueId::MISSING };
                true
            }
            _ => false,
        }
    }

    /// Returns the number of calls recorded.
    pub fn len(&self) -> usize {
        self.history.operations.len()
    }

    /// Returns true if no call was recorded.
    pub fn is_empty(&self) -> bool {
        self.history.operations.is_empty()
    }

    /// Returns the text of a value that was added by [`new_value`](Self::new_value).
    pub fn minted(&self, value: ValueId) -> Option<&Arc<str>> {
        self.history.values.minted(value.0.checked_sub(1)?)
    }

    pub(super) fn is_unsorted(&self) -> bool {
        self.unsorted
    }

    pub(super) fn history_mut(&mut self) -> &mut History {
        &mut self.history
    }

    /// Returns the history. Takes linear time if the returns were recorded in the order of their stamps.
    pub fn finish(mut self) -> History {
        if self.unsorted {
            let operations = &self.history.operations;
            let completions = self.history.completions.iter();
            let mut timed: Vec<(u64, OpId)> =
                completions.map(|&id| (operations[id.index()].end, id)).collect();
            timed.sort_unstable();
            self.history.completions = timed.into_iter().map(|(_, id)| id).collect();
        }
        self.history
    }
}
