//! Chunks of work, small enough that an interruption loses little, and large enough to record cheaply.

use std::ops::Range;

/// The number of seeds in a chunk: a fraction of a second of work for the bundled replica, half a minute for a slow
/// executable.
const SEEDS: u64 = 16;

/// A range of seeds of one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The index of the scenario in the list.
    pub scenario: usize,
    /// The first seed.
    pub first: u64,
    /// The last seed, not less than the first.
    pub last: u64,
}

/// Returns the chunks of the seeds of all scenarios.
///
/// Each range of seeds is followed for all scenarios before the next, so that an interrupted exploration has covered
/// some of each. Chunks end where the seed is a multiple of their size, whatever the first seed is, so a longer
/// exploration has the same chunks.
pub fn chunks(scenarios: usize, seeds: Range<u64>) -> impl Iterator<Item = Chunk> {
    let mut next = Some(seeds.start).filter(|start| *start < seeds.end);
    let blocks = std::iter::from_fn(move || {
        let first = next?;
        let last = (first | (SEEDS - 1)).min(seeds.end - 1);
        next = last.checked_add(1).filter(|next| *next < seeds.end);
        Some((first, last))
    });
    blocks.flat_map(move |(first, last)| {
        (0..scenarios).map(move |scenario| Chunk { scenario, first, last })
    })
}

/// Returns the first and last seed of the chunk of [`chunks`] that contains a seed; `None` if no chunk does.
pub fn around(seeds: &Range<u64>, seed: u64) -> Option<(u64, u64)> {
    let begin = (seed & !(SEEDS - 1)).max(seeds.start);
    let end = (seed | (SEEDS - 1)).min(seeds.end.saturating_sub(1));
    seeds.contains(&seed).then_some((begin, end))
}

/// Returns the place in the list of [`chunks`] of the chunk that contains a seed, among this many scenarios.
pub fn number(scenarios: usize, scenario: usize, seeds: &Range<u64>, seed: u64) -> u64 {
    let block = seed / SEEDS - seeds.start / SEEDS;
    block.saturating_mul(scenarios as u64).saturating_add(scenario as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(scenarios: usize, seeds: Range<u64>) -> Vec<(usize, u64, u64)> {
        chunks(scenarios, seeds).map(|it| (it.scenario, it.first, it.last)).collect()
    }

    #[test]
    fn every_seed_of_every_scenario_is_in_one_chunk() {
        assert_eq!(
            cut(2, 10..40),
            [(0, 10, 15), (1, 10, 15), (0, 16, 31), (1, 16, 31), (0, 32, 39), (1, 32, 39)]
        );
    }

    #[test]
    fn the_chunk_around_a_seed_is_found() {
        for (_, first, last) in cut(1, 10..40) {
            assert!((first..=last).all(|seed| around(&(10..40), seed) == Some((first, last))));
        }
        assert_eq!([9, 40, 48].map(|seed| around(&(10..40), seed)), [None; 3]);
    }

    #[test]
    fn a_chunk_is_found_by_its_number() {
        for (place, chunk) in (0..).zip(chunks(3, 10..40)) {
            let number = |seed| number(3, chunk.scenario, &(10..40), seed);
            assert_eq!((number(chunk.first), number(chunk.last)), (place, place));
        }
    }

    #[test]
    fn the_edges_hold() {
        assert_eq!(cut(1, 5..5), []);
        assert_eq!(cut(0, 0..100), []);
        assert_eq!(cut(1, u64::MAX - 1..u64::MAX), [(0, u64::MAX - 1, u64::MAX - 1)]);
        assert_eq!(chunks(1, 0..u64::MAX).take(3).last().map(|it| it.last), Some(47));
    }
}
