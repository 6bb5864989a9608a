//! The results of an exploration, summed so that the order of its parts does not matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::check::{CheckName, Class, Place, Subject};
use crate::digest::Digest;
use crate::evidence::Evidence;
use crate::explore::NeverSent;
use crate::failure::Failure;
use crate::marks::Tally;
use crate::receipts::Receipts;

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
    /// The messages that replicas received, by kind and role.
    pub received: Receipts,
    /// The sums over all runs.
    pub counters: Counters,
    /// The roles and types of messages at which faults were aimed and that no message had, by number of runs.
    #[serde(default)]
    pub never_sent: BTreeMap<String, u64>,
    /// The failures, ordered by seed.
    pub failures: Vec<Found>,
}

/// Sums over runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// The operations of clients.
    pub operations: u64,
    /// The messages between replicas.
    pub messages: u64,
    /// The simulated time.
    #[serde(rename = "simulated_ns")]
    pub time: Nanos,
}

impl Counters {
    /// Returns the counters of one run.
    pub fn of(evidence: &Evidence) -> Counters {
        Counters {
            operations: evidence.recorded(),
            messages: evidence.messages,
            time: evidence.ended,
        }
    }

    /// Adds other runs.
    pub fn add(&mut self, other: &Counters) {
        self.operations = self.operations.saturating_add(other.operations);
        self.messages = self.messages.saturating_add(other.messages);
        self.time = self.time.saturating_add(other.time);
    }
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
    /// The subject of the finding, if the check has several.
    pub subject: Option<Subject>,
    /// The digest of the run, sixteen hexadecimal digits.
    pub digest: String,
    /// The reason in one line.
    pub reason: String,
    /// The place in the run that it is about.
    pub place: Place,
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
            received: Receipts::default(),
            counters: Counters::default(),
            never_sent: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Adds a run. The digests are summed, so the result does not depend on the order of the runs.
    pub(super) fn ran(&mut self, seed: u64, evidence: &Evidence) {
        self.last = seed;
        self.marks.ran(&evidence.marks);
        self.received.add(&evidence.received);
        self.counters.add(&Counters::of(evidence));
        for name in &evidence.never_sent {
            *self.never_sent.entry(name.clone()).or_default() += 1;
        }
        self.digest =
            self.digest.wrapping_add(mixed(&self.scenario, seed, evidence.digest.value()));
    }

    pub(super) fn failed(&mut self, failure: &Failure, place: Place) {
        self.failures.push(Found {
            seed: failure.plan.seed,
            class: failure.class,
            check: failure.check,
            subject: failure.subject,
            digest: failure.digest.clone(),
            reason: failure.reason.clone(),
            place,
        });
    }

    /// Returns the number of runs.
    pub fn runs(&self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

/// Returns the digest of a run, mixed with its scenario and seed, so that a sum of these names every run.
pub fn mixed(scenario: &str, seed: u64, run: u64) -> u64 {
    let mut digest = Digest::new();
    digest.text(scenario);
    digest.word(seed);
    digest.word(run);
    digest.value()
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
    /// The messages that replicas received, by kind and role.
    pub received: Receipts,
    /// The sums over all runs.
    pub counters: Counters,
    /// The roles and types of messages at which faults were aimed in vain.
    pub never_sent: NeverSent,
    /// The failures by class and check, then by scenario and seed.
    pub failures: BTreeMap<(Class, CheckName), BTreeMap<(String, u64), Found>>,
}

impl Summary {
    /// Adds a chunk.
    pub fn add(&mut self, done: &Done) {
        self.runs = self.runs.saturating_add(done.runs());
        self.digest = self.digest.wrapping_add(done.digest);
        self.marks.add(&done.marks);
        self.received.add(&done.received);
        self.counters.add(&done.counters);
        for (name, runs) in &done.never_sent {
            self.never_sent.add(&done.scenario, name, *runs);
        }
        for found in &done.failures {
            let kind = self.failures.entry((found.class, found.check)).or_default();
            kind.insert((done.scenario.clone(), found.seed), found.clone());
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
