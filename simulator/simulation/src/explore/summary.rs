//! The results of an exploration, summed so that the order of its parts does not matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::{CheckName, Class};
use crate::digest::Digest;
use crate::failure::Failure;
use crate::marks::{Marks, Tally};

/// The results of a chunk, or of the part of it that ran before an interruption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The scenario's name.
    pub scenario: String,
    /// The first seed.
    pub first: u64,
    /// The last seed.
    pub last: u64,
    /// The sum of the runs' digests, each mixed with its scenario and seed.
    pub digest: u64,
    /// The number of runs that reached each mark.
    pub marks: Tally,
    /// The failures, ordered by seed.
    pub failures: Vec<Found>,
}

/// A failure, without its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// The class of the run.
    pub class: Class,
    /// The check that failed.
    pub check: CheckName,
    /// The reason in one line.
    pub reason: String,
}

impl Done {
    /// Returns empty results that start at a seed.
    pub(super) fn new(scenario: &str, first: u64) -> Self {
        Done {
            scenario: scenario.to_owned(),
            first,
            last: first,
            digest: 0,
            marks: Tally::default(),
            failures: Vec::new(),
        }
    }

    /// Adds a run. The digests are summed, so the result does not depend on the order of the runs.
    pub(super) fn ran(&mut self, seed: u64, run: Digest, marks: &Marks) {
        self.last = seed;
        self.marks.ran(marks);
        let mut digest = Digest::new();
        digest.text(&self.scenario);
        digest.word(seed);
        digest.word(run.value());
        self.digest = self.digest.wrapping_add(digest.value());
    }

    pub(super) fn failed(&mut self, failure: &Failure) {
        self.failures.push(Found {
            seed: failure.plan.seed,
            class: failure.class,
            check: failure.check,
            reason: failure.reason.clone(),
        });
    }

    /// Returns the number of runs.
    pub fn runs(&self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

/// The sum of the results of chunks, which may be added in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of runs.
    pub runs: u64,
    /// The digest of all runs, which is equal for equal explorations.
    pub digest: u64,
    /// The number of runs that reached each mark.
    pub marks: Tally,
    /// The reasons of failures, by class and check, then by scenario and seed.
    pub failures: BTreeMap<(Class, CheckName), BTreeMap<(String, u64), String>>,
}

impl Summary {
    /// Adds a chunk.
    pub fn add(&mut self, done: &Done) {
        self.runs = self.runs.saturating_add(done.runs());
        self.digest = self.digest.wrapping_add(done.digest);
        self.marks.add(&done.marks);
        for found in &done.failures {
            let kind = self.failures.entry((found.class, found.check)).or_default();
            kind.insert((done.scenario.clone(), found.seed), found.reason.clone());
        }
    }

    /// Returns the number of runs that failed.
    pub fn failed(&self) -> usize {
        self.failures.values().map(BTreeMap::len).sum()
    }

    /// Returns the worst class of all runs.
    pub fn worst(&self) -> Class {
        self.failures.keys().map(|(class, _)| *class).max().unwrap_or(Class::Pass)
    }
}
