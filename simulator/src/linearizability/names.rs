//! Interning: every key and every value gets a small dense id, so that checking never touches text.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// The text of a key or a value, and how it is written: `"7"` and `7` are different values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub text: Arc<str>,
    /// A bare literal such as the number `7`, as against a string.
    pub bare: bool,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

type Table = HashMap<Arc<str>, u32, BuildHasherDefault<TextHasher>>;

/// Names by id, and ids by name. The tables are looked up in, never iterated.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: Vec<Name>,
    texts: Table,
    bare: Table,
}

impl Names {
    /// The id of a name, minted at its first appearance.
    pub fn intern(&mut self, text: &str, bare: bool) -> u32 {
        let table = if bare {
            &mut self.bare
        } else {
            &mut self.texts
        };
        if let Some(&id) = table.get(text) {
            return id;
        }
        let text: Arc<str> = text.into();
        let id = self.names.len() as u32;
        table.insert(text.clone(), id);
        self.names.push(Name { text, bare });
        id
    }

    /// A new id for a name the caller knows to be new; costs no look-up, and `intern` won't find it.
    pub fn mint(&mut self, text: Arc<str>) -> u32 {
        self.names.push(Name { text, bare: false });
        (self.names.len() - 1) as u32
    }

    pub fn get(&self, id: u32) -> &Name {
        &self.names[id as usize]
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }
}

/// A multiply-and-fold hash: a million short names must not cost more than the check itself, and the
/// table needs no defence against a hostile choice of keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TextHasher(u64);

impl TextHasher {
    fn mix(&mut self, word: u64) {
        const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let product = u128::from(self.0 ^ word).wrapping_add(1).wrapping_mul(ODD);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(word.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)));
        }
        let rest = words.remainder();
        let tail = rest
            .iter()
            .fold(rest.len() as u64, |sum, &byte| sum << 8 | u64::from(byte));
        self.mix(tail);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
