//! What the clients saw: a linearizable history of well-formed answers.

use crate::check::{Check, Class};
use crate::evidence::Evidence;
use crate::seconds::moment;
use crate::text::count;
use crate::trace::Actor;
use linearizability::{self, Budget, Verdict};

/// The history is linearizable, key by key (Herlihy & Wing).
pub(crate) fn linearizable(evidence: &Evidence) -> Check {
    let name = "linearizable";
    match linearizability::check(&evidence.history, Budget::default()) {
        Verdict::Linearizable => {
            let operations = count(evidence.history.recorded(), "operation");
            let keys = count(evidence.history.keys(), "key");
            let detail = format!("{operations} on {keys} have a legal order");
            Check::new(name, Class::Correctness, true, detail)
        }
        Verdict::NotLinearizable(violation) => {
            let detail = violation.to_string();
            let check = Check::new(name, Class::Correctness, false, detail);
            Check { violation: Some(violation), ..check }
        }
        Verdict::Unknown { key, steps } => {
            let detail = format!("key {key}: undecided after {steps} steps of the search");
            Check::new(name, Class::Unknown, false, detail)
        }
    }
}

/// Every answer names a request that waits for one, and a get's answer carries a value.
pub(crate) fn answers(evidence: &Evidence) -> Check {
    let malformed = &evidence.counts.malformed;
    let detail = match malformed.as_slice() {
        [] => "every answer was well-formed and expected".to_owned(),
        [first, ..] => {
            let (count, who, what) = (malformed.len(), first.who, &first.what);
            let at = moment(first.at);
            let (did, sorts) = match who {
                Actor::Node(_) => ("sent", "datagrams make no sense, or are answers"),
                _ => ("got", "answers are"),
            };
            format!("{count} {sorts} that nobody waited for; at {at} {who} {did} {what}")
        }
    };
    Check::new("answers", Class::Correctness, malformed.is_empty(), detail)
}
