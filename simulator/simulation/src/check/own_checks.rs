//! The checks of one's own, of the evidence of a run ([`Checked`](crate::Checked)).

use crate::check::checker::{Checker, Input, Ruling};
use crate::check::{Breach, Class, Subject};

pub(super) const CHECKER: Checker = Checker {
    name: "own_checks",
    fails_as: Class::Correctness,
    applies: |input| !input.evidence.own_checks.is_empty(),
    judge,
};

fn judge(input: &Input<'_>) -> Ruling {
    let checks = &input.evidence.own_checks;
    let failed = (0..).zip(checks).filter_map(|(number, check)| {
        let what = check.result.as_ref().err()?;
        let reason = format!("`{}`: {what}", check.name);
        Some(Breach { subject: Subject::OwnCheck(number), reason })
    });
    let holds = checks
        .iter()
        .filter_map(|check| Some(format!("`{}`: {}", check.name, check.result.as_ref().ok()?)));
    Ruling::of_breaches(failed.collect(), &holds.collect::<Vec<_>>().join("; "))
}
