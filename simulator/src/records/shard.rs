//! A shard: one of several equal parts of the work, for one machine each.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use simulation::explore;

/// One of several parts of the same work.
///
/// The chunks of seeds are dealt out in turn, so that a shard that was cut off leaves no hole at one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// The number of this part, from 1.
    pub number: u64,
    /// The number of all parts.
    pub of: u64,
}

impl Shard {
    /// Returns the shard of this number; `None` if there are not that many.
    pub fn new(number: u64, of: u64) -> Option<Shard> {
        (1..=of).contains(&number).then_some(Shard { number, of })
    }

    /// Returns true if the chunk that holds a seed belongs to this shard.
    ///
    /// `scenario` is the place of the scenario in the list of this many. Where submissions are graded, each of them
    /// has all scenarios, one submission after another.
    pub fn has(self, scenarios: usize, scenario: usize, seeds: &Range<u64>, seed: u64) -> bool {
        let place = explore::number(scenarios, scenario, seeds, seed);
        self.has_chunk(scenarios, place)
    }

    /// Returns true if the chunk at this place belongs to this shard.
    fn has_chunk(self, scenarios: usize, place: u64) -> bool {
        owner(scenarios, self.of, place) == self.number
    }
}

/// Returns the number of the shard, of this many, that the chunk at a place belongs to.
pub(super) fn owner(scenarios: usize, of: u64, place: u64) -> u64 {
    // Without the shift a shard would get the same scenarios each time, and these may be the slow ones.
    let common = common_divisor(of, scenarios.max(1) as u64);
    let period = (of / common).saturating_mul(scenarios.max(1) as u64);
    (place % of + place / period % of) % of + 1
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// The error for a text that is no shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoShard;

impl fmt::Display for NoShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected a shard such as 3/8: its number, from 1, and the number of all shards",
        )
    }
}

impl std::error::Error for NoShard {}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (number, of) = text.split_once('/').ok_or(NoShard)?;
        let parse = |text: &str| text.parse().map_err(|_| NoShard);
        Shard::new(parse(number)?, parse(of)?).ok_or(NoShard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_is_in_one_shard_and_the_shards_are_equal() {
        for (scenarios, of) in [(1, 8), (2, 8), (8, 8), (17, 8), (2, 16), (12, 18), (5, 1)] {
            let mut sizes = vec![0_u64; of as usize];
            for place in 0..of * scenarios as u64 {
                let shards = (1..=of).map(|number| Shard { number, of });
                let ours: Vec<_> = shards.filter(|it| it.has_chunk(scenarios, place)).collect();
                assert_eq!(ours.len(), 1, "{place} of {scenarios} scenarios");
                sizes[ours[0].number as usize - 1] += 1;
            }
            assert!(sizes.iter().all(|size| *size == scenarios as u64), "{sizes:?}");
        }
    }

    #[test]
    fn each_shard_gets_every_scenario() {
        let shard = Shard { number: 3, of: 8 };
        let of = |scenario| (0..64).any(|block| shard.has(8, scenario, &(0..1024), block * 16));
        assert!((0..8).all(of));
    }

    #[test]
    fn it_is_counted_from_one() {
        assert_eq!("1/8".parse(), Ok(Shard { number: 1, of: 8 }));
        for bad in ["0/8", "9/8", "1", "1/", "a/b", "1/0", "-1/8", "auto"] {
            assert_eq!(bad.parse::<Shard>(), Err(NoShard), "{bad}");
        }
    }
}
