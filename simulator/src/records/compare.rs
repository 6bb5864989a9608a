//! The difference between the findings of two records.

use std::collections::BTreeMap;

use super::record::Record;
use super::signature::Signature;

/// The number of failures to expect below which their absence says nothing.
///
/// Of events that come on average three times, none comes with a probability of one in twenty.
const EXPECTED: u128 = 3;

/// The fate of a signature between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only the new record has it.
    New,
    /// Both have it.
    Ongoing,
    /// Only the old record has it, and the new one has too few runs to expect it.
    Rare,
    /// Only the old record has it.
    Gone,
}

impl Kind {
    /// Returns the name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Ongoing => "ongoing",
            Kind::Rare => "rare",
            Kind::Gone => "gone",
        }
    }
}

/// The failures of a signature in two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The signature.
    pub signature: Signature,
    /// Its fate between the two records.
    pub kind: Kind,
    /// The number of failures then and now.
    pub failed: (u64, u64),
}

/// The difference between two records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The number of runs then and now.
    pub runs: (u64, u64),
    /// The fate of each signature: new ones first, then the worst class first.
    pub changes: Vec<Change>,
}

impl Comparison {
    /// Compares an old record with a new one.
    pub fn of(old: &Record, new: &Record) -> Comparison {
        let runs = (old.count_runs(), new.count_runs());
        let mut failed: BTreeMap<Signature, (u64, u64)> = BTreeMap::new();
        for finding in old.findings() {
            failed.entry(finding.signature).or_default().0 += 1;
        }
        for finding in new.findings() {
            failed.entry(finding.signature).or_default().1 += 1;
        }
        let change = |(signature, failed): (Signature, (u64, u64))| Change {
            signature,
            kind: kind_of(failed, runs),
            failed,
        };
        let mut changes: Vec<Change> = failed.into_iter().rev().map(change).collect();
        changes.sort_by_key(|change| change.kind);
        Comparison { runs, changes }
    }
}

fn kind_of((then, now): (u64, u64), runs: (u64, u64)) -> Kind {
    if now > 0 {
        return if then > 0 { Kind::Ongoing } else { Kind::New };
    }
    let is_expected = u128::from(then) * u128::from(runs.1) >= EXPECTED * u128::from(runs.0.max(1));
    if is_expected { Kind::Gone } else { Kind::Rare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_few_runs_do_not_show_is_rare_rather_than_gone() {
        assert_eq!(kind_of((5, 0), (100, 100)), Kind::Gone);
        assert_eq!(kind_of((2, 0), (100, 100)), Kind::Rare);
        assert_eq!(kind_of((50, 0), (1_000, 10)), Kind::Rare);
        assert_eq!(kind_of((0, 1), (1_000, 10)), Kind::New);
        assert_eq!(kind_of((1, 1), (1_000, 10)), Kind::Ongoing);
    }
}
