//! The breaches of a scenario's own budgets, as a part of the check of budgets.

use crate::check::checker::Input;
use crate::check::{Breach, Subject};
use crate::evidence::Spent;
use crate::scenario::Budgets;
use crate::seconds::seconds;
use crate::text::{count, thousands};

/// Returns the breaches.
pub(super) fn breaches(input: &Input<'_>) -> Vec<Breach> {
    let (Some(budgets), Some(spent)) = (input.plan.budgets, &input.evidence.spent) else {
        return Vec::new();
    };
    let found = [
        leaderless(&budgets, spent),
        terms(&budgets, spent),
        elections(&budgets, spent),
        put_latency(&budgets, spent),
        repeats(&budgets, spent),
    ];
    found.into_iter().flatten().collect()
}

fn leaderless(budgets: &Budgets, spent: &Spent) -> Option<Breach> {
    let allowed = u64::from(budgets.leaderless?).saturating_mul(spent.election_timeout);
    let (lasted, most) = (seconds(spent.leaderless), seconds(allowed));
    let reason = format!("no replica led for {lasted} in all, and {most} are allowed");
    (spent.leaderless > allowed).then_some(Breach { subject: Subject::Leaderless, reason })
}

fn terms(budgets: &Budgets, spent: &Spent) -> Option<Breach> {
    let allowed = u64::from(budgets.terms?);
    let (used, most) = (count(thousands(spent.terms), "term"), thousands(allowed));
    let reason = format!("the replicas used {used}, and {most} are allowed");
    (spent.terms > allowed).then_some(Breach { subject: Subject::Terms, reason })
}

fn elections(budgets: &Budgets, spent: &Spent) -> Option<Breach> {
    let each = u64::from(budgets.elections_per_fault?);
    let allowed = each.saturating_mul(spent.occasions);
    let faults = count(thousands(spent.occasions - 1), "fault");
    let (held, most) = (count(thousands(spent.elections), "election"), thousands(allowed));
    let reason = format!(
        "there were {held} in a run with {faults}, and {most} are allowed: {each} for each and for the beginning"
    );
    (spent.elections > allowed).then_some(Breach { subject: Subject::Elections, reason })
}

fn put_latency(budgets: &Budgets, spent: &Spent) -> Option<Breach> {
    let allowed = budgets.put_latency?;
    let (took, most) = (seconds(spent.put_latency), seconds(allowed));
    let reason = format!("half of the puts took {took} or longer, and {most} are allowed");
    (spent.put_latency > allowed).then_some(Breach { subject: Subject::PutLatency, reason })
}

fn repeats(budgets: &Budgets, spent: &Spent) -> Option<Breach> {
    let allowed = u64::from(budgets.repeats?);
    let (sent, most) = (count(thousands(spent.repeats), "message"), thousands(allowed));
    let reason = format!("{sent} repeated the one before on the link, and {most} are allowed");
    (spent.repeats > allowed).then_some(Breach { subject: Subject::Repeats, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPENT: Spent = Spent {
        election_timeout: 1_500_000_000,
        leaderless: 4_500_000_000,
        terms: 4,
        elections: 9,
        occasions: 3,
        put_latency: 2_000_000,
        repeats: 1_000,
    };

    fn reasons(budgets: Budgets) -> Vec<String> {
        let all = [leaderless, terms, elections, put_latency, repeats];
        all.iter().filter_map(|of| Some(of(&budgets, &SPENT)?.reason)).collect()
    }

    #[test]
    fn a_budget_may_be_used_up_and_not_exceeded() {
        let just = Budgets {
            leaderless: Some(3),
            terms: Some(4),
            elections_per_fault: Some(3),
            put_latency: Some(2_000_000),
            repeats: Some(1_000),
        };
        for budgets in [just, Budgets::default(), Budgets::unlimited()] {
            assert_eq!(reasons(budgets), [""; 0]);
        }
        let less = Budgets {
            leaderless: Some(2),
            terms: Some(3),
            elections_per_fault: Some(2),
            put_latency: Some(1_000_000),
            repeats: Some(999),
        };
        assert_eq!(
            reasons(less),
            [
                "no replica led for 4.5 s in all, and 3 s are allowed",
                "the replicas used 4 terms, and 3 are allowed",
                "there were 9 elections in a run with 2 faults, and 6 are allowed: 2 for each and for the beginning",
                "half of the puts took 0.002 s or longer, and 0.001 s are allowed",
                "1,000 messages repeated the one before on the link, and 999 are allowed",
            ]
        );
    }
}
