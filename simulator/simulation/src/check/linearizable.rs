//! The check that the clients' history is linearizable, key by key (Herlihy & Wing).

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling, always};
use crate::text::count;
use linearizability::{self, Budget, Verdict};

pub(super) const CHECKER: Checker =
    Checker { name: "linearizable", fails_as: Class::Correctness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let history = &input.evidence.history;
    match linearizability::check(history, Budget::default()) {
        Verdict::Linearizable => {
            let operations = count(history.recorded(), "operation");
            let keys = count(history.keys(), "key");
            Ruling::holds(format!("{operations} on {keys} have a legal order"))
        }
        Verdict::NotLinearizable(violation) => {
            Ruling::fails(violation.to_string()).with_violation(violation)
        }
        Verdict::Unknown { key, steps } => {
            Ruling::undecided(format!("key {key}: undecided after {steps} steps of the search"))
        }
    }
}
