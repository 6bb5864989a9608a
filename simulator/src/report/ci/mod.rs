//! Results in the forms that CI systems show.
//!
//! | module | what it writes |
//! | --- | --- |
//! | [`junit`] | a JUnit file |
//! | [`github`] | a step summary and annotations for GitHub |

pub mod github;
pub mod junit;

use std::collections::BTreeMap;

use simulation::check::Verdict;
use testing::report::arguments_of;

use crate::records::{Run, Signature};
use crate::report::Outcome;

/// The most failures of a suite that are listed one by one.
pub const MOST_FAILURES: usize = 1_000;

/// The results of a command.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The command that was run, such as `explore`.
    pub title: String,
    /// The suites in the order in which they were begun: one for each scenario.
    pub suites: Vec<Suite>,
}

/// The results of one scenario.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// The number of runs that passed.
    pub passed: u64,
    /// The runs that failed, at most [`MOST_FAILURES`] of them.
    pub failures: Vec<Failed>,
    /// The number of further runs that failed.
    pub more: u64,
}

/// A run that failed, or could not be made.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Its name in its suite, such as `seed 7`.
    pub case: String,
    /// The kind of finding; `None` if there was no run.
    pub signature: Option<Signature>,
    /// The finding, or the reason that there was no run, in one line.
    pub reason: String,
    /// The command that shows it, if there is one.
    pub command: String,
}

impl Failed {
    /// Returns the finding and the command that shows it, in one line.
    pub fn message(&self) -> String {
        let Failed { case, reason, command, .. } = self;
        let kind = self.kind();
        let command = if command.is_empty() { String::new() } else { format!("; {command}") };
        format!("{case}: {kind}: {reason}{command}")
    }

    /// Returns the kind of finding in words.
    pub fn kind(&self) -> String {
        self.signature.map_or_else(|| "not run".to_owned(), |signature| signature.to_string())
    }
}

/// A kind of failure, with its first example.
#[derive(Clone, Copy, Debug)]
pub struct Group<'r> {
    /// The name of the suite in which it was first seen.
    pub suite: &'r str,
    /// The first failure.
    pub first: &'r Failed,
    /// The number of failures of this kind that are listed.
    pub count: usize,
}

impl Results {
    /// Returns empty results of a command.
    pub fn new(title: impl Into<String>) -> Results {
        Results { title: title.into(), suites: Vec::new() }
    }

    /// Returns the suite of a name, which is new at the name's first appearance.
    pub fn suite(&mut self, name: &str) -> &mut Suite {
        let place = self.suites.iter().rposition(|suite| suite.name == name);
        let place = place.unwrap_or_else(|| {
            self.suites.push(Suite { name: name.to_owned(), ..Suite::default() });
            self.suites.len() - 1
        });
        &mut self.suites[place]
    }

    /// Adds a run.
    pub fn add(&mut self, outcome: &Outcome) {
        let suite = self.suite(&outcome.plan.scenario);
        match signature(&outcome.verdict) {
            None => suite.passed += 1,
            Some((signature, reason)) => suite.fail(Failed {
                case: format!("seed {}", outcome.plan.seed),
                signature: Some(signature),
                reason,
                command: outcome.command_to_the_place(),
            }),
        }
    }

    /// Adds a run that stands in a record; `command` shows it again.
    pub fn add_known(&mut self, run: &Run, command: &str) {
        let suite = self.suite(&run.scenario);
        if run.signature.is_none() {
            suite.passed += 1;
            return;
        }
        suite.fail(Failed {
            case: format!("seed {}", run.seed),
            signature: run.signature,
            reason: run.finding.clone().unwrap_or_default(),
            command: command.to_owned() + &arguments_of(&run.place),
        });
    }

    /// Returns the number of runs that failed or could not be made.
    pub fn failed(&self) -> u64 {
        self.suites.iter().map(|suite| suite.failures.len() as u64 + suite.more).sum()
    }

    /// Returns the number of all runs.
    pub fn runs(&self) -> u64 {
        self.failed() + self.suites.iter().map(|suite| suite.passed).sum::<u64>()
    }

    /// Returns the kinds of failures, the worst first; what could not be run is the last.
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: BTreeMap<Option<Signature>, Group<'_>> = BTreeMap::new();
        for suite in &self.suites {
            for failed in &suite.failures {
                let new = Group { suite: &suite.name, first: failed, count: 0 };
                groups.entry(failed.signature).or_insert(new).count += 1;
            }
        }
        groups.into_values().rev().collect()
    }
}

impl Suite {
    /// Adds a failure.
    pub fn fail(&mut self, failed: Failed) {
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(failed);
        } else {
            self.more += 1;
        }
    }
}

/// Returns the kind of a failed run, and its reason in one line.
pub fn signature(verdict: &Verdict) -> Option<(Signature, String)> {
    let check = verdict.decisive()?;
    let subject = check.breaches.first().map(|breach| breach.subject);
    let signature = Signature { class: verdict.class, check: check.name, subject };
    Some((signature, check.reason().to_owned()))
}

#[cfg(test)]
pub(crate) mod tests {
    use simulation::check::{CheckName, Class};

    use super::*;

    /// Results with a failure of each kind, and the given reason in one of them.
    pub(crate) fn some(reason: &str) -> Results {
        let mut results = Results::new("explore");
        results.suite("calm").passed = 12;
        let failed = |seed: u64, class, check| Failed {
            case: format!("seed {seed}"),
            signature: Some(Signature { class, check, subject: None }),
            reason: reason.to_owned(),
            command: format!("simulator replay failures/storm-{seed}.json"),
        };
        let storm = results.suite("storm");
        storm.fail(failed(3, Class::Liveness, CheckName::Recovery));
        storm.fail(failed(4, Class::Correctness, CheckName::Linearizable));
        storm.fail(failed(5, Class::Correctness, CheckName::Linearizable));
        storm.fail(Failed {
            signature: None,
            command: String::new(),
            ..failed(6, Class::Pass, CheckName::Budget)
        });
        results
    }

    #[test]
    fn failures_are_grouped_by_kind_and_the_worst_is_first() {
        let results = some("why");
        let groups = results.groups();
        let told: Vec<_> = groups.iter().map(|it| (it.first.kind(), it.count)).collect();
        let expected = [("correctness/linearizable", 2), ("liveness/recovery", 1), ("not run", 1)];
        assert_eq!(told, expected.map(|(kind, count)| (kind.to_owned(), count)));
        assert_eq!((results.runs(), results.failed()), (16, 4));
    }

    #[test]
    fn not_all_of_very_many_failures_are_listed() {
        let mut results = Results::new("explore");
        let failed = some("why").suites[1].failures[0].clone();
        (0..MOST_FAILURES + 5).for_each(|_| results.suite("storm").fail(failed.clone()));
        assert_eq!((results.suites[0].failures.len(), results.suites[0].more), (MOST_FAILURES, 5));
        assert_eq!(results.failed(), MOST_FAILURES as u64 + 5);
    }
}
