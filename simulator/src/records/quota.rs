//! The failures that are worth a file: the first of each signature.

use std::collections::{BTreeMap, BTreeSet};

use super::line::Failed;
use super::record::Record;
use super::signature::Signature;

/// The seed of a failure, then the place of its scenario.
type Place = (u64, usize);

/// The bounds on files for each signature and in all, and the failures that have one.
///
/// The first failures by seed and scenario get a file, in whatever order they are found.
#[derive(Clone, Debug)]
pub struct Quota {
    each: u64,
    all: u64,
    kept: BTreeMap<Signature, BTreeSet<Place>>,
    count: u64,
}

impl Quota {
    /// Returns a quota with these bounds, for each signature and in all.
    pub fn new(bounds: Option<(u64, u64)>) -> Quota {
        let (each, all) = bounds.unwrap_or((u64::MAX, u64::MAX));
        Quota { each, all, kept: BTreeMap::new(), count: 0 }
    }

    /// Returns the quota of a record, filled with the record's failures.
    pub fn of(record: &Record) -> Quota {
        let mut quota = Quota::new(record.header.max_failures);
        for failure in record.failures() {
            let scenario = record.header.scenario(&failure.scenario).unwrap_or(usize::MAX);
            quota.offer(failure.signature, scenario, failure.seed);
        }
        quota
    }

    /// Takes a failure in, and returns the seeds and scenarios of those that lose their files to it.
    ///
    /// The failure itself may be among them.
    pub fn offer(&mut self, signature: Signature, scenario: usize, seed: u64) -> Vec<Place> {
        let group = self.kept.entry(signature).or_default();
        self.count += u64::from(group.insert((seed, scenario)));
        let mut evicted = Vec::new();
        if group.len() as u64 > self.each {
            evicted.extend(group.pop_last());
        }
        self.count -= evicted.len() as u64;
        if self.count > self.all {
            let last = |set: &&mut BTreeSet<Place>| set.last().copied();
            let group = self.kept.values_mut().filter(|set| !set.is_empty()).max_by_key(last);
            evicted.extend(group.and_then(BTreeSet::pop_last));
            self.count -= 1;
        }
        evicted
    }

    /// Returns true if a failure has a file.
    pub fn keeps(&self, signature: Signature, scenario: usize, seed: u64) -> bool {
        self.kept.get(&signature).is_some_and(|kept| kept.contains(&(seed, scenario)))
    }

    /// Returns the number of failures that have a file.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Takes away the names of files that are not kept.
    pub fn apply(&self, record: &mut Record) {
        let header = &record.header;
        let drop = |failed: &mut Failed| {
            let scenario = header.scenario(&failed.scenario).unwrap_or(usize::MAX);
            if !self.keeps(failed.signature, scenario, failed.seed) {
                failed.file = None;
            }
        };
        record.groups.iter_mut().flat_map(|group| &mut group.failures).for_each(drop);
    }
}

#[cfg(test)]
mod tests {
    use simulation::check::{CheckName, Class};

    use super::*;

    #[test]
    fn the_first_of_each_kind_are_kept_in_any_order() {
        let signature = |check| Signature { class: Class::Correctness, check, subject: None };
        let (a, b) = (signature(CheckName::Linearizable), signature(CheckName::Answers));
        let mut found: Vec<_> = (0..20).map(|seed| (if seed < 10 { a } else { b }, seed)).collect();
        let kept = |found: &[(Signature, u64)]| {
            let mut quota = Quota::new(Some((3, 5)));
            found.iter().for_each(|(signature, seed)| drop(quota.offer(*signature, 0, *seed)));
            let kept = |(signature, seed): &&(Signature, u64)| quota.keeps(*signature, 0, *seed);
            let mut seeds: Vec<_> = found.iter().filter(kept).map(|(_, seed)| *seed).collect();
            seeds.sort_unstable();
            seeds
        };
        assert_eq!(kept(&found), [0, 1, 2, 10, 11]);
        found.reverse();
        assert_eq!(kept(&found), [0, 1, 2, 10, 11]);
        found.sort_by_key(|(_, seed)| seed * 7 % 20);
        assert_eq!(kept(&found), [0, 1, 2, 10, 11]);
    }
}
