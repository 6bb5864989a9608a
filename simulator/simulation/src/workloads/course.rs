//! `course`: each client has keys of its own, as in the course.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Choice, KeySpace, Workload};
use crate::api::{ClientId, RequestKind};
use crate::digest::{Digest, hex_digits};
use crate::json::{Object, ScenarioError};
use crate::rng::Dice;

/// The course's workload, in which each client has its own keys.
///
/// A get reads one of the client's acknowledged keys. A put writes a new key or, half of the time, an acknowledged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course;

impl Workload for Course {
    const NAME: &'static str = "course";
    const UNIT: Option<Self> = Some(Course);
    const HAS_OWNED_KEYS: bool = true;

    fn read(_object: &mut Object<'_>) -> Result<Self, ScenarioError> {
        Ok(Course)
    }

    fn choose(
        self,
        client: ClientId,
        kind: RequestKind,
        dice: &mut Dice,
        keys: &mut impl KeySpace,
    ) -> Choice {
        let own = keys.acknowledged(client);
        if kind == RequestKind::Get && !own.is_empty() {
            return Choice::get(own[dice.below(own.len())]);
        }
        let is_new = own.is_empty() || dice.below(2) == 0;
        let old = (!is_new).then(|| own[dice.below(own.len())]);
        let (key, before) = match old {
            Some(key) => (key, keys.acknowledged_value(key)),
            None => {
                let key = keys.new_key(random_key(dice));
                (key, keys.key_name(key))
            }
        };
        Choice { kind: RequestKind::Put, key, value: keys.value_of(&successor(&before)) }
    }
}

/// Returns a new key as in the course: 32 random letters and digits.
#[inline(never)]
fn random_key(dice: &mut Dice) -> Arc<str> {
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

/// Returns the value that is written after another one, or after the key's name for the first value.
///
/// It has 32 hexadecimal digits that depend on nothing else. So an overwrite after an unanswered overwrite writes the
/// same value again. The course uses MD5; the choice of the hash makes no difference to a replica.
fn successor(text: &str) -> Arc<str> {
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
    }
}
