//! Is a history linearizable?
mod bits;
mod chains;
mod formats;
mod frontier;
mod history;
mod keys;
mod names;
mod proof;
mod recorder;
mod render;
mod schedule;
mod shrink;
mod sweep;
mod verdict;

use keys::{Judgement, Keys};

pub use formats::{Format, ReadError, read, read_path, write_jsonl};
pub use history::{Action, History, KeyId, OpId, Operation, TimeUnit, ValueId};
pub use recorder::{Call, Recorder, Returned};
pub use verdict::{Budget, Edge, Evidence, Kind, Verdict, Violation, Witness};

/// Checks every key of a history. If several are at fault, reports the one lost first.
pub fn check(history: &History, budget: Budget) -> Verdict {
    let keys = Keys::new(history);
    let mut lost: Option<(u64, KeyId, bool)> = None;
    let mut unknown = None;
    for (key, judgement) in keys.judge_all(history, budget.steps) {
        match judgement {
            Judgement::Linearizable => {}
            Judgement::Lost { at, swept } => {
                if lost.is_none_or(|(earliest, ..)| at < earliest) {
                    lost = Some((at, key, swept));
                }
            }
            Judgement::Unknown { steps } => {
                unknown.get_or_insert((key, steps));
            }
        }
    }
    if let Some((at, key, swept)) = lost {
        let proof = keys::prove(history, keys.ops(key), at, swept, budget.steps);
        return Verdict::NotLinearizable(Box::new(Violation::new(history, key, &proof, at)));
    }
    match unknown {
        Some((key, steps)) => Verdict::Unknown {
            key: history.key_name(key).to_string(),
            steps,
        },
        None => Verdict::Linearizable,
    }
}
