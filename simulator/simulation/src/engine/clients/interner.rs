//! Keys and values as the course's clients make them: short texts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::bounded_log::REMEMBERED;
use crate::digest::Digest;
use linearizability::ValueId;

/// Values by their texts. The map is only ever looked up, never iterated but to drop some.
#[derive(Debug, Default)]
pub(crate) struct Names {
    ids: HashMap<Arc<str>, ValueId, BuildHasherDefault<TextHasher>>,
}

impl Names {
    /// Returns an empty one with room for `count`.
    pub(super) fn with_capacity(count: usize) -> Self {
        let count = count.min(REMEMBERED);
        Names { ids: HashMap::with_capacity_and_hasher(count, BuildHasherDefault::default()) }
    }

    /// The value of a text, which is a new one if the text is.
    pub(super) fn id(&mut self, text: &Arc<str>, new: impl FnOnce() -> ValueId) -> ValueId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = new();
        self.index(text, id);
        id
    }

    /// Lets a value be found by its text.
    pub(super) fn index(&mut self, text: &Arc<str>, id: ValueId) {
        self.ids.insert(text.clone(), id);
    }

    /// Drops the others.
    pub(super) fn retain(&mut self, keep: impl Fn(&Arc<str>, ValueId) -> bool) {
        self.ids.retain(|text, id| keep(text, *id));
    }
}

/// Hashes our own short texts; a fixed, fast function is all that is needed.
#[derive(Debug, Default)]
struct TextHasher(Digest);

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.bytes(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.value()
    }
}

/// Long generated names are told apart by their beginning: what timelines show.
pub(crate) fn short(name: &str) -> &str {
    match name.char_indices().nth(8) {
        Some((end, _)) if name.len() > 16 => &name[..end],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn long_names_are_told_by_their_beginning() {
        let key = "A".repeat(32);
        assert_eq!((short(&key).len(), short("probe-0001")), (8, "probe-0001"));
    }
}
