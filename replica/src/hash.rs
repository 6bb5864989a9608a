//! A small, fast hash without a secret, which is the same on every machine and in every run.

use std::hash::{Hash, Hasher};

/// A hasher that folds the 128-bit product of state and input, eight bytes at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct FoldHasher(u64);

/// The golden ratio in 64 bits: an odd number with about as many ones as zeros.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

impl FoldHasher {
    fn fold(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ MULTIPLIER) * u128::from(MULTIPLIER);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.fold(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.fold(u64::from_le_bytes(last));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.fold(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.fold(value);
    }

    fn write_u16(&mut self, value: u16) {
        self.fold(value.into());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Returns the hash of a value.
pub(crate) fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = FoldHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn hashes_are_known_and_spread() {
        assert_eq!(hash_of("raft"), 0x9BD8_4A94_90FF_120C);
        let top_bits: BTreeSet<_> =
            (0..1000).map(|number| hash_of(number.to_string().as_str()) >> 48).collect();
        assert!(top_bits.len() > 980, "{} of 1000", top_bits.len());
    }
}
