//! The messages at which faults are aimed: a fault whose messages are never sent has no effect.

use crate::api::MessageRole;
use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling};
use crate::text::count;

// It only informs: a system may do without such messages.
pub(super) const CHECKER: Checker = Checker {
    name: "aimed_faults",
    fails_as: Class::Pass,
    applies: |input| !input.evidence.never_sent.is_empty(),
    judge,
};

fn judge(input: &Input<'_>) -> Ruling {
    let describe = |name: &String| {
        let faults = input.plan.aims().filter(|aim| *aim == name).count();
        let verb = if faults == 1 { "is" } else { "are" };
        let (what, faults) = (MessageRole::describe(name), count(faults, "fault"));
        format!("no message had {what}, at which {faults} {verb} aimed")
    };
    let lines: Vec<String> = input.evidence.never_sent.iter().map(describe).collect();
    Ruling::fails(lines.join("\n"))
}
