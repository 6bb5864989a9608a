//! The names of requests (`MID`) in the form of the course's clients.
//!
//! They have sixteen capital letters and digits.
//!
//! The engine numbers requests from 0. A replica must not see that: one that sorts or compares `MID`s would find an
//! order that it never finds under the course's simulator. So each number is scrambled before it is written, by a
//! permutation of all 64-bit numbers that can be reversed.

use simulation::api::RequestId;

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The number of characters of a `MID`.
const LENGTH: usize = 16;

/// The characters that hold the number, since 36^13 is more than 2^64.
///
/// The other characters follow from the number.
const NUMBER: usize = 13;

/// An odd constant and its inverse modulo 2^64.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
const INVERSE: u64 = inverse(MULTIPLIER);

/// Returns the `MID` of a request.
pub(super) fn mid_of(id: RequestId) -> String {
    let scrambled = scramble(id.0);
    let mut text = [0; LENGTH];
    let (number, rest) = text.split_at_mut(NUMBER);
    write_digits(number, scrambled);
    write_digits(rest, scramble(!scrambled));
    text.iter().map(|&byte| char::from(byte)).collect()
}

/// Returns the request that a `MID` names, [`RequestId::UNKNOWN`] if [`mid_of`] never made it.
pub(super) fn request_of(mid: &str) -> RequestId {
    let digit = |byte: u8| ALPHABET.iter().position(|&known| known == byte);
    let number = mid.as_bytes().get(..NUMBER).and_then(|number| {
        number.iter().rev().try_fold(0_u64, |number, &byte| {
            number.checked_mul(36)?.checked_add(digit(byte)? as u64)
        })
    });
    let id = number.map(|number| RequestId(unscramble(number)));
    id.filter(|&id| mid_of(id) == mid).unwrap_or(RequestId::UNKNOWN)
}

/// Writes a number in base 36, its lowest digit first.
///
/// Digits that do not fit into `text` are left out.
fn write_digits(text: &mut [u8], mut number: u64) {
    for digit in text {
        *digit = ALPHABET[(number % 36) as usize];
        number /= 36;
    }
}

fn scramble(number: u64) -> u64 {
    let product = (number ^ number >> 32).wrapping_mul(MULTIPLIER);
    (product ^ product >> 32).wrapping_mul(MULTIPLIER)
}

fn unscramble(number: u64) -> u64 {
    let product = number.wrapping_mul(INVERSE);
    let number = (product ^ product >> 32).wrapping_mul(INVERSE);
    number ^ number >> 32
}

/// Returns the inverse of an odd number modulo 2^64, by Newton's iteration.
///
/// Each round doubles the number of correct bits.
const fn inverse(number: u64) -> u64 {
    let (mut inverse, mut round) = (number, 0);
    while round < 6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(number.wrapping_mul(inverse)));
        round += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mid_names_its_request_and_no_other() {
        for id in [0, 1, 7, 499, 0x0123_4567_89ab_cdef, u64::MAX - 1].map(RequestId) {
            let mid = mid_of(id);
            assert_eq!(mid.len(), LENGTH);
            assert!(mid.bytes().all(|byte| ALPHABET.contains(&byte)), "{mid}");
            assert_eq!(request_of(&mid), id);
            let changed = format!("{}{}", &mid[..15], if mid.ends_with('0') { '1' } else { '0' });
            assert_eq!(request_of(&changed), RequestId::UNKNOWN, "{changed}");
        }
        for other in ["", "7", "0000000000000000", "ZZZZZZZZZZZZZZZZ", "ABCDEFGHIJKLMNO\u{fc}"] {
            assert_eq!(request_of(other), RequestId::UNKNOWN, "{other:?}");
        }
    }

    /// Tests that the order of the names does not show the order of the requests.
    #[test]
    fn mids_are_in_no_order() {
        let mids: Vec<String> = (0..6).map(|id| mid_of(RequestId(id))).collect();
        let mut sorted = mids.clone();
        sorted.sort();
        assert_ne!(mids, sorted);
    }
}
