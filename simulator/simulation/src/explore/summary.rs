//! What an exploration found, summed so that the order of its parts does not matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::{CheckName, Class};
use crate::digest::Digest;
use crate::failure::Failure;
use crate::marks::{Marks, Tally};

/// A chunk that has been run, or as much of one as was run before an interruption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The scenario's name.
    pub scenario: String,
    /// The first seed.
    pub first: u64,
    /// The last seed.
    pub last: u64,
    /// The sum of its runs' digests, each mixed with its scenario and seed.
    pub digest: u64,
    /// How many of its runs reached which marks.
    pub marks: Tally,
    /// What failed, by seed.
    pub failures: Vec<Found>,
}

/// A failure, without its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// How it fails.
    pub class: Class,
    /// The check that says so.
    pub check: CheckName,
    /// Why, in one line.
    pub reason: String,
}

impl Done {
    /// Of no more than one seed, as yet.
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

    /// A sum does not depend on the order of its terms, so it is the same for any number of workers.
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

    /// How many runs it took.
    pub fn runs(&self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

/// All that was found. Chunks may be added in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many runs there were.
    pub runs: u64,
    /// One number for all their digests: equal explorations have equal ones.
    pub digest: u64,
    /// How many runs reached which marks.
    pub marks: Tally,
    /// The failures by class and check, and there by scenario and seed.
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

    /// How many runs failed.
    pub fn failed(&self) -> usize {
        self.failures.values().map(BTreeMap::len).sum()
    }

    /// The worst class of all runs.
    pub fn worst(&self) -> Class {
        self.failures.keys().map(|(class, _)| *class).max().unwrap_or(Class::Pass)
    }
}
