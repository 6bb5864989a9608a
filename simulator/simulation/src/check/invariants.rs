//! The check of the rules that a system has about all of its nodes together
//! ([`System::invariants`](crate::api::System::invariants)).

use crate::check::checker::{Checker, Input, Ruling};
use crate::check::{Breach, Class, Subject};
use crate::seconds::moment;

pub(super) const CHECKER: Checker = Checker {
    name: "invariants",
    fails_as: Class::Correctness,
    applies: |input| input.evidence.rules > 0,
    judge,
};

fn judge(input: &Input<'_>) -> Ruling {
    let breaches = input.evidence.broken.iter().map(|broken| {
        let (rule, what, node, at) = (broken.rule, &broken.what, broken.node, moment(broken.at));
        let reason = format!("`{rule}` broken at {at}, by a step of {node}: {what}");
        Breach { subject: Subject::Rule(broken.number), reason }
    });
    Ruling::of_breaches(breaches.collect(), "every rule of the system held after every step")
}
