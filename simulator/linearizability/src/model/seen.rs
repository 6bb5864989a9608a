//! The memory of a search: the configurations that it has visited.
//!
//! A configuration is a *place* (the state, and the answered operations that have taken effect) with the set of
//! operations without an outcome that were used to get there. A place that was visited with fewer of them allows
//! everything that it allows with more, so only the least sets are kept.

use std::hash::Hasher;

use crate::names::FoldHasher;

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Place {
    hash: u64,
    /// The words of the place, as a range of `words`.
    start: u32,
    end: u32,
    /// The first of its sets.
    sets: u32,
}

/// The places visited, each with its least sets of used operations.
pub(super) struct Seen {
    /// Open addressing: the numbers of places. The length is a power of two, and at most half of the slots are in use.
    slots: Vec<u32>,
    places: Vec<Place>,
    words: Vec<u64>,
    sets: Vec<Set>,
    /// The words of the sets.
    used: Vec<u64>,
}

/// A set of used operations, without the words at its end that are 0.
#[derive(Clone, Copy)]
struct Set {
    /// The words, as a range of `used`.
    start: u32,
    end: u32,
    /// The next set of the same place.
    next: u32,
}

impl Seen {
    /// Returns an empty memory.
    pub(super) fn new() -> Self {
        Seen {
            slots: vec![NONE; 256],
            places: Vec::new(),
            words: Vec::new(),
            sets: Vec::new(),
            used: Vec::new(),
        }
    }

    /// Returns true if a place was visited with a subset of the used operations. Adds the compared words to `compared`.
    pub(super) fn covers(&self, place: &[u64], used: &[u64], compared: &mut u64) -> bool {
        match self.find(place, hash(place)) {
            Ok(number) => self.covering(number, used, compared).is_some(),
            Err(_) => false,
        }
    }

    /// Adds a configuration; returns false if it is covered already.
    pub(super) fn visit(&mut self, place: &[u64], used: &[u64], compared: &mut u64) -> bool {
        let hash = hash(place);
        let number = match self.find(place, hash) {
            Ok(number) => number,
            Err(slot) => {
                let number = self.places.len() as u32;
                let start = self.words.len() as u32;
                self.words.extend_from_slice(place);
                let end = self.words.len() as u32;
                self.places.push(Place { hash, start, end, sets: NONE });
                self.slots[slot] = number;
                if 2 * self.places.len() > self.slots.len() {
                    self.grow();
                }
                self.add(number, used);
                return true;
            }
        };
        if self.covering(number, used, compared).is_some() {
            return false;
        }
        self.add(number, used);
        true
    }

    fn add(&mut self, number: u32, used: &[u64]) {
        let first = self.places[number as usize].sets;
        // A larger set has no further use.
        let mut at = first;
        while at != NONE {
            let Set { start, end, next } = self.sets[at as usize];
            let words = &mut self.used[start as usize..end as usize];
            if is_subset(used, words) {
                words[..used.len()].copy_from_slice(used);
                self.sets[at as usize].end = start + used.len() as u32;
                return;
            }
            at = next;
        }
        let start = self.used.len() as u32;
        self.used.extend_from_slice(used);
        let end = self.used.len() as u32;
        self.places[number as usize].sets = self.sets.len() as u32;
        self.sets.push(Set { start, end, next: first });
    }

    fn covering(&self, number: u32, used: &[u64], compared: &mut u64) -> Option<u32> {
        let mut at = self.places[number as usize].sets;
        while at != NONE {
            let Set { start, end, next } = self.sets[at as usize];
            *compared += 1 + u64::from(end - start);
            if is_subset(&self.used[start as usize..end as usize], used) {
                return Some(at);
            }
            at = next;
        }
        None
    }

    /// Returns the number of a place, or the slot where it belongs.
    fn find(&self, place: &[u64], hash: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let number = self.slots[slot];
            if number == NONE {
                return Err(slot);
            }
            let known = self.places[number as usize];
            if known.hash == hash && self.words[known.start as usize..known.end as usize] == *place
            {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = 4 * self.slots.len() - 1;
        self.slots = vec![NONE; mask + 1];
        for (number, place) in self.places.iter().enumerate() {
            let mut slot = place.hash as usize & mask;
            while self.slots[slot] != NONE {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = number as u32;
        }
    }
}

fn hash(words: &[u64]) -> u64 {
    let mut hasher = FoldHasher::default();
    words.iter().for_each(|&word| hasher.write_u64(word));
    hasher.finish()
}

fn is_subset(small: &[u64], large: &[u64]) -> bool {
    small.len() <= large.len() && small.iter().zip(large).all(|(small, large)| small & !large == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_covered_by_a_smaller_set() {
        let (mut seen, mut compared) = (Seen::new(), 0);
        assert!(seen.visit(&[7, 1], &[0b0110], &mut compared));
        assert!(!seen.visit(&[7, 1], &[0b0111], &mut compared));
        assert!(seen.visit(&[7, 1], &[0b1001], &mut compared));
        assert!(seen.visit(&[7, 2], &[0b0111], &mut compared), "another place");
        assert!(seen.visit(&[7, 1], &[0b0010], &mut compared));
        assert!(seen.covers(&[7, 1], &[0b0010], &mut compared));
        assert!(!seen.covers(&[7, 1], &[0b0100], &mut compared), "replaced by a smaller one");
        assert!(!seen.covers(&[8], &[0b0010], &mut compared));
    }

    #[test]
    fn places_survive_growth() {
        let (mut seen, mut compared) = (Seen::new(), 0);
        for number in 0..10_000 {
            assert!(seen.visit(&[number, number * number], &[], &mut compared));
        }
        assert!((0..10_000).all(|number| !seen.visit(
            &[number, number * number],
            &[],
            &mut compared
        )));
    }
}
