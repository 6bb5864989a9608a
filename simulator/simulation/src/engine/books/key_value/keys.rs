//! The keys and values from which a workload chooses.

use std::sync::Arc;

use super::{Key, KeyValueBook};
use crate::api::ClientId;
use crate::workloads::{Choice, KeySpace};
use linearizability::ValueId;

/// The character that pads a value to its length.
const PADDING: char = '.';

impl KeyValueBook {
    /// Returns the text of a value.
    pub(super) fn text(&self, value: ValueId) -> Arc<str> {
        self.recorder.minted(value).cloned().unwrap_or_default()
    }

    /// Returns the value that a get returned. A unique value's text contains the number of its request.
    pub(super) fn value_id(
        &mut self,
        text: &Arc<str>,
        wish_of: impl Fn(usize) -> Option<Choice>,
    ) -> ValueId {
        let number = text.strip_prefix('v').and_then(|padded| padded.split(PADDING).next());
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let written = number.and_then(wish_of).map(|wish| wish.value);
        let same = |&value: &ValueId| self.recorder.minted(value) == Some(text);
        written.filter(same).unwrap_or_else(|| self.value_of(text))
    }
}

impl KeySpace for KeyValueBook {
    fn acknowledged(&self, client: ClientId) -> &[u32] {
        &self.acknowledged[usize::from(client.0)]
    }

    fn new_key(&mut self, name: Arc<str>) -> u32 {
        let id = self.recorder.new_key(name.clone());
        self.keys.push(Key { name, id, acknowledged: None });
        self.keys.len() as u32 - 1
    }

    fn key_name(&self, key: u32) -> Arc<str> {
        self.keys[key as usize].name.clone()
    }

    fn acknowledged_value(&self, key: u32) -> Arc<str> {
        let value = self.keys[key as usize].acknowledged.expect("it is among the acknowledged");
        self.text(value)
    }

    fn value_of(&mut self, text: &Arc<str>) -> ValueId {
        let recorder = &mut self.recorder;
        self.values.id(text, || recorder.new_value(text.clone()))
    }

    fn fresh_value(&mut self, bytes: usize) -> ValueId {
        let name = format!("v{}", self.number);
        let value: Arc<str> = match bytes.saturating_sub(name.len()) {
            0 => name.into(),
            padding => [name, PADDING.to_string().repeat(padding)].concat().into(),
        };
        self.recorder.new_value(value)
    }

    fn fresh_value_with(&mut self, end: &str) -> ValueId {
        self.recorder.new_value(format!("v{}{PADDING}{end}", self.number))
    }
}
