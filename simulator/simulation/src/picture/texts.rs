//! Texts that occur many times, kept once.

use std::collections::HashMap;
use std::fmt;

/// A text, by its number in [`Picture::texts`](crate::picture::Picture::texts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub(super) u32);

impl TextId {
    /// Returns the position in the list.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Texts and their numbers. The map is only ever looked up, never iterated.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: Vec<String>,
    ids: HashMap<String, TextId>,
    /// Reused.
    written: String,
}

impl Texts {
    /// Returns the number of a text.
    pub(super) fn id(&mut self, text: &dyn fmt::Display) -> TextId {
        use fmt::Write;
        self.written.clear();
        // A `Display` that fails has written what it could.
        let _ = write!(self.written, "{text}");
        if let Some(&id) = self.ids.get(&self.written) {
            return id;
        }
        let id = TextId(self.all.len() as u32);
        self.all.push(self.written.clone());
        self.ids.insert(self.written.clone(), id);
        id
    }

    /// Returns the number of a call and its answer in words.
    pub(super) fn joined(&mut self, call: TextId, answer: &str) -> TextId {
        let text = format!("{} → {answer}", self.all[call.index()]);
        self.id(&text)
    }

    pub(super) fn into_all(self) -> Vec<String> {
        self.all
    }
}
