//! Faults that had nothing to strike, in many runs.

use std::collections::BTreeMap;

use crate::api::MessageRole;

/// The roles and types of messages at which faults were aimed and that no message had, for each scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeverSent(BTreeMap<(String, String), u64>);

impl NeverSent {
    /// Adds a number of runs of a scenario in which no message had a role or type.
    pub fn add(&mut self, scenario: &str, name: &str, runs: u64) {
        *self.0.entry((scenario.to_owned(), name.to_owned())).or_default() += runs;
    }

    /// Returns a sentence for each scenario and role or type.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|((scenario, name), runs)| {
            let (what, plural) = (MessageRole::describe(name), if *runs == 1 { "" } else { "s" });
            format!("{scenario}: no message had {what}, at which faults are aimed, in {runs} run{plural}")
        })
    }
}
