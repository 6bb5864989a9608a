//! The check that replicas with equal commit indexes have equal states.
//!
//! Commands are applied in the order of the log, so the state follows from the commit index (Raft §2). The monitor of
//! the logs cannot see the results: a command that depends on a clock, on chance or on the order of a hash map is the
//! same entry on all replicas, but leads to different states. States are compared after everything has healed, when all
//! replicas have had time to catch up.

use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling, always};
use crate::evidence::{Disagreement, Recovery};

pub(super) const CHECKER: Checker =
    Checker { name: "state_agreement", fails_as: Class::Correctness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    if input.evidence.raft.is_none() {
        return Ruling::skipped("the replicas offer no window into their states");
    }
    match &input.evidence.recovery {
        Recovery::Recovered(_) => Ruling::holds("all living replicas have the same state"),
        Recovery::Stuck(stuck) => match stuck.disagreement {
            Some(Disagreement::States { first, second, index }) => Ruling::fails(format!(
                "{first} and {second} have both committed {index} entries and have different states"
            )),
            Some(Disagreement::Commits { .. }) => {
                Ruling::skipped("the living replicas have not committed equally much")
            }
            None if stuck.is_storm => Ruling::skipped("a retry storm was in the way"),
            None => Ruling::holds("all living replicas have the same state"),
        },
        Recovery::NoMajority { .. } => Ruling::skipped("too few replicas live to catch up"),
        Recovery::NotReached => Ruling::skipped("the run ended before everything healed"),
    }
}

#[cfg(test)]
mod tests {
    use crate::Nanos;
    use crate::api::{KeyValue, Node, NodeId, Outbox, RaftWindow, Request, Role, Setup, System};
    use crate::bundled::Bundled;
    use crate::check::{Check, CheckName, Class, judge};
    use crate::engine::{self, Options};
    use crate::evidence::{Disagreement, Evidence, Recovery, Stuck};
    use crate::plan::Plan;
    use crate::scenario::Scenario;

    /// The bundled replica; if `depends_on_replica` is set, its state depends on the replica's id.
    struct Store {
        depends_on_replica: bool,
    }

    struct StoreNode {
        inner: <Bundled as System>::Node,
        salt: u64,
    }

    impl System for Store {
        type Node = StoreNode;

        fn name(&self) -> &str {
            "a store"
        }

        fn is_for_the_course(&self) -> bool {
            true
        }

        fn start(&self, setup: Setup, now: Nanos) -> StoreNode {
            let salt = if self.depends_on_replica { u64::from(setup.id.0) } else { 0 };
            StoreNode { inner: Bundled::default().start(setup, now), salt }
        }
    }

    type Sent = <<Bundled as System>::Node as Node>::Message;

    impl Node for StoreNode {
        type Message = Sent;
        type Service = KeyValue;

        fn message(&mut self, now: Nanos, from: NodeId, message: Sent, out: &mut Outbox<Sent>) {
            self.inner.message(now, from, message, out);
        }

        fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Sent>) {
            self.inner.request(now, request, out);
        }

        fn timer(&mut self, now: Nanos, out: &mut Outbox<Sent>) {
            self.inner.timer(now, out);
        }

        fn next_wakeup(&self) -> Nanos {
            self.inner.next_wakeup()
        }

        fn leader(&self) -> Option<NodeId> {
            self.inner.leader()
        }

        fn raft(&self) -> Option<&dyn RaftWindow> {
            Some(self)
        }
    }

    impl RaftWindow for StoreNode {
        fn role(&self) -> Role {
            self.inner.role()
        }
        fn term(&self) -> u64 {
            self.inner.term()
        }
        fn commit_index(&self) -> u64 {
            self.inner.commit_index()
        }
        fn first_index(&self) -> u64 {
            self.inner.first_index()
        }
        fn last_index(&self) -> u64 {
            self.inner.last_index()
        }
        fn last_term(&self) -> u64 {
            self.inner.last_term()
        }
        fn entry(&self, index: u64) -> Option<(u64, u64)> {
            self.inner.entry(index)
        }
        fn state_fingerprint(&self) -> u64 {
            self.inner.state_fingerprint() ^ self.salt
        }
        fn summary(&self) -> String {
            self.inner.summary()
        }
    }

    fn run(depends_on_replica: bool) -> (Plan, Evidence) {
        let text = r#"{"lifetime": 10, "replicas": 3, "requests": 50, "tests": {"benchmarks": {
            "total_msgs": [900, 901, 902], "failures": [1, 2, 3],
            "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;
        let plan = Plan::new(&Scenario::parse("small", text).unwrap().0, 1);
        let evidence = engine::run(&Store { depends_on_replica }, &plan, Options::default());
        (plan, evidence)
    }

    fn checked(plan: &Plan, evidence: &Evidence) -> Check {
        judge(plan, evidence).check(CheckName::StateAgreement).unwrap().clone()
    }

    #[test]
    fn a_state_that_depends_on_more_than_the_log_is_incorrect() {
        let (plan, evidence) = run(true);
        let verdict = judge(&plan, &evidence);
        assert_eq!(verdict.class, Class::Correctness);
        let decisive = verdict.decisive().unwrap();
        assert_eq!(decisive.name, CheckName::StateAgreement);
        assert!(
            decisive.reason().starts_with("0000 and 0001 have both committed "),
            "{decisive:?}"
        );
        let (plan, evidence) = run(false);
        assert!(checked(&plan, &evidence).ok);
        assert_eq!(judge(&plan, &evidence).class, Class::Pass);
    }

    #[test]
    fn what_was_not_compared_is_skipped() {
        let (plan, mut evidence) = run(false);
        let [first, second] = [0, 1].map(NodeId);
        let disagreement = Disagreement::Commits { first: (first, 7), second: (second, 8) };
        let stuck = Stuck { disagreement: Some(disagreement), ..Stuck::default() };
        let outcomes = [
            Recovery::Stuck(Box::new(stuck)),
            Recovery::Stuck(Box::new(Stuck { is_storm: true, ..Stuck::default() })),
            Recovery::NoMajority { living: 1 },
            Recovery::NotReached,
        ];
        for recovery in outcomes {
            evidence.recovery = recovery;
            let check = checked(&plan, &evidence);
            assert!(check.ok && check.detail.starts_with("skipped: "), "{}", check.detail);
        }
        evidence.raft = None;
        assert!(checked(&plan, &evidence).detail.starts_with("skipped: the replicas offer no"));
    }
}
