//! An interner of values: short texts, as the course's clients make them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::bounded_log::REMEMBERED;
use crate::digest::Digest;
use linearizability::ValueId;

/// The values by their texts. The map is only used for look-ups, and iterated only to drop entries.
#[derive(Debug, Default)]
pub(crate) struct Names {
    ids: HashMap<Arc<str>, ValueId, BuildHasherDefault<TextHasher>>,
}

impl Names {
    /// Returns an empty interner with room for `count` values.
    pub(super) fn with_capacity(count: usize) -> Self {
        let count = count.min(REMEMBERED);
        Names { ids: HashMap::with_capacity_and_hasher(count, BuildHasherDefault::default()) }
    }

    /// Returns the value of a text, which is a new value if the text is new.
    pub(super) fn id(&mut self, text: &Arc<str>, new: impl FnOnce() -> ValueId) -> ValueId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = new();
        self.index(text, id);
        id
    }

    /// Adds a value, so that it is found by its text.
    pub(super) fn index(&mut self, text: &Arc<str>, id: ValueId) {
        self.ids.insert(text.clone(), id);
    }

    /// Drops all values for which `keep` returns false.
    pub(super) fn retain(&mut self, keep: impl Fn(&Arc<str>, ValueId) -> bool) {
        self.ids.retain(|text, id| keep(text, *id));
    }
}

/// A fixed, fast hash function, which is enough for the short texts of the simulation.
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

/// Returns the beginning of a long generated name, which is enough to distinguish it in timelines.
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
