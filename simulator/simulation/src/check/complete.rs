//! The check that the user did not end the run early: the rest of the run would be unknown.

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
