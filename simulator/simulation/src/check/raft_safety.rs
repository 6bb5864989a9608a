//! The check of Raft's safety properties, by the monitor's findings, if the replicas offer a window.

use crate::check::Class;
use crate::check::checker::{Checker, always};
use crate::check::violations;
use crate::invariants::Rules;

pub(super) const CHECKER: Checker = Checker {
    name: "raft_safety",
    fails_as: Class::Correctness,
    applies: always,
    judge: |input| {
        let holds = "all properties of figure 3 held after every step";
        violations::judge(input, Rules::Safety, holds)
    },
};
