//! The check that the clients' history is linearizable, key by key (Herlihy & Wing).

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling, always};
use crate::evidence::Evidence;
use crate::text::count;
use linearizability::{self, Budget, Verdict};

pub(super) const CHECKER: Checker =
    Checker { name: "linearizable", fails_as: Class::Correctness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let Evidence { history, own, .. } = input.evidence;
    let verdict = match own {
        Some(own) => own.check(Budget::default()),
        None => linearizability::check(history, Budget::default()),
    };
    match verdict {
        Verdict::Linearizable => {
            let operations = count(input.evidence.recorded(), "operation");
            Ruling::holds(match own {
                Some(_) => format!("{operations} have a legal order"),
                None => {
                    format!("{operations} on {} have a legal order", count(history.keys(), "key"))
                }
            })
        }
        Verdict::NotLinearizable(violation) => {
            Ruling::fails(violation.to_string()).with_violation(violation)
        }
        Verdict::Unknown { key, steps } => {
            Ruling::undecided(format!("key {key}: undecided after {steps} steps of the search"))
        }
    }
}
