//! The check that a healthy majority answers its clients while faults last.

use crate::api::{NodeId, RequestKind};
use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling};
use crate::evidence::{Evidence, ObservedProgress};
use crate::invariants::Stall;
use crate::scenario::Progress;
use crate::seconds::{moment, seconds};

pub(super) const CHECKER: Checker = Checker {
    name: "progress",
    fails_as: Class::Liveness,
    applies: |input| input.plan.progress.is_some(),
    judge,
};

fn judge(input: &Input<'_>) -> Ruling {
    if let Some(Progress::Off(reason)) = &input.plan.progress {
        return Ruling::skipped(reason);
    }
    let Some(ObservedProgress { bound, stall }) = &input.evidence.progress else {
        return Ruling::skipped("the system does not say how long its election time-out is");
    };
    let bound = seconds(*bound);
    match stall {
        None => Ruling::holds(format!(
            "no healthy majority kept its clients waiting for more than {bound}"
        )),
        Some(stall) => Ruling::fails(described(input.evidence, stall, &bound)),
    }
}

fn described(evidence: &Evidence, stall: &Stall, bound: &str) -> String {
    let Stall { kind, since, until, asked, majority } = stall;
    let kind = match kind {
        RequestKind::Get => "get",
        RequestKind::Put => "put",
    };
    let majority = majority.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" ");
    let (lasted, since, until) = (seconds(until - since), moment(*since), moment(*until));
    format!(
        "no {kind} was completed for {lasted}, from {since} to {until}, and {bound} is allowed: {majority} were \
         healthy and reached each other, and {asked} was asked\n{}",
        led(evidence, stall)
    )
}

/// Returns a sentence about the replicas that led at the end of the stall.
fn led(evidence: &Evidence, stall: &Stall) -> String {
    let leaders = evidence.elections.leaders_at(stall.until.saturating_sub(1));
    let leaders: Vec<String> =
        leaders.map(|led| format!("{} led since {}", led.node, moment(led.from))).collect();
    match leaders.as_slice() {
        [] => "No replica led at the end of this time.".to_owned(),
        leaders => format!("At the end of this time {}.", leaders.join(", and ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::bundled::Bundled;
    use crate::check::{CheckName, judge};
    use crate::engine::{Options, run};
    use crate::evidence::Evidence;
    use crate::plan::Plan;
    use crate::scenario::Scenario;

    fn evidence(progress: &str) -> (Plan, Evidence) {
        let text = format!(
            r#"{{"lifetime": 20, "replicas": 5, "requests": 200, "mix": 0.5, "tests": {{
                "benchmarks": {{"total_msgs": [1, 2, 9000], "failures": [1, 2, 900],
                               "duplicates": [1, 2, 900], "median_latency": [1, 2, 9]}}}},
                "simulator": {{"progress": {progress}, "events": [
                    {{"type": "cut", "time": 1, "lasts": 18, "from": "followers", "to": "leader"}}]}}}}"#
        );
        let plan = Plan::new(&Scenario::parse("half", &text).unwrap().0, 3);
        let evidence = run(&Bundled::default(), &plan, Options::default());
        (plan, evidence)
    }

    fn result(plan: &Plan, evidence: &Evidence) -> (bool, String) {
        let verdict = judge(plan, evidence);
        let check = verdict.check(CheckName::Progress).expect("it applies");
        (check.ok, check.detail.clone())
    }

    #[test]
    fn the_replica_needs_more_than_one_timeout_and_less_than_five() {
        let (plan, found) = evidence("5");
        let expected = "no healthy majority kept its clients waiting for more than 7.5 s";
        assert_eq!(result(&plan, &found), (true, expected.to_owned()));
        let (plan, found) = evidence("1");
        let (holds, detail) = result(&plan, &found);
        assert!(!holds, "{detail}");
        let (first, last) = detail.split_once('\n').unwrap();
        assert!(first.starts_with("no ") && first.contains("and 1.5 s is allowed: "), "{detail}");
        assert!(first.contains(" were healthy and reached each other, and "), "{detail}");
        assert!(last.contains(" the end of this time"), "{detail}");
    }

    #[test]
    fn it_says_why_it_does_not_apply() {
        let (plan, found) = evidence("\"clients are slow\"");
        assert_eq!(result(&plan, &found), (true, "skipped: clients are slow".to_owned()));
        let (plan, found) = evidence("5");
        let found = Evidence { progress: None, ..found };
        let expected =
            "skipped: the system does not say how long its election time-out is".to_owned();
        assert_eq!(result(&plan, &found), (true, expected));
    }
}
