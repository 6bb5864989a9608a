//! The observed history: operations with their intervals, and the names behind the ids.

use serde::Serialize;

use super::names::{Name, Names};

/// The stamp of a return that never came: later than every other.
pub(super) const NEVER: u64 = u64::MAX;

/// An interned key of the store: a dense number from 0, in order of first appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(super) u32);

/// An interned value of the store: a dense number after [`ValueId::MISSING`], in order of first appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub(super) u32);

/// The id of an operation: its position in the order of recording, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub(super) u32);

impl KeyId {
    /// Returns the dense index behind the id.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl ValueId {
    /// The value of a key that was never written: `null`.
    pub const MISSING: ValueId = ValueId(0);

    /// Returns the dense index behind the id; [`MISSING`](Self::MISSING) is 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl OpId {
    /// Returns the dense index behind the id.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The effect of an operation, as far as its client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A write of `value`.
    Put {
        /// The value written.
        value: ValueId,
    },
    /// A read of `value`, which has no meaning if the get never returned.
    Get {
        /// The value returned.
        value: ValueId,
    },
    /// A compare-and-set: wrote `to` if the value was `from`.
    Cas {
        /// The value that it compared with.
        from: ValueId,
        /// The value that it wrote on success.
        to: ValueId,
        /// True if it succeeded; `None` if it never returned.
        ok: Option<bool>,
    },
}

impl Action {
    /// Returns the value that the operation wrote, or may have written.
    pub fn written(self) -> Option<ValueId> {
        match self {
            Action::Put { value } | Action::Cas { to: value, ok: Some(true) | None, .. } => {
                Some(value)
            }
            Action::Get { .. } | Action::Cas { ok: Some(false), .. } => None,
        }
    }
}

/// One operation of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The client that called.
    pub client: u32,
    /// The key of the operation.
    pub key: KeyId,
    /// The effect of the operation.
    pub action: Action,
    /// The stamp of the call, in the history's [`TimeUnit`].
    pub invoke: u64,
    /// The stamp of the return, [`NEVER`] if it never returned.
    pub(super) end: u64,
}

impl Operation {
    /// Returns the stamp of the return, or `None` if the operation never returned.
    ///
    /// It may then take effect at any time after its call, or never.
    pub fn returned(&self) -> Option<u64> {
        (self.end != NEVER).then_some(self.end)
    }

    /// Returns true if this operation returned strictly before the other was called.
    pub fn precedes(&self, other: &Operation) -> bool {
        self.end < other.invoke
    }
}

/// The unit of a history's stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Nanoseconds of a clock that all clients share.
    #[default]
    Nanoseconds,
    /// Positions in a log without times: 0 for the first event, 1 for the next.
    Events,
}

/// A complete history, ready to be checked, from a [`Recorder`](super::Recorder) or [`read`](super::read).
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The operations in order of recording; an [`OpId`] is an index.
    pub(super) operations: Vec<Operation>,
    /// The operations that returned, ordered by the stamp of their return.
    pub(super) completions: Vec<OpId>,
    pub(super) keys: Names,
    pub(super) values: Names,
    pub(super) initial: ValueId,
    /// True if every key may have any value before the first write, instead of `initial`.
    pub(super) any_initial: bool,
    pub(super) unit: TimeUnit,
    /// The number of operations that were checked and dropped.
    pub(super) folded: u64,
}

impl Default for ValueId {
    fn default() -> Self {
        ValueId::MISSING
    }
}

impl History {
    /// Returns all operations in the order of recording; an [`OpId`] is a position here.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Returns the number of operations recorded.
    ///
    /// It includes operations of a long run that were checked during the run, found to have a legal order, and dropped.
    pub fn recorded(&self) -> u64 {
        self.folded + self.operations.len() as u64
    }

    /// Returns an operation.
    ///
    /// # Panics
    /// Panics on an id of another, longer history.
    pub fn operation(&self, id: OpId) -> &Operation {
        &self.operations[id.index()]
    }

    /// Returns the number of keys; their ids are the numbers below it.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Returns the name of a key.
    pub fn key_name(&self, key: KeyId) -> &str {
        self.keys.get(key.0).text
    }

    /// Returns the key with a name, if there is one. Takes time for every key.
    pub fn key_named(&self, name: &str) -> Option<KeyId> {
        (0..self.keys.len() as u32).map(KeyId).find(|&key| self.key_name(key) == name)
    }

    /// Returns the text of a value; `None` for [`ValueId::MISSING`].
    pub fn value_text(&self, value: ValueId) -> Option<&str> {
        self.value_name(value).map(|name| name.text)
    }

    /// Returns the value of every key before the first write.
    pub fn initial(&self) -> ValueId {
        self.initial
    }

    /// Returns the unit of the stamps.
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// Returns the value that the first read of a key found, as a literal, if no operation had written it by then.
    pub(super) fn likely_initial(&self, key: &str) -> Option<String> {
        let is_of_key = |operation: &&Operation| self.key_name(operation.key) == key;
        let of_key = || self.operations.iter().filter(is_of_key);
        let reads = of_key().filter(|operation| {
            matches!(operation.action, Action::Get { .. }) && operation.returned().is_some()
        });
        let first = reads.min_by_key(|read| (read.end, read.invoke))?;
        let Action::Get { value } = first.action else { return None };
        let is_written =
            |write: &Operation| write.action.written() == Some(value) && write.invoke <= first.end;
        if self.any_initial || value == self.initial || of_key().any(is_written) {
            return None;
        }
        Some(match self.value_name(value) {
            None => "null".to_owned(),
            Some(name) if name.bare => name.text.to_owned(),
            Some(name) => format!("\"{}\"", name.text),
        })
    }

    pub(super) fn value_name(&self, value: ValueId) -> Option<Name<'_>> {
        value.0.checked_sub(1).map(|index| self.values.get(index))
    }

    /// Returns the number of value ids, including [`ValueId::MISSING`].
    pub(super) fn value_count(&self) -> usize {
        self.values.len() + 1
    }

    /// Returns the values of these operations and the initial one, sorted and without duplicates.
    pub(super) fn values_of(&self, ids: &[OpId]) -> Vec<ValueId> {
        let mut values = vec![self.initial];
        for &id in ids {
            match self.operation(id).action {
                Action::Put { value } | Action::Get { value } => values.push(value),
                Action::Cas { from, to, .. } => values.extend([from, to]),
            }
        }
        values.sort_unstable();
        values.dedup();
        values
    }
}
