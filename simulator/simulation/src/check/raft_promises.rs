//! The check that replicas keep to what they told others: their votes, their terms, and what they acknowledged.

use crate::check::Class;
use crate::check::checker::Checker;
use crate::check::violations;
use crate::invariants::Rules;

pub(super) const CHECKER: Checker = Checker {
    name: "raft_promises",
    fails_as: Class::Correctness,
    applies: |input| input.evidence.raft.is_some(),
    judge: |input| {
        let holds = "every replica kept its votes, and restarted with what it had acknowledged";
        violations::judge(input, Rules::Promises, holds)
    },
};
