//! The run was not ended before its time: what would have come is not known.

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling};
use crate::evidence::CutShort;
use crate::seconds::seconds;

pub(super) const CHECKER: Checker = Checker {
    name: "complete",
    fails_as: Class::Unknown,
    applies: |input| input.evidence.cut_short == Some(CutShort::Stopped),
    judge: |input| Ruling::fails(ended(input)),
};

fn ended(input: &Input<'_>) -> String {
    format!("ended by the user after {}", seconds(input.evidence.ended))
}
