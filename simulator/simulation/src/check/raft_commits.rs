//! The check that commit indexes move by Raft's rules, whether or not a breach has consequences.

use crate::check::Class;
use crate::check::checker::Checker;
use crate::check::violations;
use crate::invariants::Rules;

pub(super) const CHECKER: Checker = Checker {
    name: "raft_commits",
    fails_as: Class::Correctness,
    applies: |input| input.evidence.raft.is_some(),
    judge: |input| {
        let holds = "what was committed was in the logs of a majority, and applied at once";
        violations::judge(input, Rules::Commits, holds)
    },
};
