//! Is a history linearizable?
mod bits;
mod frontier;
mod history;
mod names;
mod recorder;
mod schedule;
mod verdict;

pub use history::{Action, History, KeyId, OpId, Operation, TimeUnit, ValueId};
pub use recorder::{Call, Recorder, Returned};
pub use verdict::{Budget, Edge, Evidence, Kind, Verdict, Violation, Witness};

/// Checks every key of a history.
pub fn check(history: &History, budget: Budget) -> Verdict {
    let mut unknown = None;
    for (key, ids) in by_key(history).into_iter().enumerate() {
        let mut steps = budget.steps;
        match frontier::search(history, &ids, &mut steps) {
            frontier::Outcome::Linearizable(_) => {}
            frontier::Outcome::Lost(lost_at) => {
                return Verdict::NotLinearizable(Box::new(Violation {
                    key: history.key_name(KeyId(key as u32)).to_string(),
                    kind: Kind::Cycle,
                    operations: Vec::new(),
                    edges: Vec::new(),
                    lost_at,
                    unit: history.unit,
                }));
            }
            frontier::Outcome::OutOfBudget => {
                let key = history.key_name(KeyId(key as u32)).to_string();
                unknown.get_or_insert(Verdict::Unknown {
                    key,
                    steps: budget.steps,
                });
            }
        }
    }
    unknown.unwrap_or(Verdict::Linearizable)
}

fn by_key(history: &History) -> Vec<Vec<OpId>> {
    let mut keys = vec![Vec::new(); history.keys()];
    for (index, operation) in history.operations.iter().enumerate() {
        keys[operation.key.index()].push(OpId(index as u32));
    }
    keys
}
