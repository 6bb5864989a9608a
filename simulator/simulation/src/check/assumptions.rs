//! The assumptions of the system: what was weakened for them, and what breaks them on purpose.

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling};
use crate::plan::Assumed;
use crate::text::count;

// It only informs, of how much the run's verdict says.
pub(super) const CHECKER: Checker = Checker {
    name: "assumptions",
    fails_as: Class::Pass,
    applies: |input| !input.plan.assumptions.is_empty(),
    judge,
};

fn judge(input: &Input<'_>) -> Ruling {
    let all = input.plan.assumptions.iter();
    let lines: Vec<String> = all.clone().filter_map(describe).collect();
    if lines.is_empty() {
        let names: Vec<&str> = all.map(|it| it.assumption.name()).collect();
        return Ruling::holds(format!("nothing in the plan is against {}", names.join(", ")));
    }
    Ruling::fails(lines.join("\n"))
}

fn describe(assumed: &Assumed) -> Option<String> {
    let &Assumed { assumption, weakened, violated } = assumed;
    match (violated, weakened) {
        (true, _) => Some(format!("`{assumption}` is violated on purpose")),
        (false, 0) => None,
        (false, parts) => {
            let places = count(parts, "place");
            let how = assumption.how();
            Some(format!("weakened for `{assumption}` in {places}: {how}"))
        }
    }
}
