//! Keys and values as the course's clients make them: short texts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::bounded_log::REMEMBERED;
use crate::digest::{Digest, hex_digits};
use crate::rng::Dice;
use linearizability::ValueId;

/// Values by their texts. The map is only ever looked up, never iterated but to drop some.
#[derive(Debug, Default)]
pub(crate) struct Names {
    ids: HashMap<Arc<str>, ValueId, BuildHasherDefault<TextHasher>>,
}

impl Names {
    /// With room for so many.
    pub fn with_capacity(count: usize) -> Self {
        let count = count.min(REMEMBERED);
        Names { ids: HashMap::with_capacity_and_hasher(count, BuildHasherDefault::default()) }
    }

    /// The value of a text, which is a new one if the text is.
    pub fn id(&mut self, text: &Arc<str>, new: impl FnOnce() -> ValueId) -> ValueId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = new();
        self.index(text, id);
        id
    }

    /// Lets a value be found by its text.
    pub fn index(&mut self, text: &Arc<str>, id: ValueId) {
        self.ids.insert(text.clone(), id);
    }

    /// Drops the others.
    pub fn retain(&mut self, keep: impl Fn(&Arc<str>, ValueId) -> bool) {
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

/// A new key as in the course: 32 random letters and digits.
#[inline(never)]
pub(crate) fn random_key(dice: &mut Dice) -> Arc<str> {
    const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut key = [0; 32];
    // Eleven digits to the base 36 fit 64 bits with little bias.
    for digits in key.chunks_mut(11) {
        let mut bits = dice.bits();
        for digit in digits {
            *digit = ALPHABET[(bits % 36) as usize];
            bits /= 36;
        }
    }
    std::str::from_utf8(&key).unwrap_or_default().into()
}

/// The value that is written after another (or first, after the key's own name): 32 hexadecimal
/// digits that depend on nothing else, so that an overwrite after an unanswered overwrite writes
/// the same value again. The course uses MD5; which hash it is makes no difference to a replica.
pub(crate) fn successor(text: &str) -> Arc<str> {
    let mut digest = Digest::new();
    digest.text(text);
    let high = hex_digits(digest.value());
    digest.word(0);
    let low = hex_digits(digest.value());
    let mut value = [0; 32];
    value[..16].copy_from_slice(high.as_bytes());
    value[16..].copy_from_slice(low.as_bytes());
    std::str::from_utf8(&value).unwrap_or_default().into()
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
    use super::*;

    #[test]
    fn keys_and_values_look_like_the_course_s() {
        let key = random_key(&mut Dice::new(1, 0));
        assert!(
            key.len() == 32 && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        );
        let value = successor(&key);
        assert!(value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(value, successor(&key));
        assert_ne!(value, successor(&value));
        assert_eq!((short(&key).len(), short("probe-0001")), (8, "probe-0001"));
    }
}
