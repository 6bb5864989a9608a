//! The check that every answer is to a waiting request, and that the answer to a get has a value.

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling, always};
use crate::seconds::moment;
use crate::trace::Actor;

pub(super) const CHECKER: Checker =
    Checker { name: "answers", fails_as: Class::Correctness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let malformed = &input.evidence.counts.malformed;
    let Some(first) = malformed.first() else {
        return Ruling::holds("every answer was well-formed and expected");
    };
    let (count, who, what, at) = (malformed.len(), first.who, &first.what, moment(first.at));
    let (did, sorts) = match who {
        Actor::Node(_) => ("sent", "datagrams make no sense, or are answers"),
        _ => ("got", "answers are"),
    };
    Ruling::fails(format!("{count} {sorts} that no client waited for; at {at} {who} {did} {what}"))
}
