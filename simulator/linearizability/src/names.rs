//! Interning: every key and every value gets a small dense id, so that checking needs no text.

use std::hash::Hasher;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The text of a key or a value, and its notation: `"7"` and `7` are different values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub text: &'a str,
    /// True for a bare literal such as the number `7`, false for a string.
    pub bare: bool,
}

/// The names by id, and the ids by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: Vec<Stored>,
    /// The text of all interned names, one after the other.
    text: String,
    interned: Table,
    /// The ids that may be used again.
    free: Vec<u32>,
}

#[derive(Clone, Debug)]
enum Stored {
    Free,
    Interned { start: usize, end: usize, bare: bool },
    Minted(Arc<str>),
}

impl Names {
    /// Returns the id of a name, which is new at the name's first appearance.
    pub(crate) fn intern(&mut self, text: &str, bare: bool) -> u32 {
        let mut hasher = FoldHasher(u64::from(bare));
        hasher.write(text.as_bytes());
        let tag = (hasher.finish() >> 32) as u32;
        if let Some(id) = self.interned.find(tag, |id| self.get(id) == Name { text, bare }) {
            return id;
        }
        let id = self.names.len() as u32;
        self.interned.insert(tag, id);
        let start = self.text.len();
        self.text.push_str(text);
        self.names.push(Stored::Interned { start, end: self.text.len(), bare });
        id
    }

    /// Returns an id for a name that the caller knows to be new. It needs no look-up, and `intern` does not find it.
    pub(crate) fn mint(&mut self, text: Arc<str>) -> u32 {
        let name = Stored::Minted(text);
        if let Some(id) = self.free.pop() {
            self.names[id as usize] = name;
            return id;
        }
        self.names.push(name);
        (self.names.len() - 1) as u32
    }

    /// Forgets a minted name, whose id may be used again.
    pub(crate) fn free(&mut self, id: u32) {
        if let name @ Stored::Minted(_) = &mut self.names[id as usize] {
            *name = Stored::Free;
            self.free.push(id);
        }
    }

    /// Returns the text of a minted name.
    pub(crate) fn minted(&self, id: u32) -> Option<&Arc<str>> {
        match self.names.get(id as usize)? {
            Stored::Minted(text) => Some(text),
            Stored::Interned { .. } | Stored::Free => None,
        }
    }

    pub(crate) fn get(&self, id: u32) -> Name<'_> {
        match &self.names[id as usize] {
            &Stored::Interned { start, end, bare } => Name { text: &self.text[start..end], bare },
            Stored::Minted(text) => Name { text, bare: false },
            Stored::Free => Name { text: "", bare: false },
        }
    }

    /// Returns the number of ids, including free ones.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

/// A table of ids by the hash of their names, with linear probing. It stores the hashes, so growing needs no names.
#[derive(Clone, Debug, Default)]
struct Table {
    /// The hashes with their ids. The length is a power of two, and at most half of the slots are in use.
    slots: Vec<Option<(u32, NonZeroU32)>>,
    used: usize,
}

impl Table {
    fn find(&self, tag: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = tag as usize & mask;
        while let Some((other, id)) = self.slots[at] {
            if other == tag && is_it(id.get() - 1) {
                return Some(id.get() - 1);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Adds an id that is not in the table.
    fn insert(&mut self, tag: u32, id: u32) {
        if 2 * (self.used + 1) > self.slots.len() {
            let larger = vec![None; (4 * self.slots.len()).max(16)];
            for slot in std::mem::replace(&mut self.slots, larger).into_iter().flatten() {
                self.place(slot);
            }
        }
        self.place((tag, NonZeroU32::MIN.saturating_add(id)));
        self.used += 1;
    }

    fn place(&mut self, slot: (u32, NonZeroU32)) {
        let mask = self.slots.len() - 1;
        let mut at = slot.0 as usize & mask;
        while self.slots[at].is_some() {
            at = (at + 1) & mask;
        }
        self.slots[at] = Some(slot);
    }
}

/// A hash that multiplies and folds. Hashing a million short names must not take longer than the check itself, and the
/// tables need no defence against a hostile choice of names.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FoldHasher(u64);

impl FoldHasher {
    fn mix(&mut self, word: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let product = u128::from(self.0 ^ word) * u128::from(ODD);
        self.0 = ((product >> 64) as u64 ^ product as u64).wrapping_add(ODD);
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for &word in words {
            self.mix(u64::from_le_bytes(word));
        }
        self.mix(rest.iter().fold(rest.len() as u64, |sum, &byte| sum << 8 | u64::from(byte)));
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
